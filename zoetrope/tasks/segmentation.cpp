#include "zoetrope/tasks/segmentation.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/decoding/alignment.h"
#include "zoetrope/models/mucon.h"
#include "zoetrope/models/sct.h"
#include "zoetrope/models/sequence.h"

namespace zoetrope::tasks {
namespace {

using torch::Tensor;

std::vector<double> to_doubles(const Tensor& values) {
  const Tensor doubles = values.detach().to(torch::kCPU, torch::kFloat64).contiguous();
  return {doubles.data_ptr<double>(), doubles.data_ptr<double>() + doubles.numel()};
}

std::vector<std::int64_t> to_integers(const Tensor& values) {
  const Tensor integers = values.to(torch::kCPU, torch::kLong).contiguous();
  return {integers.data_ptr<std::int64_t>(), integers.data_ptr<std::int64_t>() + integers.numel()};
}

// Logits [1, N, T] to log-probabilities [T, N] on the CPU.
Tensor frame_scores(const Tensor& logits) {
  return logits[0].t().log_softmax(1).to(torch::kCPU, torch::kFloat).contiguous();
}

// Labels to segments, with their confidence.
Segmentation from_labels(std::vector<std::int64_t> labels, const Tensor& scores) {
  Segmentation result{.labels = std::move(labels)};
  const auto at = scores.accessor<float, 2>();
  for (std::size_t t = 0; t < result.labels.size(); ++t) {
    if (t == 0 || result.labels[t] != result.labels[t - 1]) {
      result.actions.push_back(result.labels[t]);
      result.lengths.push_back(0);
      result.confidence.push_back(0);
    }
    ++result.lengths.back();
    result.confidence.back() += std::exp(at[static_cast<std::int64_t>(t)][result.labels[t]]);
  }
  for (std::size_t m = 0; m < result.lengths.size(); ++m)
    result.confidence[m] /= static_cast<float>(result.lengths[m]);
  return result;
}

// Segments as they are: two neighbours of one class stay two.
Segmentation from_segments(std::span<const std::int64_t> actions, std::span<const std::int64_t> lengths,
                           const Tensor& scores) {
  Segmentation result;
  const auto at = scores.accessor<float, 2>();
  for (std::size_t m = 0; m < actions.size(); ++m) {
    if (lengths[m] == 0) continue;
    double sum = 0;
    for (std::int64_t t = 0; t < lengths[m]; ++t) {
      sum += std::exp(at[std::ssize(result.labels)][actions[m]]);
      result.labels.push_back(actions[m]);
    }
    result.actions.push_back(actions[m]);
    result.lengths.push_back(lengths[m]);
    result.confidence.push_back(static_cast<float>(sum / static_cast<double>(lengths[m])));
  }
  return result;
}

// Full decoding of known actions; `means` are their lengths as the segment branch has them.
Segmentation fit_lengths(std::span<const std::int64_t> actions, std::vector<double> means,
                         const Tensor& scores, bool class_means) {
  const std::int64_t frames = scores.size(0), classes = scores.size(1);
  if (std::ssize(actions) > frames)
    throw Error::input("a transcript of {} actions does not fit {} frames", actions.size(), frames);
  if (class_means) {
    const std::vector<double> by_class = decoding::class_means(actions, means, classes);
    for (std::size_t m = 0; m < means.size(); ++m) means[m] = by_class[static_cast<std::size_t>(actions[m])];
  }
  constexpr double kShortest = 1e-3;  // a Poisson distribution needs a mean
  for (double& mean : means) mean = std::max(mean, kShortest);
  const decoding::FrameScores table{{scores.data_ptr<float>(), static_cast<std::size_t>(scores.numel())},
                                    classes};
  const decoding::Alignment found = decoding::align_poisson(table, actions, means, {.max_length = 0});
  return from_segments(actions, found.lengths, scores);
}

// The best of the known transcripts; frames where none fits.
Segmentation best_transcript(const Tensor& scores, const DecodeOptions& options) {
  if (!options.alignment)
    throw Error::usage("decoding by 'alignment' needs transcripts, and the bundle or recipe has none");
  const decoding::Decoding found = search_alignment(scores, *options.alignment, options.threads);
  if (found.transcript.empty()) return from_labels(to_integers(scores.argmax(1)), scores);
  return from_segments(found.transcript, found.lengths, scores);
}

std::vector<double> decoded_means(const Tensor& log_lengths, std::int64_t frames) {
  return to_doubles(nn::absolute_lengths(log_lengths.to(torch::kFloat64), frames));
}

// What MuCon decodes, without the end. A video has an action at least: where the end comes first, the likeliest.
void read_decoded(const models::Mucon::Decoded& decoded, std::vector<std::int64_t>& actions,
                  Tensor& log_lengths) {
  const std::int64_t classes = decoded.transcript.size(1) - 1;
  log_lengths = decoded.lengths;
  const std::int64_t segments = log_lengths.size(0);
  if (segments > 0) {
    actions = to_integers(decoded.transcript.slice(0, 0, segments).slice(1, 0, classes).argmax(1));
    return;
  }
  actions = {decoded.transcript[0].slice(0, 0, classes).argmax().item<std::int64_t>()};
  log_lengths = torch::zeros({1}, decoded.transcript.options());
}

void check_features(const models::Model& model, const Tensor& features) {
  if (!models::takes_sequence(model))
    throw Error::usage("the model takes clips, not features of a whole video");
  const std::int64_t dimensions = model.native_inputs().front().shape[1];
  if (features.dim() != 3 || features.size(0) != 1 || features.size(1) != dimensions ||
      features.size(2) < 1) {
    throw Error::input("the model takes features [{}, T], not [{}]", dimensions,
                       fmt::join(features.sizes().slice(1), ", "));
  }
}

Tensor mucon_loss(models::Mucon& model, const Tensor& features, const SequenceTarget& target,
                  const SequenceLossOptions& options) {
  if (target.transcript.empty()) throw Error::usage("MuCon learns from transcripts; a video has none");
  nn::MuconTarget known{.transcript = target.transcript};
  if (!target.labels.empty()) {
    std::vector<float> lengths;
    for (std::size_t t = 0; t < target.labels.size(); ++t) {
      if (t == 0 || target.labels[t] != target.labels[t - 1]) lengths.push_back(0);
      ++lengths.back();
    }
    if (lengths.size() != target.transcript.size())
      throw Error::usage("labels of {} segments for a transcript of {}", lengths.size(),
                         target.transcript.size());
    known.labels = torch::tensor(target.labels, torch::kLong).to(features.device());
    known.lengths = torch::tensor(lengths).to(features.device());
  }
  return nn::mucon_losses(model.predict(features, target.transcript, options.teacher_forcing), known,
                          options.teacher_forcing, options.mucon)
      .total;
}

}  // namespace

Decode decode_of_name(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, value] : config_names(Decode{})) {
    if (known == name) return value;
    names.push_back(known);
  }
  throw Error::usage("unknown decoding '{}'{}", name, did_you_mean(name, names));
}

