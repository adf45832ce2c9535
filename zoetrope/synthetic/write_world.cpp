#include "zoetrope/synthetic/write_world.h"

#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/thread_pool.h"
#include "zoetrope/synthetic/labels.h"
#include "zoetrope/synthetic/layouts.h"
#include "zoetrope/synthetic/script.h"
#include "zoetrope/synthetic/video_file.h"
#include "zoetrope/timeline/json.h"

namespace zoetrope::synthetic {
namespace {

namespace fs = std::filesystem;

// All that a world consists of.
constexpr const char* kVideos = "videos";
constexpr const char* kAnnotations = "annotations";
constexpr const char* kNoisyAnnotations = "annotations_noisy";

void prepare_folder(const fs::path& folder, bool force) {
  std::error_code failed;
  if (fs::exists(folder, failed) && !fs::is_directory(folder, failed))
    throw Error::usage("{}: is a file; name a folder", folder.string());
  if (fs::exists(folder, failed) && !fs::is_empty(folder, failed)) {
    if (!force)
      throw Error::usage("{}: is not empty; --force replaces an earlier world there", folder.string());
    for (const char* name : {kWorldFile, kVideos, kAnnotations, kNoisyAnnotations}) {
      fs::remove_all(folder / name, failed);
      if (failed)
        throw Error::failed("{}: cannot be removed: {}", (folder / name).string(), failed.message());
    }
  }
  for (const char* subset : {"train", "val", "test"}) {
    fs::create_directories(folder / kVideos / subset, failed);
    if (failed) throw Error::failed("{}: cannot be made: {}", folder.string(), failed.message());
  }
}

/// Below the folder of videos.
fs::path video_path(const VideoScript& script) {
  return fs::path(script.subset) / (script.id + ".mp4");
}

AnnotatedWorld annotate(const WorldOptions& world, const std::vector<VideoScript>& scripts,
                        const fs::path& folder, bool noisy) {
  AnnotatedWorld annotated{.world = world, .videos = folder / kVideos, .noisy = noisy};
  for (const VideoScript& script : scripts) {
    AnnotatedVideo video{&script, video_path(script),
                         noisy ? noisy_spans(script, world) : action_spans(script)};
    (script.untrimmed() ? annotated.untrimmed : annotated.clips).push_back(std::move(video));
  }
  return annotated;
}

}  // namespace

std::int64_t count_videos(const WorldOptions& world) {
  const ClipOptions& clips = world.clips;
  const UntrimmedOptions& untrimmed = world.untrimmed;
  return (clips.train + clips.val + clips.test) * static_cast<std::int64_t>(world.actions.size()) +
         untrimmed.train + untrimmed.val + untrimmed.test;
}

WorldSummary write_world(const WorldOptions& world, const fs::path& folder, const WriteOptions& options) {
  prepare_folder(folder, options.force);
  const std::vector<VideoScript> scripts = plan_world(world);
  parallel_for(
      static_cast<std::int64_t>(scripts.size()),
      [&](std::int64_t i) {
        throw_if_interrupted();
        const VideoScript& script = scripts[static_cast<std::size_t>(i)];
        fs::path path = folder / kVideos / video_path(script);
        write_video(script, world, path.string());
        const timeline::Timeline truth = truth_of(script, world, path.filename().string());
        timeline::write_json(truth, path.replace_extension(".json"));
        options.on_video();
      },
      options.num_threads);
  write_layouts(annotate(world, scripts, folder, false), folder / kAnnotations);
  if (world.label_noise > 0)
    write_layouts(annotate(world, scripts, folder, true), folder / kNoisyAnnotations);
  write_file_atomically(folder / kWorldFile, config_to_toml(world));
  WorldSummary summary;
  for (const VideoScript& script : scripts) {
    ++(script.untrimmed() ? summary.untrimmed : summary.clips);
    summary.seconds += static_cast<double>(script.num_frames) / world.fps;
  }
  return summary;
}

}  // namespace zoetrope::synthetic
