#include "zoetrope/inference/analysis.h"

#include "zoetrope/core/error.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/structure/analyze.h"
#include "zoetrope/structure/timeline_tracks.h"

namespace zoetrope::inference {

timeline::Timeline analyze_video(media::VideoReader& reader, const AnalysisOptions& options,
                                 const ProgressCallback& progress) {
  const media::VideoStreamInfo& stream = reader.stream_info();
  const bool sideways = stream.rotation % 180 != 0;
  timeline::Timeline result;
  result.video = {.path = reader.info().path,
                  .sha256 = sha256_of_file(reader.info().path),
                  .start = stream.start_time,
                  .duration = stream.duration,
                  .num_frames = stream.frames,
                  .fps = stream.fps,
                  .width = sideways ? stream.height : stream.width,
                  .height = sideways ? stream.width : stream.height};
  result.warnings = reader.info().warnings;
  const structure::Structure found =
      structure::analyze_structure(reader, options.structure, [&](std::int64_t done, std::int64_t) {
        if (progress) progress(done);
      });
  if (found.num_frames == 0) throw Error::input("{}: none of its frames can be decoded", result.video.path);
  structure::add_to_timeline(found, result);
  timeline::validate(result);
  return result;
}

}  // namespace zoetrope::inference
