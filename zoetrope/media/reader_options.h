#pragma once
// How a video is opened, and when its frames are on screen: what the decoding below VideoReader needs to
// know, without LibTorch.

namespace zoetrope::media {

/// How a reader finds out which frames a stream has. Reading its packets costs little, and tells exactly
/// unless the pictures inside are damaged; decoding it all tells that, too. A stream whose packets do not
/// suffice (AVI, interlaced fields, damage) is decoded once in any case.
enum class Check {
  kAuto,  ///< decode what is small (kAutoCheckPixels of limits.h: some seconds of a clip of 340 x 256), else
          ///< as kPackets
  kPackets,  ///< trust packets that agree with each other; a damaged picture is found when it is asked for
  kDecode    ///< decode the whole stream: `frames` and `lost_frames` are what FFmpeg's decoder gives
};

struct VideoReaderOptions {
  int stream = -1;      ///< index in the container; -1 takes the best (info().best_video_stream)
  int num_threads = 0;  ///< decoding threads; 0 takes all cores
  Check check = Check::kAuto;
};

/// When a frame is on screen: [pts, pts + duration), in seconds.
struct FrameTime {
  double pts = 0;
  double duration = 0;
};

}  // namespace zoetrope::media
