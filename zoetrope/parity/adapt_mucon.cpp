// MuCon of yassersouri/MuCon (src/mucon/models.py): outputs under teacher forcing and decoded freely, every loss, and
// gradients of losses by outputs and parameters.
#include <algorithm>
#include <cmath>
#include <map>

#include "zoetrope/core/error.h"
#include "zoetrope/decoding/reference_viterbi.h"
#include "zoetrope/models/mucon.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/authors_config.h"

namespace zoetrope::parity {
namespace {

using torch::Tensor;

nn::MaskShape mask_shape(const AuthorsConfig& config, const std::string& key, const std::string& name) {
  if (name == "box") return nn::MaskShape::kBox;
  if (name == "gaussian") return nn::MaskShape::kBell;
  if (name == "trapezoid") return nn::MaskShape::kTrapezoid;
  config.refuse(key, fmt::format("there is no template '{}'", name));
}

nn::ConsistencyKind consistency_kind(const AuthorsConfig& config, const std::string& key,
                                     const std::string& name) {
  if (name == "flint") return nn::ConsistencyKind::kMaskedMean;
  if (name == "arithmetic") return nn::ConsistencyKind::kMaskedSum;
  config.refuse(key, fmt::format("there is no type '{}'", name));
}

void read_backbone(AuthorsConfig& c, models::MuconOptions& options) {
  const std::string type = c.text("model.ft.type", "wavenet");
  if (type != "wavenet" && type != "noft")
    c.refuse("model.ft.type", fmt::format("'{}' is not offered here, only 'wavenet' and 'noft'", type));
  options.channels = c.integer("model.ft.hidden_size", 128);
  options.dilations = c.integers("model.ft.stages", {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024});
  options.pool_after = c.integers("model.ft.pooling_layers", {1, 2, 4, 8});
  // An index beyond the last layer pools nothing there.
  std::erase_if(options.pool_after,
                [&](std::int64_t i) { return i >= std::ssize(options.dilations) || i < 0; });
  if (!c.truth("model.ft.pooling", true)) options.pool_after.clear();
  options.pool =
      c.text("model.ft.pooling_type", "max") == "max" ? nn::TemporalPool::kMax : nn::TemporalPool::kSum;
  options.leaky = c.truth("model.ft.leaky_relu", false);
  options.last_relu = c.truth("model.ft.last_relu", true);
  options.norm_groups = c.integer("model.ft.last_gn_num_groups", 32);
  if (!c.truth("model.ft.last_gn", true)) {
    if (options.channels % options.norm_groups != 0)
      c.refuse("model.ft.last_gn_num_groups", "does not divide");
    options.norm_groups = 0;
  }
  if (type == "noft") {
    options.backbone = models::MuconBackbone::kConvolution;
    options.dilations.clear();
  }
}

models::MuconOptions read_model(AuthorsConfig& c) {
  models::MuconOptions options;
  options.in_channels = c.integer("input_feature_size", 2048);
  options.num_classes = c.integer("num_classes", 48);
  options.max_steps = c.integer("max_decoding_steps", 32);
  c.require("model.name", "mucon");
  read_backbone(c, options);
  options.hidden = c.integer("model.fs.decoder.hidden_size", 128);
  if (c.integer("model.fs.encoder.hidden_size", 128) != options.hidden)
    c.refuse("model.fs.encoder.hidden_size", "must be the decoder's");
  if (c.integer("model.fs.decoder.num_layers", 1) != 1)
    c.refuse("model.fs.decoder.num_layers", "only 1 is offered");
  c.require("model.fs.encoder.bidirectional", true);
  return options;
}

nn::MuconLossOptions read_losses(AuthorsConfig& c) {
  const std::string loss = "model.loss.";
  nn::MuconLossOptions o;
  o.consistency = c.number(loss + "mul_mucon", 1);
  o.transcript = c.number(loss + "mul_transcript", 1);
  o.smoothing = c.number(loss + "mul_smoothing", 0.1);
  o.length = c.number(loss + "mul_length", 0.1);
  o.length_width = c.number(loss + "length_width", 2);
  o.mean_steps = c.truth(loss + "transcript_average", false);
  o.classification = c.number(loss + "fully_supervised.mul_classification", 1);
  o.supervised_length = c.number(loss + "fully_supervised.mul_supervised_length", 1);
  o.smooth_logits = !c.truth(loss + "smoothing.log_softmax_before", true);
  if (c.number(loss + "smoothing.clamp_min", 0) != 0)
    c.refuse(loss + "smoothing.clamp_min", "only 0 is offered");
  o.smoothing_limit = c.number(loss + "smoothing.clamp_max", 16);
  if (!c.truth(loss + "smoothing.clamp", true)) o.smoothing_limit = 0;
  o.kind = consistency_kind(c, loss + "mucon.type", c.text(loss + "mucon.type", "flint"));
  o.mask = mask_shape(c, loss + "mucon.template", c.text(loss + "mucon.template", "box"));
  o.overlap = c.number(loss + "mucon.overlap", 0);
  const auto background = [&](const std::string& name, double& weight) {
    const std::string key = loss + name + "_weight_background";
    const double value = c.number(key + "_value", 0.5);
    const std::int64_t index = c.integer(key + "_index", 0);
    if (!c.truth(key, false)) return;
    if (weight != 1 || (o.background != 0 && o.background != index))
      c.refuse(key, "both weights are of one class here");
    o.background = index;
    weight = value;
  };
  background("mucon", o.background_in_consistency);
  background("transcript", o.background_in_transcript);
  return o;
}

// What the fixture gives beside the settings.
struct Video {
  std::vector<std::int64_t> transcript;
  std::vector<double> lengths;

