#include "zoetrope/data/sample_frames.h"

#include "zoetrope/core/error.h"
#include "zoetrope/media/picture_folder.h"

namespace zoetrope::data {

namespace fs = std::filesystem;

SampleFrames::SampleFrames(const fs::path& path) : path_(path) {
  if (fs::is_directory(path)) {
    pictures_ = media::list_pictures(path);
    for (std::size_t i = 0; i < pictures_.size(); ++i)
      times_.push_back({static_cast<double>(i) / kPictureRate, 1 / kPictureRate});
  } else {
    reader_.emplace(path.string(),
                    media::VideoReaderOptions{.num_threads = 1, .check = media::Check::kPackets});
    times_ = reader_->frame_times();
  }
}

torch::Tensor SampleFrames::read(const media::FrameIndices& frames) {
  if (!reader_) {
    std::vector<fs::path> paths;
    for (const std::int64_t frame : frames) paths.push_back(pictures_[static_cast<std::size_t>(frame)]);
    return media::read_pictures(paths);
  }
  media::Frames read = reader_->frames_at(frames);
  if (!read.lost.empty()) {
    throw Error::input("{}: {} of {} frames cannot be decoded", path_.string(), read.lost.size(),
                       frames.size());
  }
  return read.rgb;
}

}  // namespace zoetrope::data
