#include "zoetrope/inference/detector.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/inference/recognition.h"
#include "zoetrope/inference/stream_files.h"

namespace zoetrope::inference {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDetection = "detection";

// Means of so many neighbours that no more than some thousand are left.
timeline::Curve attention_curve(const tasks::VideoScores::Stream& stream, double start, double fps) {
  constexpr std::size_t kMostPoints = 4000;
  const std::size_t frames = stream.attention.size(), each = (frames + kMostPoints - 1) / kMostPoints;
  timeline::Curve curve{.name = "attention, " + stream.name,
                        .description = "How much each frame counts for the class of the video."};
  for (std::size_t first = 0; first < frames; first += each) {
    const std::size_t last = std::min(first + each, frames);
    const auto begin = stream.attention.begin();
    const double sum = std::accumulate(begin + static_cast<std::ptrdiff_t>(first),
                                       begin + static_cast<std::ptrdiff_t>(last), 0.0);
    curve.times.push_back(start + static_cast<double>(first + last) / 2 / fps);
    curve.values.push_back(sum / static_cast<double>(last - first));
  }
  return curve;
}

}  // namespace

Detector::Detector(bundle::Bundle bundle, DetectorOptions options)
    : bundle_(std::move(bundle)), options_(std::move(options)) {
  const bundle::BundleConfig& config = bundle_.config;
  if (config.task != kDetection || !config.sequence || !config.detection ||
      !dynamic_cast<const models::Tsrnet*>(bundle_.model.get())) {
    throw Error::model("{}: its task is '{}'; detecting in whole videos takes a bundle of '{}'",
                       bundle_.folder.string(), config.task, kDetection);
  }
  if (bundle_.labels.empty()) throw Error::model("{}: its classes have no names", bundle_.folder.string());
  if (!options_.decoding) options_.decoding = config.detection;
  if (options_.fps == 0) options_.fps = config.sequence->fps;
}

const models::Tsrnet& Detector::model() const {
  return dynamic_cast<const models::Tsrnet&>(*bundle_.model);
}

data::FeatureStreams Detector::open(const fs::path& npy) const {
  const models::TsrnetOptions& options = model().options();
  return data::FeatureStreams(open_streams(npy, options.streams, options.dimensions));
}

void Detector::decode(DetectedVideo& video) const {
  video.found = tasks::detect(video.scores, video.fps, *options_.decoding);
}

DetectedVideo Detector::detect(const fs::path& npy) const {
  if (options_.fps <= 0)
    throw Error::usage("{}: nothing says how many columns a second features have; --fps does", npy.string());
  const data::FeatureStreams features = open(npy);
  const std::int64_t sample = bundle_.config.sequence->sample;
  DetectedVideo result{.fps = options_.fps / static_cast<double>(sample)};
  result.video = {.path = npy.string(),
                  .duration = static_cast<double>(features.num_frames()) / options_.fps,
                  .num_frames = features.num_frames(),
                  .fps = options_.fps};
  result.scores = tasks::observe(*bundle_.model, features, sample);
  decode(result);
  return result;
}

DetectedVideo Detector::detect(const media::VideoReader& reader, const FrameProgress& progress) {
  if (!extractor_) extractor_.emplace(bundle_, options_.extractor);
  const ExtractedFeatures found = extractor_->extract(reader, progress);
  const auto sample = static_cast<double>(bundle_.config.sequence->sample);
  tasks::VideoObserver observer(*bundle_.model);
  observer.add(found.columns);
  DetectedVideo result{.video = found.video, .fps = found.fps / sample};
  result.scores = observer.scores();
  decode(result);
  return result;
}

timeline::Timeline Detector::timeline_of(const DetectedVideo& video) const {
  timeline::Timeline result{.video = video.video};
  const timeline::Source source{.name = name_of(bundle_), .sha256 = bundle_.config.weights.sha256};
  timeline::Track track{.name = "action",
                        .description =
                            "Where the actions of the video are; scores are the network's, comparable "
                            "among videos.",
                        .source = source};
  const double end = video.video.start + video.video.duration;
  for (const tasks::Detected& each : video.found) {
    track.segments.push_back({.start = video.video.start + each.start,
                              .end = std::min(video.video.start + each.end, end),
                              .label = bundle_.labels.at(static_cast<std::size_t>(each.label)),
                              .label_id = each.label,
                              .score = each.score});
  }
  result.tracks.push_back(std::move(track));
  for (const tasks::VideoScores::Stream& stream : video.scores.streams) {
    result.curves.push_back(attention_curve(stream, video.video.start, video.fps));
    result.curves.back().source = source;
  }
  timeline::sort_by_time(result);
  return result;
}

}  // namespace zoetrope::inference