  // The labels of all frames.
  [[nodiscard]] Tensor labels() const {
    std::vector<Tensor> parts;
    for (std::size_t m = 0; m < transcript.size() && m < lengths.size(); ++m)
      parts.push_back(torch::full({static_cast<std::int64_t>(lengths[m])}, transcript[m], torch::kLong));
    return torch::cat(parts);
  }
};

// A run of the network and what its losses are made of.
class Comparison {
 public:
  Comparison(models::Mucon& model, nn::MuconLossOptions options, Video video, const Fixture& fixture,
             const Tensor& features)
      : model_(model), options_(options), video_(std::move(video)), fixture_(fixture), features_(features) {}

  Computed run() {
    prediction_ = model_.predict(features_, video_.transcript, /*taught=*/true);
    nn::MuconTarget target{.transcript = video_.transcript};
    const nn::MuconLosses weak = nn::mucon_losses(prediction_, target, true, options_);
    target.labels = video_.labels();
    target.lengths = torch::tensor(video_.lengths, torch::kFloat);
    const nn::MuconLosses full = nn::mucon_losses(prediction_, target, true, options_);
    losses_ = {{"main", full.total},
               {"weak_main", weak.total},
               {"transcript_loss", full.transcript},
               {"mucon_loss", full.consistency},
               {"length_loss", full.length},
               {"smoothing_loss", full.smoothing},
               {"classification_loss", full.classification},
               {"supervised_length_loss", full.supervised_length}};
    for (const Summary& gradient : fixture_.grads) add_gradient(gradient.name);
    const torch::NoGradGuard no_grad;
    add("encoded", model_.encode(features_).transpose(1, 2));
    add("transcript", prediction_.transcript);
    add("lengths", prediction_.lengths);
    add("segmentation", prediction_.segmentation);
    for (const auto& [name, loss] : losses_) add("loss." + name, loss);
    for (const Summary& output : fixture_.outputs) add_variant(output.name);
    add_decodings();
    return std::move(computed_);
  }

 private:
  void add(const std::string& name, const Tensor& value) { computed_.outputs.emplace_back(name, value); }

  // "weak_main/ft.first_conv.weight", "mucon_loss/lengths"
  void add_gradient(const std::string& name) {
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) return;
    const auto loss = losses_.find(name.substr(0, slash));
    if (loss == losses_.end()) return;
    const std::string of = name.substr(slash + 1);
    Tensor tensor;
    if (of == "lengths") tensor = prediction_.lengths;
    if (of == "segmentation") tensor = prediction_.segmentation;
    if (of == "transcript") tensor = prediction_.transcript;
    if (const Tensor* parameter = parameters_.find(of)) tensor = *parameter;
    if (!tensor.defined()) return;
    const auto gradients = torch::autograd::grad({loss->second}, {tensor}, {}, /*retain_graph=*/true,
                                                 /*create_graph=*/false, /*allow_unused=*/true);
    computed_.gradients.emplace_back(name, gradients[0].defined() ? gradients[0] : torch::zeros_like(tensor));
  }

  // "mucon_loss.flint.gaussian.overlap0.25.align_corners"
  void add_variant(const std::string& name) {
    std::string rest = name;
    const auto cut = [&](const std::string& end) {
      const std::string part = rest.substr(0, rest.find(end));
      rest = rest.size() > part.size() ? rest.substr(part.size() + end.size()) : "";
      return part;
    };
    if (cut(".") != "mucon_loss") return;
    nn::MuconLossOptions options = options_;
    const AuthorsConfig config(fixture_);
    options.kind = consistency_kind(config, name, cut("."));
    options.mask = mask_shape(config, name, cut(".overlap"));
    const std::string aligned = ".align_corners";
    options.align_corners = rest.ends_with(aligned);
    if (options.align_corners) rest.resize(rest.size() - aligned.size());
    options.overlap = std::strtod(rest.c_str(), nullptr);
    add(name,
        nn::consistency_loss(prediction_.lengths, prediction_.segmentation, video_.transcript, options));
  }

  // Every frame's action where segments have these shares of the frames, each rounded by itself, half to even.
  static Tensor frames_of(const std::vector<std::int64_t>& actions, const Tensor& shares,
                          std::int64_t frames) {
    std::vector<Tensor> parts;
    for (std::int64_t m = 0; m < shares.size(0); ++m) {
      const float length = shares[m].item<float>() * static_cast<float>(frames);
      parts.push_back(torch::full({static_cast<std::int64_t>(std::nearbyint(length))},
                                  actions[static_cast<std::size_t>(m)], torch::kLong));
    }
    return parts.empty() ? torch::empty({0}, torch::kLong) : torch::cat(parts);
  }

