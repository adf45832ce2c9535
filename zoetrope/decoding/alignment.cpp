#include "zoetrope/decoding/alignment.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "zoetrope/core/error.h"
#include "zoetrope/decoding/segment_step.h"

namespace zoetrope::decoding {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

}  // namespace

Alignment align(const FrameScores& scores, std::span<const std::int64_t> transcript,
                std::span<const LengthScores> lengths) {
  check_frame_scores(scores);
  check_transcript(transcript, scores.num_classes);
  if (transcript.size() != lengths.size())
    throw Error::failed("decoding: {} segments but {} tables of lengths", transcript.size(), lengths.size());
  for (const LengthScores& each : lengths) check_length_scores(each);
  const std::int64_t num_frames = scores.num_frames();
  const auto num_segments = static_cast<std::int64_t>(transcript.size());
  if (num_frames == 0 && num_segments == 0) return {};
  if (num_segments == 0 || num_frames < num_segments) return {kImpossible, {}};
  if (num_segments > kMaxAlignmentCells / (num_frames + 1))
    throw Error::failed("decoding: {} segments of {} frames are too many", num_segments, num_frames);
  std::vector<bool> wanted(static_cast<std::size_t>(scores.num_classes), false);
  for (const std::int64_t label : transcript) wanted[static_cast<std::size_t>(label)] = true;
  const std::vector<ClassSums> sums = add_up(scores, wanted);

  const auto row = static_cast<std::size_t>(num_frames) + 1;
  std::vector<std::int32_t> starts(transcript.size() * row);
  Column before(row, kImpossible), after;
  before[0] = 0;
  SegmentStep step;
  for (std::size_t m = 0; m < transcript.size(); ++m) {
    const std::int64_t left = num_segments - 1 - static_cast<std::int64_t>(m);  // segments that follow
    const std::int64_t first = left == 0 ? num_frames : static_cast<std::int64_t>(m) + 1;
    step.run(before, sums[static_cast<std::size_t>(transcript[m])], lengths[m], first, num_frames - left,
             after, std::span(starts).subspan(m * row, row));
    std::swap(before, after);
  }
  Alignment best{before.back(), {}};
  if (best.score == kImpossible) return best;
  best.lengths.resize(transcript.size());
  std::int64_t end = num_frames;
  for (std::size_t m = transcript.size(); m-- > 0;) {
    const std::int64_t start = starts[m * row + static_cast<std::size_t>(end)];
    best.lengths[m] = end - start;
    end = start;
  }
  return best;
}

Alignment align_poisson(const FrameScores& scores, std::span<const std::int64_t> transcript,
                        std::span<const double> means, PoissonOptions options) {
  if (options.max_length == 0) options.max_length = std::max<std::int64_t>(scores.num_frames() + 1, 2);
  return align(scores, transcript, poisson_tables(means, options));
}

std::vector<std::int64_t> labels_of(std::span<const std::int64_t> transcript,
                                    std::span<const std::int64_t> lengths) {
  if (transcript.size() != lengths.size())
    throw Error::failed("decoding: {} segments but {} lengths", transcript.size(), lengths.size());
  std::vector<std::int64_t> labels;
  for (std::size_t m = 0; m < lengths.size(); ++m) {
    if (lengths[m] < 0) throw Error::failed("decoding: a segment of {} frames", lengths[m]);
    labels.insert(labels.end(), static_cast<std::size_t>(lengths[m]), transcript[m]);
  }
  return labels;
}

}  // namespace zoetrope::decoding
