#include "zoetrope/data/augment.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"

namespace zoetrope::data {

void describe(ConfigFields& f, AugmentOptions& o) {
  describe(f, o.picture);
  f.field("drop_frames", o.drop_frames, "probability that a frame is replaced by the one before").range(0, 1);
  f.field("temporal_jitter", o.temporal_jitter, "frames by which each may be off its place").range(0, 64);
  f.field("flip_pairs", o.flip_pairs, "labels that a mirror swaps, \"turn left:turn right\"");
}

media::FrameIndices frames_of(std::span<const media::FrameTime> times, const Sample& sample, double fps) {
  // Annotated times are often rounded to a frame's start, from either side.
  constexpr double kHalfFrame = 0.5;
  std::vector<double> pts;
  std::int64_t first = -1;
  double end = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double slack = kHalfFrame * times[i].duration;
    if (times[i].pts + slack < sample.start) continue;
    if (sample.end > 0 && times[i].pts + slack >= sample.end) break;
    if (first < 0) first = static_cast<std::int64_t>(i);
    pts.push_back(times[i].pts);
    end = times[i].pts + times[i].duration;
  }
  if (first < 0) {
    throw Error::input("{}: no frame lies between {} and {} s", sample.path.string(), sample.start,
                       sample.end);
  }
  media::FrameIndices frames(pts.size());
  std::iota(frames.begin(), frames.end(), 0);
  if (fps > 0) frames = media::resample(pts, end, fps);
  for (std::int64_t& frame : frames) frame += first;
  return frames;
}

media::FrameIndices draw_frames(std::span<const media::FrameTime> times, const Sample& sample,
                                const ClipTiming& timing, const AugmentOptions& options,
                                RandomGenerator& random) {
  const media::FrameIndices all = frames_of(times, sample, timing.fps);
  const auto count = static_cast<std::int64_t>(all.size());
  media::FrameIndices drawn =
      timing.segments
          ? media::random_in_segments(count, timing.frames, random)
          : media::random_clips(count, 1, {.frames = timing.frames, .stride = timing.stride}, random).front();
  if (options.temporal_jitter > 0) {
    const std::int64_t most = options.temporal_jitter;
    for (std::int64_t& frame : drawn)
      frame = std::clamp<std::int64_t>(frame + uniform_integer(random, -most, most + 1), 0, count - 1);
    std::ranges::sort(drawn);
  }
  for (std::size_t t = 0; t < drawn.size(); ++t) {
    if (t > 0 && options.drop_frames > 0 && uniform(random) < options.drop_frames) drawn[t] = drawn[t - 1];
  }
  for (std::int64_t& frame : drawn) frame = all[static_cast<std::size_t>(frame)];
  return drawn;
}

std::vector<std::int64_t> mirror_labels(const std::vector<std::string>& labels,
                                        const std::vector<std::string>& pairs) {
  std::vector<std::int64_t> mirrored(labels.size());
  std::iota(mirrored.begin(), mirrored.end(), 0);
  for (const std::string& pair : pairs) {
    std::vector<std::int64_t> ids;
    const std::size_t colon = pair.find(':');
    if (colon == std::string::npos) throw Error::usage("flip_pairs: '{}' is no pair \"left:right\"", pair);
    for (const std::string& name : {pair.substr(0, colon), pair.substr(colon + 1)}) {
      const auto found = std::ranges::find(labels, name);
      if (found == labels.end())
        throw Error::usage("flip_pairs: no label is called '{}'{}", name, did_you_mean(name, labels));
      ids.push_back(found - labels.begin());
    }
    const auto is_free = [&](std::int64_t id) { return mirrored[static_cast<std::size_t>(id)] == id; };
    if (ids[0] == ids[1] || !is_free(ids[0]) || !is_free(ids[1]))
      throw Error::usage("flip_pairs: '{}' names a label that has a partner already", pair);
    mirrored[static_cast<std::size_t>(ids[0])] = ids[1];
    mirrored[static_cast<std::size_t>(ids[1])] = ids[0];
  }
  return mirrored;
}

}  // namespace zoetrope::data
