#pragma once
// A script as an encoded video with its sound. The one part of this folder that needs LibTorch, for the
// tensors of media::VideoWriter.

#include <string>

#include "zoetrope/synthetic/script.h"
#include "zoetrope/synthetic/world.h"

namespace zoetrope::synthetic {

/// H.264 with AAC in MP4, encoded on the caller's thread, so that the bytes are the same at every run. The
/// file appears when it is whole. Throws Error: kInterrupted, and what media::VideoWriter throws.
void write_video(const VideoScript& script, const WorldOptions& world, const std::string& path);

}  // namespace zoetrope::synthetic
