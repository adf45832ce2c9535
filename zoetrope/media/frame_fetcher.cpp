#include "zoetrope/media/frame_fetcher.h"

#include <algorithm>
#include <array>
#include <limits>

namespace zoetrope::media {
namespace {

/// How many entry points before the last one the attempts begin; the start of the stream is the end of them.
constexpr int kFromStart = std::numeric_limits<int>::max();
constexpr std::array<int, 4> kAttempts = {0, 1, 4, kFromStart};
/// Where the packets vouch for the stream, an entry point is one; what it does not give is damaged.
constexpr std::size_t kAttemptsByPackets = 2;

}  // namespace

FrameFetcher::FrameFetcher(std::shared_ptr<const VideoTrack> track, int threads)
    : track_(std::move(track)), frame_(make_frame()), from_start_(track_->in_order_only) {
  open_decoder(track_->damaged ? 1 : threads);
}

void FrameFetcher::open_decoder(int threads) {
  decoder_ = std::make_unique<FrameDecoder>(track_, threads);
  decoder_->set_dispensable([this](std::int64_t packet) {
    const auto at = static_cast<std::size_t>(packet);
    if (!needed_ || from_start_ || packet >= target_packet_ || at >= track_->first_frame_of_packet.size())
      return false;
    const std::int32_t frame = track_->first_frame_of_packet[at];
    return frame < 0 || !needed_(frame);
  });
  held_ = passed_ = -1;
  ended_ = false;
}

/// True if decoding on from here gives the frame, and at no greater cost than beginning at `entry`.
bool FrameFetcher::within_reach(std::int64_t index, std::int64_t entry) const {
  if (index == held_) return true;
  if (index <= passed_ || ended_) return false;
  if (from_start_) return decoder_->entered_at() == 0;
  const std::int64_t packet = track_->frames[static_cast<std::size_t>(index)].packet;
  return decoder_->entered_at() <= entry && packet >= decoder_->complete_from() &&
         entry <= decoder_->next_packet();
}

AVFrame* FrameFetcher::get(std::int64_t index) {
  AVFrame* frame = find(index);
  if (track_->decoded || from_start_ || !sees_damage(frame)) return frame;
  from_start_ = true;
  open_decoder(1);
  return find(index);
}

bool FrameFetcher::sees_damage(const AVFrame* frame) const {
  if (stop_ && *stop_) return false;
  return !frame || decoder_->errors() > 0 || is_impaired(*frame);
}

AVFrame* FrameFetcher::find(std::int64_t index) {
  target_packet_ = track_->frames[static_cast<std::size_t>(index)].packet;
  const std::size_t attempts = track_->decoded ? kAttempts.size() : kAttemptsByPackets;
  for (std::size_t i = 0; i < attempts; ++i) {
    const bool from_start = kAttempts[i] == kFromStart || from_start_;
    const std::int64_t entry = from_start ? 0 : track_->entry_for(index, kAttempts[i]);
    const bool stay = i == 0 && within_reach(index, entry);
    const bool all_decoded = decoder_->complete_from() <= decoder_->entered_at();
    if (i > 0 && all_decoded && decoder_->entered_at() <= entry)
      continue;                      // it came from there, or from before
    if (i > 0) target_packet_ = -1;  // leave nothing out any more
    if (!stay) {
      decoder_->enter(entry);
      held_ = passed_ = -1;
      ended_ = false;
    }
    if (AVFrame* frame = run_to(index)) return frame;
    if (decoder_->complete_from() == 0) break;
  }
  return nullptr;
}

AVFrame* FrameFetcher::run_to(std::int64_t index) {
  FrameDecoder::Origin origin;
  while (held_ != index && passed_ < index) {
    if (stop_ && stop_->load(std::memory_order_relaxed)) return nullptr;
    held_ = -1;
    ended_ = !decoder_->next(*frame_, origin);
    if (ended_) return nullptr;
    held_ = track_->in_order_only ? origin.place : track_->frame_of(origin.packet, origin.occurrence);
    passed_ = std::max(passed_, held_);
  }
  if (held_ != index) return nullptr;
  const FrameEntry& entry = track_->frames[static_cast<std::size_t>(index)];
  const bool proven = !track_->decoded || decoder_->entered_at() == 0 || hash_planes(*frame_) == entry.hash;
  return proven ? frame_.get() : nullptr;
}

}  // namespace zoetrope::media
