#pragma once
// The threads behind FrameStream: one decodes (and FFmpeg's own, one a core), one converts to RGB.

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "zoetrope/core/bounded_queue.h"
#include "zoetrope/media/ffmpeg.h"
#include "zoetrope/media/video_reader.h"
#include "zoetrope/media/video_track.h"

namespace zoetrope::media {

struct FrameStream::Impl {
  Impl(std::shared_ptr<const VideoTrack> track, StreamOptions options, int threads);
  ~Impl();

  std::optional<Frame> next() { return ready_.pop(); }
  [[nodiscard]] std::int64_t lost() const noexcept { return lost_; }

 private:
  struct Decoded {
    std::int64_t index;
    FFmpegPtr<AVFrame> frame;
  };
  void decode();
  void convert();

  std::shared_ptr<const VideoTrack> track_;
  StreamOptions options_;
  int threads_;
  BoundedQueue<Decoded> decoded_;
  BoundedQueue<Frame> ready_;
  std::atomic<std::int64_t> lost_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread decoder_, converter_;
};

}  // namespace zoetrope::media
