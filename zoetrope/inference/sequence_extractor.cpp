#include "zoetrope/inference/sequence_extractor.h"

#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::inference {

SequenceExtractor::SequenceExtractor(const bundle::Bundle& bundle, std::string extractor)
    : folder_(bundle.folder), sequence_(bundle.config.sequence.value()), extractor_(std::move(extractor)) {}

ExtractedFeatures SequenceExtractor::extract(const media::VideoReader& reader,
                                             const FrameProgress& progress) {
  if (!loaded_) {
    std::filesystem::path folder = extractor_;
    if (folder.empty() && !sequence_.extractor.empty()) folder = folder_ / sequence_.extractor;
    if (folder.empty()) {
      throw Error::usage("{}: names no extractor of features; give them as .npy, or --extractor DIR",
                         folder_.string());
    }
    loaded_.emplace(bundle::load_bundle(folder), FeatureOptions{.layer = sequence_.layer,
                                                                .window = sequence_.window,
                                                                .stride = sequence_.stride,
                                                                .fps = sequence_.video_fps});
  }
  std::int64_t lost = 0;
  ExtractedFeatures result{.columns = loaded_->extract(reader, lost, progress)};
  const std::vector<media::FrameTime>& times = reader.frame_times();  // a video that opens has a frame
  const double start = times.front().pts, duration = times.back().pts + times.back().duration - start;
  result.fps = static_cast<double>(result.columns.size(1)) / duration;
  result.video = {.path = reader.info().path,
                  .start = start,
                  .duration = duration,
                  .num_frames = reader.num_frames(),
                  .fps = static_cast<double>(reader.num_frames()) / duration};
  return result;
}

}  // namespace zoetrope::inference
