#include "zoetrope/nn/cdfl_loss.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;
using Places = std::vector<std::int64_t>;

void check_alignment(const Tensor& log_probabilities, std::span<const std::int64_t> transcript,
                     std::span<const std::int64_t> lengths) {
  const bool fits = log_probabilities.dim() == 2 && !transcript.empty() &&
                    transcript.size() == lengths.size() && std::ranges::min(lengths) >= 1 &&
                    std::reduce(lengths.begin(), lengths.end()) == log_probabilities.size(0) &&
                    std::ranges::min(transcript) >= 0 &&
                    std::ranges::max(transcript) < log_probabilities.size(1);
  if (!fits)
    throw Error::failed("the alignment does not fit log-probabilities [{}]",
                        fmt::join(log_probabilities.sizes(), ", "));
}

// Where a segment may end: near the boundary, within the video, after some start. The boundary is always
// among them, so none of the lists is empty.
Places candidates(std::int64_t boundary, std::int64_t frames, std::int64_t first_start,
                  const CdflOptions& options) {
  if (boundary == frames) return {frames};
  std::set<std::int64_t> places = {boundary};
  const std::int64_t half = options.window / 2;
  for (std::int64_t t = boundary - half; t <= boundary + half; t += options.step) {
    if (t > first_start && t < frames) places.insert(t);
  }
  return {places.begin(), places.end()};
}

Tensor to_tensor(const Places& places, const torch::Device& device) {
  return torch::tensor(places, torch::kLong).to(device);
}

}  // namespace

void describe(ConfigFields& f, CdflOptions& o) {
  f.field("window", o.window, "frames round a boundary within which it may move").range(0, 1 << 16);
  f.field("step", o.step, "frames from one candidate for a boundary to the next").range(1, 1 << 16);
}

CdflLosses cdfl_losses(const Tensor& log_probabilities, std::span<const std::int64_t> transcript,
                       std::span<const std::int64_t> lengths, const CdflOptions& options) {
  check_alignment(log_probabilities, transcript, lengths);
  const std::int64_t frames = log_probabilities.size(0);
  const torch::Device device = log_probabilities.device();
  // Energies up to a frame: those of a stretch are a difference.
  const Tensor sums = torch::constant_pad_nd(-log_probabilities.to(torch::kFloat64).cumsum(0), {0, 0, 1, 0});
  constexpr double kImpossible = -std::numeric_limits<double>::infinity();
  Places starts = {0};
  Tensor begins = to_tensor(starts, device);
  Tensor valid = torch::zeros({1}, sums.options()), invalid = valid;  // -F and -G at the starts
  std::int64_t boundary = 0;
  for (std::size_t m = 0; m < transcript.size(); ++m) {
    boundary += lengths[m];
    const Places places = candidates(boundary, frames, starts.front(), options);
    const Tensor ends = to_tensor(places, device);
    const Tensor energies = sums.index_select(0, ends).unsqueeze(1) - sums.index_select(0, begins);
    const Tensor own = energies.select(2, transcript[m]);  // [ends, starts]
    const Tensor backwards = ends.unsqueeze(1) <= begins;
    valid = (valid - own).masked_fill(backwards, kImpossible).logsumexp(1);
    const Tensor fought = energies * (energies < own.unsqueeze(2));
    invalid = (invalid.unsqueeze(1) - fought)
                  .masked_fill(backwards.unsqueeze(2), kImpossible)
                  .flatten(1)
                  .logsumexp(1);
    starts = places;
    begins = ends;
  }
  return {.total = (invalid - valid).squeeze(0), .valid = -valid.squeeze(0), .invalid = -invalid.squeeze(0)};
}

}  // namespace zoetrope::nn
