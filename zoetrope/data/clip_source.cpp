#include "zoetrope/data/clip_source.h"

#include <filesystem>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/media/picture_folder.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;

// Pictures have no times of their own: samples of them name no seconds, or these.
constexpr double kPictureRate = 25;

// The frames of a sample, wherever they lie.
class Frames {
 public:
  explicit Frames(const fs::path& path) : path_(path) {
    if (fs::is_directory(path)) {
      pictures_ = media::list_pictures(path);
      for (std::size_t i = 0; i < pictures_.size(); ++i)
        times_.push_back({static_cast<double>(i) / kPictureRate, 1 / kPictureRate});
    } else {
      // One thread each: the workers are many.
      reader_.emplace(path.string(),
                      media::VideoReaderOptions{.num_threads = 1, .check = media::Check::kPackets});
      times_ = reader_->frame_times();
    }
  }

  [[nodiscard]] const std::vector<media::FrameTime>& times() const noexcept { return times_; }

  /// uint8 [T, H, W, 3]; frames may repeat.
  [[nodiscard]] torch::Tensor read(const media::FrameIndices& frames) {
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

 private:
  fs::path path_;
  std::optional<media::VideoReader> reader_;
  std::vector<fs::path> pictures_;
  std::vector<media::FrameTime> times_;
};

// For each exclusive label set the class that each becomes in a mirror; empty where nothing is swapped.
std::vector<std::vector<std::int64_t>> mirrors_of(const Dataset& dataset, const AugmentOptions& options) {
  std::vector<std::vector<std::int64_t>> mirrors(dataset.label_sets.size());
  if (options.flip_pairs.empty()) return mirrors;
  for (std::size_t set = 0; set < mirrors.size(); ++set) {
    if (dataset.label_sets[set].exclusive)
      mirrors[set] = mirror_labels(dataset.label_sets[set].names, options.flip_pairs);
  }
  return mirrors;
}

}  // namespace

SampleSource training_source(const Dataset& dataset, const ClipSourceOptions& options) {
  return [options, mirrors = mirrors_of(dataset, options.augment)](const Sample& sample,
                                                                   RandomGenerator& random) {
    Frames frames(sample.path);
    const media::FrameIndices drawn =
        draw_frames(frames.times(), sample, options.timing, options.augment, random);
    bool mirrored = false;
    LoadedSample made{.clip = media::augment_clip(frames.read(drawn), options.size, options.augment.picture,
                                                  random, &mirrored)};
    if (!mirrored) return made;
    made.labels = sample.labels;
    for (std::size_t set = 0; set < mirrors.size() && set < made.labels->size(); ++set) {
      if (mirrors[set].empty() || !(*made.labels)[set]) continue;
      for (std::int64_t& label : *(*made.labels)[set]) label = mirrors[set][static_cast<std::size_t>(label)];
    }
    return made;
  };
}

SampleSource centre_source(const ClipSourceOptions& options) {
  return [options](const Sample& sample, RandomGenerator& random) {
    Frames frames(sample.path);
    const media::FrameIndices all = frames_of(frames.times(), sample, options.timing.fps);
    media::FrameIndices clip =
        media::spread_clips(std::ssize(all), 1,
                            {.frames = options.timing.frames, .stride = options.timing.stride})
            .front();
    for (std::int64_t& frame : clip) frame = all[static_cast<std::size_t>(frame)];
    const media::AugmentOptions centre{.crop = media::CropMode::kCentre, .flip = 0};
    return LoadedSample{.clip = media::augment_clip(frames.read(clip), options.size, centre, random)};
  };
}

}  // namespace zoetrope::data
