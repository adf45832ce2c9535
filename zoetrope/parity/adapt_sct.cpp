// SCT of MohsenFayyaz89/SCT (src/SCT/models): outputs, every loss, and gradients of losses by outputs and parameters.
#include <cmath>
#include <map>

#include "zoetrope/core/error.h"
#include "zoetrope/models/sct.h"
#include "zoetrope/nn/temporal_masks.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/authors_config.h"

namespace zoetrope::parity {
namespace {

using torch::Tensor;

models::SctOptions read_model(AuthorsConfig& c) {
  models::SctOptions options;
  options.num_classes = c.integer("num_classes", 48);
  c.require("model.fer.name", "wavenet");
  c.require("model.fs.name", "conv");
  c.require("model.fc.name", "conv");
  c.require("model.fl.name", "conv");
  c.require("model.fu.name", "TemporalSampling");
  options.in_channels = c.integer("model.fer.input_size", 2048);
  options.channels = c.integer("model.fer.hidden_size", 128);
  if (c.integer("model.fs.hidden_size", 128) != options.channels)
    c.refuse("model.fs.hidden_size", "must be model.fer.hidden_size");
  options.norm_groups = c.integer("model.fer.gn_num_groups", 32);
  options.pool_after = c.integers("model.fer.wavenet_pooling_levels", {1, 2, 4, 8, 10});
  std::erase_if(options.pool_after, [&](std::int64_t i) { return i >= options.layers || i < 0; });
  const std::vector<std::int64_t> levels = c.integers("model.fer.output_levels", {4});
  if (levels.empty()) c.refuse("model.fer.output_levels", "one is needed");
  options.embed_after = levels.front();
  options.temperature = c.number("model.fc.softmax_temp", 0.1);
  return options;
}

nn::SctLossOptions read_losses(AuthorsConfig& c) {
  nn::SctLossOptions o;
  o.self_supervision = c.number("loss.sct_loss_mul", 1);
  o.region = c.number("loss.region_loss_mul", 0.1);
  o.set = c.number("loss.set_loss_mul", 1);
  o.length = c.number("loss.length_loss_mul", 0.1);
  o.consistency = c.number("loss.temporal_consistency_loss_mul", 0.1);
  o.inverse_sparsity = c.number("loss.inv_sparsity_loss_mul", 0.1);
  o.activation = c.number("loss.inv_sparsity_loss_activation", 1);
  const std::string type = c.text("loss.inv_sparsity_loss_type", "L1");
  if (type != "L1" && type != "kl_div") c.refuse("loss.inv_sparsity_loss_type", "must be 'L1' or 'kl_div'");
  o.sparsity = type == "L1" ? nn::InverseSparsity::kDistance : nn::InverseSparsity::kDivergence;
  o.length_width = c.number("loss.length_loss_width", 1);
  const auto weights = c.rows("loss.class_weight", {{0, 0.001}});
  if (weights.size() > 1 || (!weights.empty() && weights.front().size() != 2))
    c.refuse("loss.class_weight", "one class and its weight are offered here: [[0, 0.001]]");
  o.background = weights.empty() ? -1 : static_cast<std::int64_t>(weights.front()[0]);
  if (!weights.empty()) o.background_weight = weights.front()[1];
  return o;
}

// A loss whose weight is 0 is a number all the same.
Tensor or_zero(const Tensor& loss) {
  return loss.defined() ? loss : torch::zeros({});
}

class Comparison {
 public:
  Comparison(models::Sct& model, const nn::SctLossOptions& options, std::vector<std::int64_t> actions,
             const Fixture& fixture, const Tensor& features)
      : model_(model),
        options_(options),
        actions_(std::move(actions)),
        fixture_(fixture),
        features_(features) {}

  Computed run() {
    // In 32 bits it hangs on the machine's order of additions on which side of a kink (of a pool's maximum, of
    // a ReLU) a number lies, and with it the gradient.
    model_.to(torch::kFloat64);
    predict(features_.to(torch::kFloat64));
    for (const Summary& gradient : fixture_.grads) add_gradient(gradient.name);
    model_.to(torch::kFloat32);
    models::Stages stages;
    predict(features_, &stages);
    computed_.stages = stages.kept();
    const torch::NoGradGuard no_grad;
    for (const char* name : {"A", "L", "S", "Y", "Z"}) add(name, outputs_[name]);
    for (const auto& [name, loss] : losses_) add("loss." + name, loss);
    add_beside();
    return std::move(computed_);
  }

