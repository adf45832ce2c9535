#include "zoetrope/inference/sequence_extractor.h"

#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::inference {

SequenceExtractor::SequenceExtractor(const bundle::Bundle& bundle, std::string extractor)
    : folder_(bundle.folder),
      sequence_(bundle.config.sequence.value()),
      dimensions_(bundle.model->native_inputs().at(0).shape.at(1)),
      extractor_(std::move(extractor)) {}

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
  const torch::Tensor columns = loaded_->extract(reader, lost, progress);
  if (columns.size(0) != dimensions_) {
    throw Error::model("{}: takes features of {} numbers; its extractor gives {}", folder_.string(),
                       dimensions_, columns.size(0));
  }
  ExtractedFeatures result{.num_columns = columns.size(1)};
  const torch::Tensor index = torch::arange(0, columns.size(1), sequence_.sample);
  result.columns = columns.index_select(1, index).unsqueeze(0);
  const std::vector<media::FrameTime>& times = reader.frame_times();  // a video that opens has a frame
  const double start = times.front().pts, duration = times.back().pts + times.back().duration - start;
  result.fps = static_cast<double>(result.num_columns) / duration;
  result.video = {.path = reader.info().path,
                  .start = start,
                  .duration = duration,
                  .num_frames = reader.num_frames(),
                  .fps = static_cast<double>(reader.num_frames()) / duration};
  return result;
}

}  // namespace zoetrope::inference
