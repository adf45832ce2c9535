#include "zoetrope/decoding/soft_boundaries.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

void check_length(std::span<const std::int64_t> sequence, std::int64_t frames) {
  if (sequence.empty()) throw Error::failed("decoding: no transcript");
  if (std::ssize(sequence) > frames)
    throw Error::failed("decoding: {} segments of {} frames are too many", sequence.size(), frames);
}

}  // namespace

std::vector<std::int64_t> insert_at_boundaries(const std::vector<std::int64_t>& sequence,
                                               const FrameScores& probabilities,
                                               const InsertionOptions& options, RandomGenerator& random) {
  const std::int64_t frames = probabilities.num_frames(), count = std::ssize(sequence);
  check_transcript(sequence, probabilities.num_classes);
  check_length(sequence, frames);
  std::vector<std::int64_t> result = {sequence.front()};
  std::int64_t room = frames - count;
  for (std::int64_t i = 0; i + 1 < count; ++i) {
    const std::int64_t left = sequence[static_cast<std::size_t>(i)];
    const std::int64_t right = sequence[static_cast<std::size_t>(i) + 1];
    const std::int64_t frame = (i + 1) * frames / count;
    const auto at = [&](std::int64_t label) {
      return static_cast<double>(
          probabilities.values[static_cast<std::size_t>(frame * probabilities.num_classes + label)]);
    };
    const double lead = at(left) - at(right);
    if (left != right && std::abs(lead) > options.threshold) {
      for (std::int64_t k = 0; k < options.repeats && room > 0; ++k, --room) {
        const bool follows = uniform(random) >= options.randomness;
        result.push_back((lead > 0) == follows ? left : right);
      }
    }
    result.push_back(right);
  }
  return result;
}

std::vector<std::int64_t> stretch_labels(std::span<const std::int64_t> sequence, std::int64_t frames) {
  check_length(sequence, frames);
  std::vector<std::int64_t> labels;
  for (std::int64_t t = 0; t < frames; ++t)
    labels.push_back(sequence[static_cast<std::size_t>(t * std::ssize(sequence) / frames)]);
  return labels;
}

SoftLabels soften_labels(std::span<const std::int64_t> sequence, std::int64_t frames) {
  check_length(sequence, frames);
  SoftLabels soft;
  const auto last = static_cast<double>(sequence.size() - 1);
  const double step = static_cast<double>(sequence.size()) / static_cast<double>(frames);
  for (std::int64_t t = 0; t < frames; ++t) {
    const double place = std::clamp((static_cast<double>(t) + 0.5) * step - 0.5, 0.0, last);
    const double below = std::floor(place);
    const auto index = static_cast<std::size_t>(below);
    soft.first.push_back(sequence[index]);
    soft.second.push_back(sequence[std::min(index + 1, sequence.size() - 1)]);
    soft.share.push_back(static_cast<float>(place - below));
  }
  return soft;
}

}  // namespace zoetrope::decoding
