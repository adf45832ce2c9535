#pragma once
// Packets of one stream in, decoded frames out, each with the packet that it came from. Below VideoReader;
// tests use it to hash frames in their own pixel format.

#include <array>
#include <functional>
#include <memory>

#include "zoetrope/media/demuxer.h"
#include "zoetrope/media/video_track.h"

namespace zoetrope::media {

/// A 64-bit hash of a frame's planes without their padding, for finding differences (not for security).
[[nodiscard]] std::uint64_t hash_planes(const AVFrame& frame);

class FrameDecoder {
 public:
  /// `threads` 1 decodes on the caller's thread alone. Throws Error if the file changed since `track` was
  /// scanned.
  FrameDecoder(std::shared_ptr<const VideoTrack> track, int threads);

  /// Goes to the start of the stream, with a decoder that has seen nothing.
  void restart();

  /// Goes to a packet, which will be the first that is decoded. Where the demuxer cannot seek there exactly,
  /// the file is read from its start up to that packet.
  void enter(std::int64_t packet);

  struct Origin {
    std::int64_t packet = kNoTag;
    int occurrence = 0;       ///< how many frames this packet gave before
    std::int64_t place = -1;  ///< frames given before since the start; -1 after `enter`
  };

  /// The next frame as the decoder gives them, or false at the end. Damaged packets are counted and passed
  /// over.
  [[nodiscard]] bool next(AVFrame& frame, Origin& origin);

  /// Packets for which this is true may be left undecoded if no other picture refers to them.
  void set_dispensable(std::function<bool(std::int64_t)> dispensable) {
    dispensable_ = std::move(dispensable);
  }

  [[nodiscard]] std::int64_t entered_at() const noexcept { return entered_at_; }
  [[nodiscard]] std::int64_t next_packet() const noexcept { return next_packet_; }
  /// All packets from this one on were decoded, as far as `next_packet`.
  [[nodiscard]] std::int64_t complete_from() const noexcept { return complete_from_; }

  /// Packets that the decoder refused, those that lead an entry point left out. With several threads and a
  /// stream that was never decoded as a whole, also those that one thread would have concealed.
  [[nodiscard]] std::int64_t errors() const noexcept { return errors_; }
  [[nodiscard]] int demux_errors() const noexcept { return demuxer_->errors(); }
  [[nodiscard]] const std::string& last_words() const noexcept { return last_words_; }

 private:
  void open_demuxer();
  void open_codec();
  void begin_at(std::int64_t packet);
  [[nodiscard]] bool seek_near(std::int64_t packet);
  [[nodiscard]] bool synchronize(std::int64_t packet);
  [[nodiscard]] bool read_forward_to(std::int64_t packet);
  void feed();
  [[nodiscard]] Origin origin_of(const AVFrame& frame);
  [[nodiscard]] bool leads_entry(const Origin& origin) const;
  void count_error();

  std::shared_ptr<const VideoTrack> track_;
  int threads_;
  std::unique_ptr<Demuxer> demuxer_;
  FFmpegPtr<AVCodecContext> codec_;
  FFmpegPtr<AVPacket> packet_;
  bool packet_pending_ = false;  ///< packet_ holds the packet `next_packet_`
  bool demuxer_fresh_ = false;   ///< nothing was read from it yet
  bool codec_fresh_ = false;
  bool seekable_ = true;
  bool draining_ = false;
  bool past_leading_ = true;  ///< a frame has come that does not lead the entry point
  int errors_in_row_ = 0;
  std::int64_t entered_at_ = 0, next_packet_ = 0, complete_from_ = 0, given_ = 0;
  std::int64_t errors_ = 0;
  std::string last_words_;
  std::array<std::int64_t, 64> recent_{};  ///< packets of the last frames, for `occurrence`
  std::function<bool(std::int64_t)> dispensable_;
};

}  // namespace zoetrope::media
