#include "zoetrope/nn/mucon_loss.h"

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

torch::Tensor as_tensor(std::span<const std::int64_t> values, const torch::Tensor& like) {
  return torch::tensor(std::vector<std::int64_t>(values.begin(), values.end()),
                       like.options().dtype(torch::kLong));
}

// Ones, but for the background; undefined where that weighs one, too, or where there is none.
torch::Tensor class_weights(std::int64_t classes, double weight, const MuconLossOptions& options,
                            const torch::Tensor& like) {
  if (weight == 1 || options.background < 0) return {};
  if (options.background >= classes)
    throw Error::usage("background: there is no class {}", options.background);
  torch::Tensor weights = torch::ones({classes}, like.options());
  weights[options.background] = weight;
  return weights;
}

torch::Tensor transcript_loss(const torch::Tensor& log_probabilities,
                              std::span<const std::int64_t> transcript, const MuconLossOptions& options) {
  const std::int64_t end = log_probabilities.size(1) - 1;
  std::vector<std::int64_t> targets(transcript.begin(), transcript.end());
  targets.push_back(end);
  const torch::Tensor weights =
      class_weights(end + 1, options.background_in_transcript, options, log_probabilities);
  return torch::nll_loss(log_probabilities, as_tensor(targets, log_probabilities), weights,
                         options.mean_steps ? at::Reduction::Mean : at::Reduction::Sum);
}

std::vector<std::int64_t> decoded_actions(const torch::Tensor& log_probabilities, std::int64_t steps) {
  const std::int64_t classes = log_probabilities.size(1) - 1;
  std::vector<std::int64_t> actions;
  for (std::int64_t m = 0; m < steps; ++m) {
    const auto action = log_probabilities[m].argmax().item<std::int64_t>();
    actions.push_back(action >= classes ? 0 : action);
  }
  return actions;
}

torch::Tensor classification_loss(const torch::Tensor& segmentation, const torch::Tensor& labels) {
  torch::Tensor logits = segmentation;
  if (logits.size(0) != labels.size(0))
    logits = torch::upsample_nearest1d(logits.t().unsqueeze(0), {labels.size(0)}).squeeze(0).t();
  return torch::nll_loss(logits.log_softmax(1), labels);
}

torch::Tensor length_error(const torch::Tensor& log_lengths, const torch::Tensor& lengths, LengthError kind) {
  if (kind == LengthError::kShares)
    return torch::mse_loss(lengths / lengths.sum(), torch::softmax(log_lengths, 0));
  const torch::Tensor logs = lengths.log();
  return torch::mse_loss(log_lengths - log_lengths.mean(), logs - logs.mean());
}

}  // namespace

void describe(ConfigFields& f, MuconLossOptions& o) {
  f.field("reading", o.reading, "of the authors' code, or of the text in place of what departs from it");
  f.field("transcript", o.transcript, "weight of the transcript's loss").at_least(0);
  f.field("consistency", o.consistency, "weight of the mutual consistency").at_least(0);
  f.field("length", o.length, "weight of the length regulariser").at_least(0);
  f.field("smoothing", o.smoothing, "weight of the smoothing").at_least(0);
  f.field("classification", o.classification, "weight of labelled frames").at_least(0);
  f.field("supervised_length", o.supervised_length, "weight of labelled lengths").at_least(0);
  f.field("kind", o.kind, "how a mask gathers the frames");
  f.field("mask", o.mask, "shape of the masks");
  f.field("overlap", o.overlap, "share by which a segment reaches over its ends").range(0, 10);
  f.field("align_corners", o.align_corners, "coordinates of masks as in LibTorch before 1.3");
  f.field("sum_segments", o.sum_segments, "the consistency as a sum over segments, as in the text");
  f.field("mean_steps", o.mean_steps, "the transcript's loss as a mean over its steps");
  f.field("length_width", o.length_width, "log lengths within it cost nothing").at_least(0);
  f.field("length_error", o.length_error, "how labelled lengths are compared");
  f.field("smooth_logits", o.smooth_logits, "smooth logits, not log-probabilities");
  f.field("hold_earlier", o.hold_earlier, "no gradient to the earlier of two frames");
  f.field("smoothing_limit", o.smoothing_limit, "of squared differences; 0: none").at_least(0);
  f.field("limit_each", o.limit_each,
          "the limit holds for each difference, as in the text, not for their mean");
  f.field("background", o.background, "class that the next two weigh; -1: none").at_least(-1);
  f.field("background_in_consistency", o.background_in_consistency, "its weight there").at_least(0);
  f.field("background_in_transcript", o.background_in_transcript, "its weight there").at_least(0);
}

