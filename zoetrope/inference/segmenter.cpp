#include "zoetrope/inference/segmenter.h"

#include <algorithm>

#include "zoetrope/core/error.h"
#include "zoetrope/data/feature_file.h"
#include "zoetrope/data/frame_labels.h"
#include "zoetrope/inference/recognition.h"
#include "zoetrope/models/sequence.h"

namespace zoetrope::inference {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSegmentation = "segmentation";

const std::string& class_name(const std::vector<std::string>& classes, std::int64_t id) {
  return classes.at(static_cast<std::size_t>(id));
}

std::int64_t dimensions_of(const models::Model& model) {
  return model.native_inputs().front().shape[1];
}

}  // namespace

Segmenter::Segmenter(bundle::Bundle bundle, SegmenterOptions options)
    : bundle_(std::move(bundle)), options_(std::move(options)) {
  if (bundle_.config.task != kSegmentation || !bundle_.config.sequence ||
      !models::takes_sequence(*bundle_.model)) {
    throw Error::model("{}: its task is '{}'; segmenting whole videos takes a bundle of '{}'",
                       bundle_.folder.string(), bundle_.config.task, kSegmentation);
  }
  if (bundle_.labels.empty()) throw Error::model("{}: its classes have no names", bundle_.folder.string());
  const std::size_t scales = bundle_.config.sequence->mean.size();
  if (scales > 0 && std::ssize(bundle_.config.sequence->mean) != dimensions_of(*bundle_.model)) {
    throw Error::model("{}: bundle refused: 'sequence.mean' has {} numbers, the network takes {}",
                       bundle_.folder.string(), scales, dimensions_of(*bundle_.model));
  }
  if (!options_.decode) options_.decode = tasks::decode_of_name(bundle_.config.sequence->decode);
  if (options_.fps == 0) options_.fps = bundle_.config.sequence->fps;
  if (const auto& section = bundle_.config.sequence->alignment) {
    bundle::AlignmentSection wanted = *section;
    wanted.beam = options_.beam.value_or(wanted.beam);
    try {
      alignment_ = std::make_shared<tasks::AlignmentModel>(alignment_of(wanted, std::ssize(bundle_.labels)));
    } catch (const Error& error) {
      throw Error::model("{}: bundle refused: {}", bundle_.folder.string(), error.what());
    }
  }
  const bool searches = alignment_ && !alignment_->options.transcripts.empty();
  if (*options_.decode == tasks::Decode::kAlignment && !searches)
    throw Error::usage("{}: has no transcripts to decode by 'alignment'", bundle_.folder.string());
}

tasks::DecodeOptions Segmenter::decoding() const {
  return {.decode = *options_.decode,
          .class_means = options_.class_means.value_or(bundle_.config.sequence->class_means),
          .alignment = alignment_,
          .threads = torch::get_num_threads()};
}

data::FeatureScale Segmenter::scale() const {
  return {bundle_.config.sequence->mean, bundle_.config.sequence->std};
}

FeatureSequence Segmenter::read_features(const fs::path& npy) const {
  if (options_.fps <= 0) {
    throw Error::usage("{}: nothing says how many columns a second features have; --fps does", npy.string());
  }
  const std::int64_t wanted = dimensions_of(*bundle_.model);
  const data::FeatureFile file = data::open_of_width(npy, wanted);
  if (file.num_dimensions() != wanted) {
    throw Error::input("{}: features of {} numbers a frame; the model takes {}", npy.string(),
                       file.num_dimensions(), wanted);
  }
  FeatureSequence video{
      .columns = data::standardised(data::read_columns(file, bundle_.config.sequence->sample), scale()),
      .num_columns = file.num_frames(),
      .fps = options_.fps};
  video.video = {.path = npy.string(),
                 .duration = static_cast<double>(video.num_columns) / video.fps,
                 .num_frames = video.num_columns,
                 .fps = video.fps};
  return video;
}

FeatureSequence Segmenter::extract(const media::VideoReader& reader, const FrameProgress& progress) {
  if (!extractor_) extractor_.emplace(bundle_, options_.extractor);
  ExtractedFeatures found = extractor_->extract(reader, progress);
  return {.columns = data::standardised(found.columns.contiguous(), scale()),
          .num_columns = found.num_columns,
          .fps = found.fps,
          .video = std::move(found.video)};
}

tasks::Segmentation Segmenter::segment(const FeatureSequence& video) const {
  return tasks::segment(*bundle_.model, video.columns, decoding());
}

tasks::Segmentation Segmenter::align(const FeatureSequence& video,
                                     std::span<const std::int64_t> transcript) const {
  return tasks::align(*bundle_.model, video.columns, transcript, decoding());
}

std::vector<std::int64_t> Segmenter::labels_of(const FeatureSequence& video,
                                               const tasks::Segmentation& segmentation) const {
  return data::spread_labels(segmentation.labels, bundle_.config.sequence->sample, video.num_columns);
}

timeline::Timeline Segmenter::timeline_of(const FeatureSequence& video,
                                          const tasks::Segmentation& segmentation) const {
  timeline::Timeline result{.video = video.video};
  timeline::Track track{
      .name = "action",
      .description = "What happens; scores are the mean probability of the class over the segment.",
      .source = {.name = name_of(bundle_), .sha256 = bundle_.config.weights.sha256}};
  const std::int64_t sample = bundle_.config.sequence->sample;
  const auto time_of = [&](std::int64_t sampled) {
    const std::int64_t column = std::min(sampled * sample, video.num_columns);
    return video.video.start + static_cast<double>(column) / video.fps;
  };
  std::int64_t begin = 0;
  for (std::size_t m = 0; m < segmentation.actions.size(); ++m) {
    const std::int64_t end = begin + segmentation.lengths[m], id = segmentation.actions[m];
    track.segments.push_back({.start = time_of(begin),
                              .end = time_of(end),
                              .label = class_name(bundle_.labels, id),
                              .label_id = id,
                              .score = segmentation.confidence[m]});
    begin = end;
  }
  result.tracks.push_back(std::move(track));
  return result;
}

std::vector<std::int64_t> Segmenter::background() const {
  std::vector<std::int64_t> ids;
  for (const std::string& name : bundle_.config.sequence->background) {
    const auto found = std::ranges::find(bundle_.labels, name);
    if (found == bundle_.labels.end()) {
      throw Error::model("{}: its background '{}' is none of its classes", bundle_.folder.string(), name);
    }
    ids.push_back(found - bundle_.labels.begin());
  }
  return ids;
}

tasks::AlignmentModel alignment_of(const bundle::AlignmentSection& section, std::int64_t num_classes) {
  if (std::ssize(section.prior) != num_classes)
    throw Error::usage("alignment: {} priors for {} classes", section.prior.size(), num_classes);
  return tasks::make_alignment({.transcripts = section.transcripts,
                                .prior = section.prior,
                                .mean_lengths = section.mean_lengths,
                                .frame_sampling = section.frame_sampling,
                                .beam = section.beam,
                                .max_length = section.max_length});
}

timeline::Track track_of_labels(const std::string& name, std::span<const std::int64_t> labels,
                                const std::vector<std::string>& classes, double fps, double start) {
  timeline::Track track{.name = name};
  for (std::size_t t = 0; t < labels.size(); ++t) {
    const double begin = start + static_cast<double>(t) / fps;
    if (t == 0 || labels[t] != labels[t - 1])
      track.segments.push_back(
          {.start = begin, .label = class_name(classes, labels[t]), .label_id = labels[t]});
    track.segments.back().end = start + static_cast<double>(t + 1) / fps;
  }
  return track;
}

}  // namespace zoetrope::inference