std::vector<std::int64_t> round_lengths(std::span<const double> shares, std::int64_t frames) {
  double sum = 0, whole = 0;
  for (const double share : shares) whole += share;
  std::vector<std::int64_t> lengths;
  std::int64_t begin = 0;
  for (std::size_t m = 0; m < shares.size(); ++m) {
    sum += shares[m];
    const bool is_last = m + 1 == shares.size();
    const double at = std::nearbyint(sum / whole * static_cast<double>(frames));
    const std::int64_t end = is_last ? frames : std::clamp(static_cast<std::int64_t>(at), begin, frames);
    lengths.push_back(end - begin);
    begin = end;
  }
  return lengths;
}

Segmentation segment(models::Model& model, const Tensor& features, const DecodeOptions& options) {
  const torch::NoGradGuard no_grad;
  check_features(model, features);
  const std::int64_t frames = features.size(2);
  auto* mucon = dynamic_cast<models::Mucon*>(&model);
  if (!mucon) {
    const Tensor scores = frame_scores(model.forward(features));
    if (options.decode == Decode::kAlignment) return best_transcript(scores, options);
    return from_labels(to_integers(scores.argmax(1)), scores);
  }
  const Tensor encoded = mucon->encode(features);
  const Tensor scores = frame_scores(mucon->classify(encoded, frames));
  if (options.decode == Decode::kAlignment) return best_transcript(scores, options);
  if (options.decode == Decode::kFrames) return from_labels(to_integers(scores.argmax(1)), scores);
  std::vector<std::int64_t> actions;
  Tensor log_lengths;
  read_decoded(mucon->decode_freely(encoded), actions, log_lengths);
  const std::vector<double> means = decoded_means(log_lengths, frames);
  // More actions than frames cannot be fitted; rounding leaves the longest.
  if (options.decode == Decode::kSegments || std::ssize(actions) > frames)
    return from_segments(actions, round_lengths(means, frames), scores);
  return fit_lengths(actions, means, scores, options.class_means);
}

Segmentation align(models::Model& model, const Tensor& features, std::span<const std::int64_t> transcript,
                   const DecodeOptions& options) {
  const torch::NoGradGuard no_grad;
  check_features(model, features);
  if (transcript.empty()) throw Error::input("the transcript is empty");
  const std::int64_t frames = features.size(2);
  if (auto* mucon = dynamic_cast<models::Mucon*>(&model)) {
    const nn::MuconPrediction prediction = mucon->predict(features, transcript, /*taught=*/true);
    const Tensor scores = frame_scores(prediction.segmentation.t().unsqueeze(0));
    return fit_lengths(transcript, decoded_means(prediction.lengths, frames), scores, options.class_means);
  }
  const Tensor scores = frame_scores(model.forward(features));
  if (options.alignment)
    return from_segments(transcript, fit_alignment(scores, transcript, *options.alignment), scores);
  const double mean = static_cast<double>(frames) / static_cast<double>(transcript.size());
  return fit_lengths(transcript, std::vector<double>(transcript.size(), mean), scores, false);
}

Tensor sequence_loss(models::Model& model, const Tensor& features, const SequenceTarget& target,
                     const SequenceLossOptions& options) {
  check_features(model, features);
  if (auto* mucon = dynamic_cast<models::Mucon*>(&model))
    return mucon_loss(*mucon, features, target, options);
  if (auto* sct = dynamic_cast<models::Sct*>(&model)) {
    if (target.actions.empty()) throw Error::usage("SCT learns from sets of actions; a video has none");
    return nn::sct_losses(sct->predict(features), target.actions, options.sct).total;
  }
  throw Error::usage("no loss is known by which this model learns from sequences");
}

}  // namespace zoetrope::tasks
