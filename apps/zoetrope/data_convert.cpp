#include "apps/zoetrope/data_convert.h"

#include <fmt/format.h>

#include <optional>

#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/thread_pool.h"
#include "zoetrope/media/video_reader.h"
#include "zoetrope/timeline/activitynet.h"

namespace zoetrope::cli {
namespace {

/// Seconds of a clip; nothing, and a warning, where its file cannot be read.
std::optional<double> duration_of(const data::Sample& sample) {
  throw_if_interrupted();
  if (sample.end > 0) return sample.end - sample.start;
  try {
    const media::VideoReader reader(sample.path.string(),
                                    {.num_threads = 1, .check = media::Check::kPackets});
    return reader.stream_info().duration - sample.start;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    log_warning("left out: {}", error.what());
    return std::nullopt;
  }
}

timeline::Timeline trimmed_video(const data::Sample& sample, const data::LabelSet& set, double duration) {
  timeline::Timeline timeline{.video = {.path = sample.path.string(), .duration = duration}};
  timeline::Track& track = timeline.tracks.emplace_back(timeline::Track{.name = "annotations"});
  for (const std::int64_t id : sample.labels.front().value()) {
    track.segments.push_back(
        {.start = 0, .end = duration, .label = set.names[static_cast<std::size_t>(id)], .label_id = id});
  }
  return timeline;
}

}  // namespace

int run_convert(const CheckOptions& options, ProgressMode mode) {
  if (options.layout == kSegmentationLayout || options.layout == kDetectionLayout)
    throw Error::usage("'convert' takes labelled clips; --layout {} has whole videos", options.layout);
  if (options.output.empty()) throw Error::usage("-o FILE.json is needed: what is written");
  if (options.root.empty() && options.layout != "csv")
    throw Error::usage("--root is needed: the folder of the clips, whose lengths are written");
  const data::Dataset dataset = data::read_dataset(dataset_options(options));
  if (dataset.label_sets.size() != 1)
    throw Error::usage("the clips have {} sets of labels; --label-columns would choose one",
                       dataset.label_sets.size());
  Progress progress({.label = "clips",
                     .unit = "clip",
                     .units = "clips",
                     .total = std::ssize(dataset.samples),
                     .mode = mode});
  const auto durations = parallel_map(
      std::ssize(dataset.samples),
      [&](std::int64_t i) {
        const std::optional<double> duration = duration_of(dataset.samples[static_cast<std::size_t>(i)]);
        progress.advance();
        return duration;
      },
      options.workers);
  progress.finish();
  timeline::ActivityNetFile file;
  std::size_t left_out = 0, unlabelled = 0;
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
    const data::Sample& sample = dataset.samples[i];
    const bool labelled = sample.labels.front() && !sample.labels.front()->empty();
    left_out += durations[i] ? 0 : 1;
    unlabelled += labelled ? 0 : 1;
    if (!durations[i] || !labelled) continue;
    const std::string name = sample.path.stem().string();
    const timeline::ActivityNetVideo video{trimmed_video(sample, dataset.label_sets.front(), *durations[i]),
                                           options.dataset.subset};
    if (!file.videos.emplace(name, video).second)
      throw Error::input("two clips are called '{}'; in ActivityNet's form each name stands once", name);
  }
  if (unlabelled > 0) log_warning("{} of {} clips have no label", unlabelled, dataset.samples.size());
  if (file.videos.empty()) throw Error::input("no clip could be read");
  write_file_atomically(options.output, timeline::to_activitynet_truth(file));
  if (options.json) {
    print_json(
        {{"file", options.output}, {"clips", file.videos.size()}, {"left_out", left_out + unlabelled}});
  } else {
    fmt::print("{}: {} clips of {} classes\n", options.output, file.videos.size(),
               dataset.label_sets.front().names.size());
  }
  return left_out > 0 ? kSomeInputsFailed : 0;
}

}  // namespace zoetrope::cli