MuconLossOptions text_readings(MuconLossOptions options) {
  options.reading = MuconReading::kCode;  // done
  options.sum_segments = true;
  options.limit_each = true;
  options.hold_earlier = false;
  options.length_error = LengthError::kLogs;
  return options;
}

torch::Tensor consistency_loss(const torch::Tensor& log_lengths, const torch::Tensor& segmentation,
                               std::span<const std::int64_t> actions, const MuconLossOptions& options) {
  const std::int64_t frames = segmentation.size(0);
  const SegmentMasks segments = segment_masks(
      absolute_lengths(log_lengths, frames), frames,
      {.shape = options.mask, .overlap = options.overlap, .align_corners = options.align_corners});
  const torch::Tensor targets = as_tensor(actions, segmentation);
  const torch::Tensor weights =
      class_weights(segmentation.size(1), options.background_in_consistency, options, segmentation);
  if (options.kind == ConsistencyKind::kMaskedSum) {
    torch::Tensor costs = -segmentation.log_softmax(1).index_select(1, targets).t();  // [M, T]
    if (weights.defined()) costs = costs * weights.index_select(0, targets).unsqueeze(1);
    return (costs * segments.masks).sum() / static_cast<double>(frames);
  }
  const torch::Tensor gathered = segments.masks.matmul(segmentation) / segments.lengths.unsqueeze(1);
  return torch::nll_loss(gathered.log_softmax(1), targets, weights,
                         options.sum_segments ? at::Reduction::Sum : at::Reduction::Mean);
}

torch::Tensor smoothing_loss(const torch::Tensor& segmentation, const MuconLossOptions& options) {
  if (segmentation.size(0) < 2) return segmentation.sum() * 0;
  const torch::Tensor values = options.smooth_logits ? segmentation : segmentation.log_softmax(1);
  const torch::Tensor earlier = values.slice(0, 0, -1);
  torch::Tensor squares = (values.slice(0, 1) - (options.hold_earlier ? earlier.detach() : earlier)).square();
  const bool limited = options.smoothing_limit > 0;
  if (limited && options.limit_each) squares = squares.clamp_max(options.smoothing_limit);
  const torch::Tensor mean = squares.mean();
  return limited && !options.limit_each ? mean.clamp(0, options.smoothing_limit) : mean;
}

torch::Tensor length_regulariser(const torch::Tensor& log_lengths, double width) {
  return (torch::relu(log_lengths - width) + torch::relu(-width - log_lengths)).sum();
}

MuconLosses mucon_losses(const MuconPrediction& prediction, const MuconTarget& target, bool taught,
                         const MuconLossOptions& options) {
  if (options.reading == MuconReading::kText)
    return mucon_losses(prediction, target, taught, text_readings(options));
  const std::int64_t segments = std::ssize(target.transcript);
  if (segments == 0 || prediction.lengths.size(0) != segments ||
      prediction.transcript.size(0) != segments + 1) {
    throw Error::usage("{} decoded lengths for a transcript of {} actions", prediction.lengths.size(0),
                       segments);
  }
  MuconLosses losses;
  losses.transcript = transcript_loss(prediction.transcript, target.transcript, options);
  losses.consistency = consistency_loss(
      prediction.lengths, prediction.segmentation,
      taught ? target.transcript : decoded_actions(prediction.transcript, segments), options);
  losses.length = length_regulariser(prediction.lengths, options.length_width);
  losses.smoothing = smoothing_loss(prediction.segmentation, options);
  losses.total = options.transcript * losses.transcript + options.length * losses.length +
                 options.consistency * losses.consistency + options.smoothing * losses.smoothing;
  if (target.labels) {
    if (!target.lengths) throw Error::usage("labelled frames come with the lengths of their segments");
    losses.classification = classification_loss(prediction.segmentation, *target.labels);
    losses.supervised_length = length_error(prediction.lengths, *target.lengths, options.length_error);
    losses.total = losses.total + options.classification * losses.classification +
                   options.supervised_length * losses.supervised_length;
  }
  return losses;
}

}  // namespace zoetrope::nn
