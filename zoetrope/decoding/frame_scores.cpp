#include "zoetrope/decoding/frame_scores.h"

#include <cmath>
#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

constexpr std::int64_t kMaxFrames = std::numeric_limits<std::int32_t>::max() - 1;

}  // namespace

void check_frame_scores(const FrameScores& scores) {
  if (scores.num_classes < 1 || static_cast<std::int64_t>(scores.values.size()) % scores.num_classes != 0)
    throw Error::failed("decoding: {} scores are no frames of {} classes", scores.values.size(),
                        scores.num_classes);
  if (scores.num_frames() > kMaxFrames) throw Error::failed("decoding: {} frames", scores.num_frames());
  for (std::size_t i = 0; i < scores.values.size(); ++i) {
    if (std::isnan(scores.values[i]) || scores.values[i] == std::numeric_limits<float>::infinity()) {
      const auto at = static_cast<std::int64_t>(i);
      throw Error::failed("decoding: frame {} scores {} for class {}", at / scores.num_classes,
                          scores.values[i], at % scores.num_classes);
    }
  }
}

void check_transcript(std::span<const std::int64_t> transcript, std::int64_t num_classes) {
  for (const std::int64_t label : transcript) {
    if (label < 0 || label >= num_classes)
      throw Error::failed("decoding: a transcript with class {} of {}", label, num_classes);
  }
}

std::vector<ClassSums> add_up(const FrameScores& scores, const std::vector<bool>& wanted) {
  const auto num_frames = static_cast<std::size_t>(scores.num_frames());
  const auto num_classes = static_cast<std::size_t>(scores.num_classes);
  std::vector<ClassSums> classes(num_classes);
  for (std::size_t c = 0; c < num_classes; ++c) {
    if (!wanted[c]) continue;
    ClassSums& each = classes[c];
    each.sums.resize(num_frames + 1);
    each.first.resize(num_frames + 1);
    for (std::size_t t = 0; t < num_frames; ++t) {
      const float score = scores.values[t * num_classes + c];
      const bool possible = std::isfinite(score);
      each.sums[t + 1] = each.sums[t] + (possible ? static_cast<double>(score) : 0);
      each.first[t + 1] = possible ? each.first[t] : static_cast<std::int32_t>(t + 1);
    }
  }
  return classes;
}

}  // namespace zoetrope::decoding
