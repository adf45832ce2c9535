#pragma once
// Any frame of a stream by its index, never another one.
//
// Note [Going to a frame]
// Decoding begins at the last entry point that is shown no later than the frame, and each picture that comes
// out is known by its packet, so it does not matter where a seek lands. Pictures that nothing refers to are
// left out on the way. If the frame's place passes without it, or its planes have another hash than they had
// in the pass over the whole stream (a key frame that is none, an intra refresh that is not exact, damage),
// decoding begins again further back, at last from the start.

#include <atomic>
#include <functional>
#include <memory>

#include "zoetrope/media/frame_decoder.h"
#include "zoetrope/media/video_track.h"

namespace zoetrope::media {

class FrameFetcher {
 public:
  FrameFetcher(std::shared_ptr<const VideoTrack> track, int threads);
  FrameFetcher(const FrameFetcher&) = delete;
  FrameFetcher& operator=(const FrameFetcher&) = delete;

  /// Frames for which this is false may be left undecoded on the way to others; all are needed at first.
  void set_needed(std::function<bool(std::int64_t)> needed) { needed_ = std::move(needed); }

  /// `get` gives up, with nullptr, soon after *stop becomes true.
  void set_stop(const std::atomic<bool>* stop) { stop_ = stop; }

  /// Frame `index`, or nullptr if it cannot be decoded. The frame is the fetcher's until the next call.
  /// Ascending calls that are near to each other decode nothing twice.
  [[nodiscard]] AVFrame* get(std::int64_t index);

 private:
  [[nodiscard]] AVFrame* find(std::int64_t index);
  [[nodiscard]] bool sees_damage(const AVFrame* frame) const;
  void open_decoder(int threads);
  [[nodiscard]] bool within_reach(std::int64_t index, std::int64_t entry) const;
  [[nodiscard]] AVFrame* run_to(std::int64_t index);

  std::shared_ptr<const VideoTrack> track_;
  std::unique_ptr<FrameDecoder> decoder_;
  FFmpegPtr<AVFrame> frame_;
  bool from_start_;           ///< see Note [Damage that shows late]
  std::int64_t held_ = -1;    ///< index of the frame in frame_; -1: none
  std::int64_t passed_ = -1;  ///< highest index that came out since decoding was entered
  bool ended_ = false;
  const std::atomic<bool>* stop_ = nullptr;
  std::int64_t target_packet_ = -1;
  std::function<bool(std::int64_t)> needed_;
};

}  // namespace zoetrope::media
