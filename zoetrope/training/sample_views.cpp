#include "zoetrope/training/sample_views.h"

#include "zoetrope/data/augment.h"
#include "zoetrope/data/sample_frames.h"
#include "zoetrope/inference/clip_plan.h"
#include "zoetrope/inference/preprocess.h"

namespace zoetrope::training {

data::SampleSource view_source(const bundle::Preprocessing& preprocessing, const ViewOptions& options) {
  return [&preprocessing, options](const data::Sample& sample, RandomGenerator&) {
    data::SampleFrames frames(sample.path);
    const media::FrameIndices all = data::frames_of(frames.times(), sample, 0);
    const std::span<const media::FrameTime> times(frames.times().data() + all.front(), all.size());
    std::vector<torch::Tensor> views;
    for (inference::PlannedClip& clip :
         inference::plan_views(times, inference::timing_of(preprocessing), options.clips)) {
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

data::LoaderOptions view_loader_options(const bundle::Preprocessing& preprocessing,
                                        const ViewOptions& options) {
  return {.shape = {options.clips * options.crops, 3, preprocessing.frames, preprocessing.crop,
                    preprocessing.crop},
          .dtype = torch::kFloat,
          .batch_size = 1,
          .workers = options.workers,
          .shuffle = false,
          .drop_last = false,
          .max_broken = options.max_broken};
}

}  // namespace zoetrope::training