  // "free.viterbi.sampling10.score", ".labels": the authors' decoder on these actions, with the means of their classes.
  void add_viterbi(const std::string& head, const std::vector<std::int64_t>& actions, const Tensor& shares) {
    const std::string prefix = head + ".viterbi.sampling";
    const Tensor scores = prediction_.segmentation.log_softmax(1).contiguous();
    const std::int64_t frames = scores.size(0), classes = scores.size(1);
    std::vector<double> lengths;
    for (std::int64_t m = 0; m < shares.size(0); ++m)
      lengths.push_back(shares[m].item<double>() * static_cast<double>(frames));
    std::vector<decoding::LengthScores> tables;
    for (const double mean : decoding::class_means(actions, lengths, classes))
      tables.push_back(decoding::poisson_lengths(mean > 0 ? mean : 1, {.renormalize = true}));
    const decoding::FrameScores table{{scores.data_ptr<float>(), static_cast<std::size_t>(scores.numel())},
                                      classes};
    for (const Summary& output : fixture_.outputs) {
      if (!output.name.starts_with(prefix)) continue;
      char* rest = nullptr;
      const std::int64_t sampling = std::strtoll(output.name.c_str() + prefix.size(), &rest, 10);
      if (sampling < 1 || sampling > frames) continue;
      const decoding::Decoding found = decoding::reference_viterbi(
          table, decoding::make_trie(std::vector<decoding::Transcript>{actions}, classes), tables,
          {.frame_sampling = sampling});
      if (std::string(rest) == ".score") add(output.name, torch::tensor(found.score));
      if (std::string(rest) == ".labels")
        add(output.name, torch::tensor(decoding::labels_of(found.transcript, found.lengths)));
    }
  }

  void add_decodings() {
    const std::int64_t frames = features_.size(2);
    const models::Mucon::Decoded free = model_.decode_freely(model_.encode(features_));
    const Tensor best = free.transcript.argmax(1);
    const std::vector<std::int64_t> actions(best.data_ptr<std::int64_t>(),
                                            best.data_ptr<std::int64_t>() + best.numel());
    const Tensor shares = free.lengths.softmax(0);
    add("free.transcript_argmax", best);
    add("free.transcript", free.transcript);
    add("free.lengths", free.lengths);
    add("free.relative_lengths", shares);
    add("free.s_head_frames", frames_of(actions, shares, frames));
    const Tensor taught = prediction_.lengths.softmax(0);
    add("align.s_head_frames", frames_of(video_.transcript, taught, frames));
    std::vector<std::int64_t> decoded(actions.begin(), actions.begin() + shares.size(0));
    if (!decoded.empty()) add_viterbi("free", decoded, shares);
    add_viterbi("align", video_.transcript, taught);
  }

  models::Mucon& model_;
  nn::MuconLossOptions options_;
  Video video_;
  const Fixture& fixture_;
  Tensor features_;
  torch::OrderedDict<std::string, Tensor> parameters_ = model_.named_parameters();
  nn::MuconPrediction prediction_;
  std::map<std::string, Tensor> losses_;
  Computed computed_;
};

Network build(const Fixture& fixture) {
  AuthorsConfig config(fixture);
  const models::MuconOptions options = read_model(config);
  const nn::MuconLossOptions losses = read_losses(config);
  Video video{.transcript = config.integers("transcript", {}),
              .lengths = config.numbers("absolute_lengths", {})};
  if (video.transcript.empty() || video.lengths.size() != video.transcript.size())
    config.refuse("absolute_lengths", "must be as many as 'transcript' has actions");
  // Of training and evaluation, and dropout: nothing of them is in a run.
  for (const char* prefix : {"T", "trainer.", "evaluator.", "system.", "dataset.", "experiment_name",
                             "model.teacher_forcing", "model.first_gru_hidden_size", "model.ft.dropout_rate",
                             "model.ft.last_dropout", "model.fs.jit_no_reverse", "model.fs.encoder.dropout",
                             "model.fs.decoder.dropout", "model.fs.decoder.embedding_d"})
    config.ignore(prefix);
  config.finish();
  auto model = std::make_shared<models::Mucon>(options);
  return {.model = model,
          .compute = [model, losses, video](const Fixture& described, const std::vector<Tensor>& inputs) {
            // The authors' features are [1, T, D].
            return Comparison(*model, losses, video, described, inputs.at(0).transpose(1, 2)).run();
          }};
}

}  // namespace

ModelAdapter mucon_adapter() {
  return {
      .family = "MuCon (github.com/yassersouri/MuCon)",
      .takes = [](const Fixture& f) { return names_source(f, "yassersouri/MuCon") && f.model == "MuCon"; },
      .build = build};
}

}  // namespace zoetrope::parity
