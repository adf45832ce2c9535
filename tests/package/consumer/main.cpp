// What a stranger writes first: finds the installed package, uses a Timeline, an Error and, where the package
// reads videos, something of media.
#include <cstdio>

#include "zoetrope/core/error.h"
#include "zoetrope/timeline/timeline.h"
#ifdef WITH_MEDIA
#include "zoetrope/media/ffmpeg.h"
#endif

int main() {
  zoetrope::timeline::Timeline timeline;
  timeline.tracks.push_back({.name = "action",
                             .description = "what is done",
                             .segments = {{.start = 0, .end = 4.2, .label = "pour"}}});
  std::printf("%s\n", zoetrope::timeline::find_track(timeline, "action")->segments[0].label.c_str());
  timeline.tracks[0].segments[0].end = -1;
  try {
    zoetrope::timeline::validate(timeline);
  } catch (const zoetrope::Error& error) {
    std::printf("exit code %d\n", error.exit_code());
  }
#ifdef WITH_MEDIA
  std::printf("%s\n", zoetrope::media::ffmpeg_error(AVERROR_INVALIDDATA).c_str());
#endif
}
