#pragma once
// zoetrope.toml, the description of a trained model in its folder (bundle.h), as typed options:
//
//   format = 1
//   task = "classification"
//   labels = "labels.txt"
//   model = { name = "x3d_s", options = { num_classes = 400 } }
//   weights = { file = "model.safetensors", sha256 = "9f86d0..." }
//   preprocessing = { frames = 13, stride = 6, short_side = 182, crop = 182, mean = [0.45, 0.45, 0.45], std =
//   [...] } metrics = { "kinetics400.top1" = 73.3 } provenance = { source = "X3D_S.pyth", sha256 = "...",
//   date = "2024-05-01" }

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/decoding/threshold_segments.h"
#include "zoetrope/decoding/word_search.h"

namespace zoetrope::bundle {

/// The one version of the layout that is written, and the newest that is read.
inline constexpr std::int64_t kFormatVersion = 1;

enum class Interpolation { kBilinear, kBicubic };
inline EnumNames<Interpolation> config_names(Interpolation) {
  return {{"bilinear", Interpolation::kBilinear}, {"bicubic", Interpolation::kBicubic}};
}

enum class ChannelOrder { kRgb, kBgr };
inline EnumNames<ChannelOrder> config_names(ChannelOrder) {
  return {{"rgb", ChannelOrder::kRgb}, {"bgr", ChannelOrder::kBgr}};
}

/// Which frames of a video make a clip.
enum class Sampling {
  kClip,     ///< frames that lie `stride` apart
  kSegments  ///< one of each of as many equal parts of the whole video (TSN, TSM); `stride` is not used
};
inline EnumNames<Sampling> config_names(Sampling) {
  return {{"clip", Sampling::kClip}, {"segments", Sampling::kSegments}};
}

/// From a video to the clip that the model was trained on. The defaults are those of Kinetics models of
/// PyTorchVideo.
struct Preprocessing {
  Sampling sampling = Sampling::kClip;
  std::int64_t frames = 16;
  std::int64_t stride = 4;  ///< between them, in frames of the video
  double fps = 0;           ///< to which the video is brought first; 0: its own
  std::int64_t short_side = 256;
  std::int64_t crop = 224;  ///< height and width of the model's input
  Interpolation interpolation = Interpolation::kBilinear;
  bool antialias = false;
  ChannelOrder channels = ChannelOrder::kRgb;
  double scale = 255;  ///< pixels are divided by it, before the mean is taken off
  std::array<double, 3> mean = {0.45, 0.45, 0.45};  ///< in the order of `channels`
  std::array<double, 3> std = {0.225, 0.225, 0.225};
};
void describe(ConfigFields& fields, Preprocessing& options);

struct ModelSection {
  std::string name;          ///< in models/list.h
  ConfigTable options = {};  ///< over the defaults of that name
};
void describe(ConfigFields& fields, ModelSection& options);

struct WeightsSection {
  std::string file = "model.safetensors";
  std::string sha256 = {};  ///< of that file, in 64 lower-case hex digits
  /// Tensors that no training has filled: what a partial import left as the model initialises it.
  std::vector<std::string> untrained = {};
};
void describe(ConfigFields& fields, WeightsSection& options);

struct Provenance {
  std::string source = {};  ///< the file or the training run that the weights come from
  std::string sha256 = {};  ///< of that file
  std::string date = {};    ///< of its import or training: 2024-05-01
  std::string licence = {};
  std::string notes = {};
};
void describe(ConfigFields& fields, Provenance& options);

/// One of several tasks that share a classifier: `outputs` of its outputs, after those of the heads before.
struct HeadSection {
  std::string name;                     ///< "scene"
  std::string task = "classification";  ///< or "multilabel"
  std::int64_t outputs = 0;
};
void describe(ConfigFields& fields, HeadSection& options);

/// What segmentation through alignment knows beside the network (tasks/transcript_alignment.h): NNV, CDFL, ActionSet.
struct AlignmentSection {
  std::vector<std::vector<std::int64_t>> transcripts = {};  ///< of classes by id: what is searched
  std::vector<double> prior = {};                           ///< of each class
  std::vector<double> mean_lengths = {};                    ///< of each class, sampled columns
  std::int64_t frame_sampling = 1;  ///< sampled columns from one possible boundary to the next
  std::int64_t beam = 0;            ///< hypotheses that live on; 0: all
  std::int64_t max_length = 2000;   ///< of a segment
};
void describe(ConfigFields& fields, AlignmentSection& options);

/// Of a network of feature sequences: what its features are, and how its outputs become segments.
struct SequenceSection {
  double fps = 0;           ///< columns of a feature file a second; 0: not known
  std::int64_t sample = 1;  ///< every so many-th column is taken
  /// Of each number of a column: taken off, and divided by. Empty: features are taken as they are. Of the task
  /// "segmentation".
  std::vector<double> mean = {};
  std::vector<double> std = {};
  std::vector<std::string> background = {};  ///< classes that are no action
  std::string decode = "full";  ///< "frames", "segments", "full" or "alignment" (tasks/segmentation.h)
  bool class_means = true;      ///< lengths are fitted about their class's mean, not each its own
  std::optional<AlignmentSection> alignment = {};  ///< "alignment" needs it; `align` goes by it, too
  /// The bundle that computes the features of a video, as seen from this bundle's folder; empty: none is named. The
  /// rest is as in inference/features.h.
  std::string extractor = {};
  std::string layer = "features";
  std::int64_t window = 0;
  std::int64_t stride = 0;
  double video_fps = 0;
};
void describe(ConfigFields& fields, SequenceSection& options);

struct BundleConfig {
  std::int64_t format = kFormatVersion;
  std::string task = "classification";  ///< "multitask": each of `heads` has its own
  std::string labels = {};              ///< the file of their names; empty: the classes have none
  std::vector<HeadSection> heads = {};  ///< of a multitask bundle
  /// For each output the probability from which on its label is said, fitted on validation data; 0 for outputs that
  /// exclude one another. Empty: none are known.
  std::vector<double> thresholds = {};
  ModelSection model = {};
  WeightsSection weights = {};
  Preprocessing preprocessing = {};
  /// In place of `preprocessing`, of the tasks "segmentation", "detection" and "captioning".
  std::optional<SequenceSection> sequence = {};
  std::optional<decoding::DetectOptions> detection = {};  ///< what makes segments, of the task "detection"
  std::optional<decoding::WordSearchOptions> captioning = {};  ///< how captions are searched, of "captioning"
  std::map<std::string, double> metrics = {};
  Provenance provenance = {};
};
void describe(ConfigFields& fields, BundleConfig& options);

/// The description in a TOML text; `source` names it in messages. Throws Error (kModel) for what is no such
/// description: a key or value that does not fit, another version, a file name that is not plain.
[[nodiscard]] BundleConfig parse_bundle_config(std::string_view text, const std::string& source,
                                               const std::vector<std::string>& changes = {});

/// Throws Error (kModel) unless a name is that of a file right in the bundle's folder: no separators, no
/// "..", not empty.
void check_plain_name(const std::string& name, const std::string& key, const std::string& source);

}  // namespace zoetrope::bundle
