#pragma once
// The list of a stream's frames: from its packets where they vouch for it, else by decoding it once. See
// Note [Where the list of frames comes from] in video_track.h.

#include "zoetrope/media/video_track.h"

namespace zoetrope::media {

/// Fills the frames, times, entry points and damage of a track whose packets are known. Throws Error (kInput)
/// if it has no frame.
void index_frames(const std::shared_ptr<VideoTrack>& track, Check check, int threads);

}  // namespace zoetrope::media
