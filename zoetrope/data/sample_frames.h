#pragma once
// The frames of a sample, wherever they lie: a video file, or a folder of pictures.

#include <torch/torch.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "zoetrope/media/sampling.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::data {

/// Pictures have no times of their own: they are taken to be so many a second.
inline constexpr double kPictureRate = 25;

class SampleFrames {
 public:
  /// Throws Error (kInput) for what is neither. Videos are decoded on one thread: callers have many.
  explicit SampleFrames(const std::filesystem::path& path);

  [[nodiscard]] const std::vector<media::FrameTime>& times() const noexcept { return times_; }

  /// uint8 [T, H, W, 3] in RGB; frames may repeat. Throws Error (kInput) where one cannot be decoded.
  [[nodiscard]] torch::Tensor read(const media::FrameIndices& frames);

 private:
  std::filesystem::path path_;
  std::optional<media::VideoReader> reader_;
  std::vector<std::filesystem::path> pictures_;
  std::vector<media::FrameTime> times_;
};

}  // namespace zoetrope::data
