#include "zoetrope/inference/narrator.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/data/captioning_set.h"
#include "zoetrope/inference/recognition.h"
#include "zoetrope/inference/stream_files.h"
#include "zoetrope/tasks/captioning.h"

namespace zoetrope::inference {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCaptioning = "captioning";

data::WordList words_of(const bundle::Bundle& bundle) {
  const bundle::BundleConfig& config = bundle.config;
  if (config.task != kCaptioning || !config.sequence || !config.captioning ||
      !dynamic_cast<const models::Captioner*>(bundle.model.get())) {
    throw Error::model("{}: its task is '{}'; captions take a bundle of '{}'", bundle.folder.string(),
                       config.task, kCaptioning);
  }
  try {
    return {bundle.labels, "labels"};
  } catch (const Error& error) {
    throw Error::model("{}: bundle refused: {}", bundle.folder.string(), error.what());
  }
}

}  // namespace

Narrator::Narrator(bundle::Bundle bundle, NarratorOptions options)
    : bundle_(std::move(bundle)), options_(std::move(options)), words_(words_of(bundle_)) {
  if (options_.fps == 0) options_.fps = bundle_.config.sequence->fps;
  if (options_.beam) bundle_.config.captioning->beam = *options_.beam;
}

models::Captioner& Narrator::model() const {
  return tasks::captioner_of(*bundle_.model);
}

// `fps`: columns of the features [1, D, T] a second.
void Narrator::say(const torch::Tensor& features, double fps, NarratedVideo& video) const {
  const std::int64_t columns = features.size(2);
  const std::int64_t each =
      options_.window > 0
          ? std::clamp<std::int64_t>(std::llround(std::min(options_.window * fps, 1e9)), 1, columns)
          : columns;
  const double start = video.video.start, end = start + video.video.duration;
  for (std::int64_t first = 0; first < columns; first += each) {
    const std::int64_t last = std::min(first + each, columns);
    const tasks::Sentence said =
        tasks::say(model(), features.slice(2, first, last), *bundle_.config.captioning);
    video.captions.push_back({.start = std::min(start + static_cast<double>(first) / fps, end),
                              .end = last == columns ? end : start + static_cast<double>(last) / fps,
                              .text = words_.sentence_of(said.words)});
  }
}

NarratedVideo Narrator::narrate(const fs::path& npy) const {
  if (options_.fps <= 0)
    throw Error::usage("{}: nothing says how many columns a second features have; --fps does", npy.string());
  const models::CaptionerOptions& options = model().options();
  const auto files = open_streams(npy, options.streams, options.dimensions, data::kTagStream);
  const std::int64_t sample = bundle_.config.sequence->sample;
  std::int64_t columns = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files.size() > 1 && options.streams[i] == data::kTagStream) continue;
    columns = columns == 0 ? files[i].num_frames() : std::min(columns, files[i].num_frames());
  }
  NarratedVideo result;
  result.video = {.path = npy.string(),
                  .duration = static_cast<double>(columns) / options_.fps,
                  .num_frames = columns,
                  .fps = options_.fps};
  say(tasks::read_streams(files, options.streams, sample), options_.fps / static_cast<double>(sample),
      result);
  return result;
}

NarratedVideo Narrator::narrate(const media::VideoReader& reader, const FrameProgress& progress) {
  if (!extractor_) extractor_.emplace(bundle_, options_.extractor);
  const ExtractedFeatures found = extractor_->extract(reader, progress);
  NarratedVideo result{.video = found.video};
  say(found.columns, found.fps / static_cast<double>(bundle_.config.sequence->sample), result);
  return result;
}

timeline::Timeline Narrator::timeline_of(const NarratedVideo& video) const {
  timeline::Timeline result{.video = video.video};
  result.texts.push_back({.name = "caption",
                          .description = "What happens, in words.",
                          .source = {.name = name_of(bundle_), .sha256 = bundle_.config.weights.sha256},
                          .captions = video.captions});
  return result;
}

}  // namespace zoetrope::inference