 private:
  void predict(const Tensor& features, models::Stages* stages = nullptr) {
    for (const auto& [name, value] : model_.run({features}, stages)) outputs_[name] = value;
    prediction_ = {.regions = outputs_["A"][0],
                   .log_lengths = outputs_["L"].view({-1}),
                   .frames = outputs_["S"][0],
                   .upsampled = outputs_["Y"][0]};
    const nn::SctLosses losses = nn::sct_losses(prediction_, actions_, options_);
    losses_ = {{"total", losses.total},
               {"set_loss", or_zero(losses.set)},
               {"region_loss", or_zero(losses.region)},
               {"sct_loss", or_zero(losses.self_supervision)},
               {"temporal_consistency_loss", or_zero(losses.consistency)},
               {"length_loss", or_zero(losses.length)},
               {"inv_sparsity_loss", or_zero(losses.inverse_sparsity)}};
  }

  void add(const std::string& name, const Tensor& value) { computed_.outputs.emplace_back(name, value); }

  // "total/fl.conv1.weight", "sct_loss/A"
  void add_gradient(const std::string& name) {
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) return;
    const auto loss = losses_.find(name.substr(0, slash));
    if (loss == losses_.end()) return;
    const std::string of = name.substr(slash + 1);
    Tensor tensor;
    if (const auto output = outputs_.find(of); output != outputs_.end()) tensor = output->second;
    if (const Tensor* parameter = parameters_.find(of)) tensor = *parameter;
    if (!tensor.defined()) return;
    const auto gradients = torch::autograd::grad({loss->second}, {tensor}, {}, /*retain_graph=*/true,
                                                 /*create_graph=*/false, /*allow_unused=*/true);
    computed_.gradients.emplace_back(name, gradients[0].defined() ? gradients[0] : torch::zeros_like(tensor));
  }

  void add_beside() {
    const std::int64_t frames = features_.size(2);
    add("V", nn::gathered_scores(prediction_, torch::tensor(actions_, torch::kLong)).unsqueeze(0));
    const Tensor lengths = nn::absolute_lengths(prediction_.log_lengths, frames);
    add("projected_lengths", lengths);
    add("rounded_lengths", lengths.to(torch::kFloat64).round());
    add("y_argmax", prediction_.upsampled.argmax(0).unsqueeze(0));
    add("Y.align_corners",
        nn::spread_regions(prediction_.regions, prediction_.log_lengths, frames, /*align_corners=*/true)
            .unsqueeze(0));
    const std::string divergence = "loss.inv_sparsity_kl_activation";
    for (const Summary& output : fixture_.outputs) {
      if (!output.name.starts_with(divergence)) continue;
      nn::SctLossOptions options = options_;
      options.sparsity = nn::InverseSparsity::kDivergence;
      options.activation = std::strtod(output.name.c_str() + divergence.size(), nullptr);
      options.inverse_sparsity = 1;
      add(output.name, nn::sct_losses(prediction_, actions_, options).inverse_sparsity);
    }
  }

  models::Sct& model_;
  nn::SctLossOptions options_;
  std::vector<std::int64_t> actions_;
  const Fixture& fixture_;
  Tensor features_;
  torch::OrderedDict<std::string, Tensor> parameters_ = model_.named_parameters();
  std::map<std::string, Tensor> outputs_;
  std::map<std::string, Tensor> losses_;
  nn::SctPrediction prediction_;
  Computed computed_;
};

Network build(const Fixture& fixture) {
  AuthorsConfig config(fixture);
  const models::SctOptions options = read_model(config);
  const nn::SctLossOptions losses = read_losses(config);
  const std::vector<std::int64_t> actions = config.integers("A_hat", {});
  if (actions.empty()) config.refuse("A_hat", "the set of the video's actions is needed");
  // Of training and evaluation, dropout, and settings that nothing of the authors' code reads.
  for (const char* prefix :
       {"T", "training.", "experiment.", "system.", "dataset.", "model.fer.dropout_on_x", "model.fs.dropout",
        "model.fs.set_pred_thr", "model.fs.length_loss_width", "loss.interpolate_before_sct"})
    config.ignore(prefix);
  config.finish();
  auto model = std::make_shared<models::Sct>(options);
  return {.model = model,
          .compute = [model, losses, actions](const Fixture& described, const std::vector<Tensor>& inputs) {
            return Comparison(*model, losses, actions, described, inputs.at(0)).run();
          }};
}

}  // namespace

ModelAdapter sct_adapter() {
  return {.family = "SCT (github.com/MohsenFayyaz89/SCT)",
          .takes = [](const Fixture& f) { return names_source(f, "MohsenFayyaz89/SCT") && f.model == "SCT"; },
          .build = build};
}

}  // namespace zoetrope::parity
