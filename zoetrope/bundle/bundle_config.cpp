#include "zoetrope/bundle/bundle_config.h"

#include <algorithm>

#include "zoetrope/core/error.h"

namespace zoetrope::bundle {
namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kSha256Digits = 64;

bool is_sha256(const std::string& text) {
  return text.size() == kSha256Digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

void describe(ConfigFields& fields, Preprocessing& options) {
  fields.field("sampling", options.sampling, "which frames of a video make a clip");
  fields.field("frames", options.frames, "frames of a clip").range(1, 4096);
  fields.field("stride", options.stride, "frames of the video from one frame of the clip to the next")
      .range(1, 4096);
  fields.field("fps", options.fps, "frames a second to which a video is brought first; 0: its own")
      .range(0, 1000);
  fields.field("short_side", options.short_side, "pixels to which the shorter side is resized")
      .range(1, 1 << 15);
  fields.field("crop", options.crop, "height and width of the model's input").range(1, 1 << 15);
  fields.field("interpolation", options.interpolation, "of the resizing");
  fields.field("antialias", options.antialias, "whether shrinking looks at every pixel");
  fields.field("channels", options.channels, "their order");
  fields.field("scale", options.scale, "by which pixels are divided, before the mean is taken off")
      .range(1e-6, 1e6);
  fields.field("mean", options.mean, "taken off each channel").range(-1e6, 1e6);
  fields.field("std", options.std, "by which each channel is then divided").range(1e-9, 1e6);
}

void describe(ConfigFields& fields, ModelSection& options) {
  fields.field("name", options.name, "of the architecture").required();
  fields.field("options", options.options, "over the defaults of that name");
}

void describe(ConfigFields& fields, WeightsSection& options) {
  fields.field("file", options.file, "of the weights, in the bundle's folder");
  fields.field("sha256", options.sha256, "of that file").required();
  fields.field("untrained", options.untrained, "tensors that no training has filled");
}

void describe(ConfigFields& fields, Provenance& options) {
  fields.field("source", options.source, "the file or run that the weights come from");
  fields.field("sha256", options.sha256, "of that file");
  fields.field("date", options.date, "of the import or training");
  fields.field("licence", options.licence, "of the weights");
  fields.field("notes", options.notes, "anything else");
}

void describe(ConfigFields& fields, HeadSection& options) {
  fields.field("name", options.name, "of the task").required();
  fields.field("task", options.task, "one label a sample, or any number")
      .choices({"classification", "multilabel"});
  fields.field("outputs", options.outputs, "of the classifier").range(1, 1 << 24).required();
}

void describe(ConfigFields& fields, AlignmentSection& options) {
  fields.field("transcripts", options.transcripts, "classes in order, by id, of each that is searched")
      .range(0, 1'000'000);
  fields.field("prior", options.prior, "of each class").range(0, 1).required();
  fields.field("mean_lengths", options.mean_lengths, "of each class, in sampled columns")
      .range(0, 1e9)
      .required();
  fields.field("frame_sampling", options.frame_sampling, "columns from one possible boundary to the next")
      .range(1, 1 << 20);
  fields.field("beam", options.beam, "hypotheses that live on after a step; 0: all").at_least(0);
  fields.field("max_length", options.max_length, "of a segment, in sampled columns").range(2, 1 << 24);
}

void describe(ConfigFields& fields, SequenceSection& options) {
  fields.field("fps", options.fps, "columns of a feature file a second; 0: not known").range(0, 1e6);
  fields.field("sample", options.sample, "every so many-th column is taken").range(1, 1 << 20);
  fields.field("mean", options.mean, "of each number of a column; empty: features stay as they are");
  fields.field("std", options.std, "its deviation").range(1e-30, 1e30);
  fields.field("background", options.background, "classes that are no action");
  fields.field("decode", options.decode, "what makes the segments")
      .choices({"frames", "segments", "full", "alignment"});
  fields.field("class_means", options.class_means,
               "lengths are fitted about their class's mean, not each its own");
  fields.field("alignment", options.alignment,
               "transcripts, prior and lengths of segmentation through alignment");
  fields.field("extractor", options.extractor, "the bundle that computes a video's features; empty: none");
  fields.field("layer", options.layer, "of the extractor");
  fields.field("window", options.window, "frames of a column; 0: the extractor's").range(0, 4096);
  fields.field("stride", options.stride, "frames from column to column; 0: the window").range(0, 1 << 20);
  fields.field("video_fps", options.video_fps, "to which a video is brought first; 0: its own")
      .range(0, 1000);
}

void describe(ConfigFields& fields, BundleConfig& options) {
  fields.field("format", options.format, "version of the layout").required();
  fields.field("task", options.task, "what the model was trained for")
      .choices({"classification", "multilabel", "multitask", "segmentation", "detection", "captioning"});
  fields.field("labels", options.labels, "file of the class names, in the bundle's folder; empty: none");
  fields.field("heads", options.heads, "the tasks of a multitask bundle, in the order of the outputs");
  fields
      .field("thresholds", options.thresholds, "of each output, from where on its label is said; empty: none")
      .range(0, 1);
  fields.field("model", options.model, "architecture").required();
  fields.field("weights", options.weights, "tensors").required();
  fields.field("preprocessing", options.preprocessing, "from a video to the clip that the model takes");
  fields.field("sequence", options.sequence, "features and decoding of a network of feature sequences");
  fields.field("detection", options.detection, "what makes the segments of a detector of features");
  fields.field("captioning", options.captioning, "how a captioner of features searches its sentences");
  fields.field("metrics", options.metrics, "what the model reaches, by names");
  fields.field("provenance", options.provenance, "where the weights come from");
}

void check_plain_name(const std::string& name, const std::string& key, const std::string& source) {
  const bool is_plain = !name.empty() && name.size() <= kMaxNameBytes && name != "." && name != ".." &&
                        name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
  if (!is_plain)
    throw Error::model("{}: '{}' must be the name of a file in the bundle's own folder", source, key);
}

namespace {

void check_sequence(const BundleConfig& config, const std::string& source) {
  constexpr const char *kSegmentation = "segmentation", *kDetection = "detection",
                       *kCaptioning = "captioning";
  const bool detects = config.task == kDetection, captions = config.task == kCaptioning;
  if (config.sequence.has_value() != (config.task == kSegmentation || detects || captions)) {
    throw Error::model(
        "{}: the table 'sequence' is for the tasks '{}', '{}' and '{}', and needed there; this one is '{}'",
        source, kSegmentation, kDetection, kCaptioning, config.task);
  }
  const auto check = [&](const char* task, bool is_there, bool is_needed) {
    if (is_there == is_needed) return;
    throw Error::model("{}: the table '{}' is for the task '{}', and needed there; this one is '{}'", source,
                       task, task, config.task);
  };
  if (config.sequence && config.sequence->mean.size() != config.sequence->std.size()) {
    throw Error::model("{}: 'sequence.mean' and 'sequence.std' are of {} and {} numbers", source,
                       config.sequence->mean.size(), config.sequence->std.size());
  }
  if (config.sequence && !config.sequence->mean.empty() && config.task != kSegmentation)
    throw Error::model("{}: 'sequence.mean' and 'sequence.std' are for the task '{}'", source, kSegmentation);
  check(kDetection, config.detection.has_value(), detects);
  check(kCaptioning, config.captioning.has_value(), captions);
}

}  // namespace

BundleConfig parse_bundle_config(std::string_view text, const std::string& source,
                                 const std::vector<std::string>& changes) {
  if (!changes.empty()) (void)parse_bundle_config(text, source);  // what is left is the changes' fault
  BundleConfig config;
  try {
    ConfigValue table = parse_toml(text, source);
    for (const std::string& change : changes) apply_override(table, change);
    const ConfigValue* format = find_key(std::get<ConfigTable>(table.data), "format");
    const auto* version = format ? std::get_if<std::int64_t>(&format->data) : nullptr;
    // Asked first: a newer version may have other keys, and the version is what its reader should hear of.
    if (version && *version != kFormatVersion) {
      throw Error::model("{}: the bundle is of format {}; this program reads format {}", source, *version,
                         kFormatVersion);
    }
    read_config(table, config);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kModel || !changes.empty()) throw;
    throw Error::model("{}", error.what());
  }
  check_plain_name(config.weights.file, "weights.file", source);
  if (!config.labels.empty()) check_plain_name(config.labels, "labels", source);
  if (config.preprocessing.crop > config.preprocessing.short_side) {
    throw Error::model("{}: 'preprocessing.crop' ({}) does not fit into 'preprocessing.short_side' ({})",
                       source, config.preprocessing.crop, config.preprocessing.short_side);
  }
  check_sequence(config, source);
  if (config.sequence && config.sequence->decode == "alignment" &&
      (!config.sequence->alignment || config.sequence->alignment->transcripts.empty()))
    throw Error::model("{}: the decoding 'alignment' needs 'sequence.alignment.transcripts'", source);
  if (!is_sha256(config.weights.sha256)) {
    throw Error::model("{}: 'weights.sha256' must be {} lower-case hex digits", source, kSha256Digits);
  }
  return config;
}

}  // namespace zoetrope::bundle
