#include "zoetrope/training/sample_views.h"

#include "zoetrope/data/augment.h"
#include "zoetrope/data/sample_frames.h"
#include "zoetrope/inference/clip_plan.h"
#include "zoetrope/inference/preprocess.h"

namespace zoetrope::training {

namespace {

std::vector<inference::PlannedClip> plan_clips(std::span<const media::FrameTime> times,
                                               const inference::ClipTiming& timing, std::int64_t clips) {
  if (clips > 0) return inference::plan_views(times, timing, clips);
  const double length = inference::clip_seconds(times, timing);
  auto windows = inference::plan_windows(times, timing, length, length);
  return std::ssize(windows) <= kMaxClips ? windows : inference::plan_views(times, timing, kMaxClips);
}

}  // namespace

data::SampleSource view_source(const bundle::Preprocessing& preprocessing, const ViewOptions& options) {
  return [&preprocessing, options](const data::Sample& sample, RandomGenerator&) {
    data::SampleFrames frames(sample.path);
    const media::FrameIndices all = data::frames_of(frames.times(), sample, 0);
    const std::span<const media::FrameTime> times(frames.times().data() + all.front(), all.size());
    std::vector<torch::Tensor> views;
    for (inference::PlannedClip& clip :
         plan_clips(times, inference::timing_of(preprocessing), options.clips)) {
      for (std::int64_t& frame : clip.frames) frame += all.front();
      const torch::Tensor rgb = frames.read(clip.frames);
      std::vector<torch::Tensor> prepared;
      for (std::int64_t t = 0; t < rgb.size(0); ++t)
        prepared.push_back(inference::prepare_frame(rgb[t], preprocessing));
      views.push_back(inference::make_clips(torch::stack(prepared), preprocessing, options.crops));
    }
    return data::LoadedSample{.clip = torch::cat(views)};
  };
}

data::LoaderOptions view_loader_options(const ViewOptions& options) {
  return {.batch_size = 1,
          .workers = options.workers,
          .shuffle = false,
          .drop_last = false,
          .max_broken = options.max_broken};
}

}  // namespace zoetrope::training
