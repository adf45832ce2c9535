#include "zoetrope/media/video_track.h"

#include <algorithm>

namespace zoetrope::media {

std::int64_t VideoTrack::frame_of(std::int64_t packet, int occurrence) const {
  if (packet < 0 || static_cast<std::size_t>(packet) >= first_frame_of_packet.size()) return -1;
  const std::int64_t first = first_frame_of_packet[static_cast<std::size_t>(packet)];
  if (first < 0 || occurrence == 0) return first;
  const auto begin = frames.begin() + first;
  const auto end = frames.begin() + std::min(first + 64, static_cast<std::int64_t>(frames.size()));
  const auto found = std::find_if(begin, end, [&](const FrameEntry& frame) {
    return frame.packet == packet && frame.occurrence == occurrence;
  });
  return found == end ? -1 : found - frames.begin();
}

std::int64_t VideoTrack::entry_for(std::int64_t frame, int back) const {
  const std::int64_t packet = frames[static_cast<std::size_t>(frame)].packet;
  auto at = std::ranges::upper_bound(entry_packets, packet);
  // An entry point gives only what is shown at it or after it.
  const auto shown_later = [this, frame](std::int64_t entry) {
    const std::int64_t shown = first_frame_of_packet[static_cast<std::size_t>(entry)];
    return shown < 0 || shown > frame;
  };
  while (at != entry_packets.begin() && shown_later(*(at - 1))) --at;
  if (at - entry_packets.begin() <= back) return 0;
  return *(at - 1 - back);
}

}  // namespace zoetrope::media
