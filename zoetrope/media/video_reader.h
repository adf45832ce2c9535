#pragma once
// Frames of a video file, exact to the frame.
//
//   media::VideoReader reader("match.mp4");
//   reader.stream_info().frames;                               // counted, not estimated
//   media::Frames clip = reader.frames_at({0, 30, 60});        // by index, any order, repeats allowed
//   media::Frames now = reader.frames_played_at({12.5});       // the frame on screen at 12.5 s
//   media::FrameStream stream = reader.stream({.stride = 2, .short_side = 224});
//   while (std::optional<media::Frame> frame = stream.next()) use(frame->rgb, frame->pts);
//
// Indices count the frames that FFmpeg's decoder gives for the whole stream, in presentation order, from 0.
// Times are seconds on the stream's own clock, edit lists applied; a frame is on screen in [pts, pts +
// duration), and a frame's duration ends where the next frame begins. Frames are RGB, uint8, in [H, W, 3]
// order, turned upright.
//
// Damaged input: what can be decoded is returned; `lost` counts what could not be. Where nothing can be
// decoded, and where a ceiling of media/limits.h is passed, the constructor throws Error (kInput), one line.

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/media/media_info.h"
#include "zoetrope/media/reader_options.h"

namespace zoetrope::media {

struct Frame {
  torch::Tensor rgb;  ///< uint8 [H, W, 3]
  std::int64_t index = 0;
  double pts = 0;       ///< seconds
  double duration = 0;  ///< seconds
};

struct Frames {
  torch::Tensor rgb;                ///< uint8 [T, H, W, 3]
  std::vector<std::int64_t> index;  ///< T
  std::vector<double> pts;          ///< T, seconds
  std::vector<double> duration;     ///< T, seconds
  std::vector<std::int64_t> lost;   ///< asked for, not decodable, and so not among the T
};

struct StreamOptions {
  std::int64_t first = 0;
  std::int64_t last = -1;  ///< one past the last frame; -1: to the end
  std::int64_t stride = 1;
  /// Just these, ascending; empty: first, first + stride, ... below last.
  std::vector<std::int64_t> indices = {};
  /// Pixels of the shorter side after scaling (by frame_scaler.h's filter, the longer side as short_side_size
  /// of transforms.h has it); 0: as stored.
  std::int64_t short_side = 0;
  std::size_t queue = 16;  ///< frames decoded ahead at most: the bound of the stream's memory
};

/// One pass over a range of frames in order, decoded on threads of its own while the caller works.
class FrameStream {
 public:
  FrameStream(FrameStream&&) noexcept;
  FrameStream& operator=(FrameStream&&) noexcept;
  ~FrameStream();  ///< stops the decoding threads, wherever they are

  /// The next frame, or nullopt at the end. What could not be decoded is passed over and counted by `lost`.
  [[nodiscard]] std::optional<Frame> next();
  [[nodiscard]] std::int64_t lost() const noexcept;

 private:
  friend class VideoReader;
  struct Impl;
  explicit FrameStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class VideoReader {
 public:
  /// Opens and scans the file. Throws Error (kInput) if it is missing, no video, or damaged beyond use.
  explicit VideoReader(const std::string& path, VideoReaderOptions options = {});
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;
  ~VideoReader();

  [[nodiscard]] const MediaInfo& info() const noexcept;
  [[nodiscard]] int stream_index() const noexcept;
  [[nodiscard]] const VideoStreamInfo& stream_info() const noexcept;
  [[nodiscard]] std::int64_t num_frames() const noexcept;
  [[nodiscard]] const std::vector<FrameTime>& frame_times() const noexcept;

  /// Frames by index, in the order asked for. Throws Error (kUsage) for an index outside [0, num_frames).
  [[nodiscard]] Frames frames_at(const std::vector<std::int64_t>& indices);
  /// The frames on screen at these times. Throws Error (kUsage) for a time outside the video's span.
  [[nodiscard]] Frames frames_played_at(const std::vector<double>& seconds);
  /// Frames first, first + stride, ... below last; last = -1: to the end.
  [[nodiscard]] Frames frames_in_range(std::int64_t first, std::int64_t last, std::int64_t stride = 1);
  /// One pass in order, in bounded memory. Several streams of one reader may be open at once.
  [[nodiscard]] FrameStream stream(StreamOptions options = {}) const;

  /// The index of the frame on screen at that time; throws Error (kUsage) outside the video's span.
  [[nodiscard]] std::int64_t index_played_at(double seconds) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace zoetrope::media
