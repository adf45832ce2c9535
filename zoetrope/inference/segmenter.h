#pragma once
// A network of feature sequences on a whole video: from features, or from the video itself where an extractor is named,
// to a Timeline of segments.
//
//   Segmenter segmenter(bundle::load_bundle("runs/mucon/best"), {});
//   const FeatureSequence video = segmenter.read_features("features/P03.npy");
//   const timeline::Timeline timeline = segmenter.timeline_of(video, segmenter.segment(video));
//
// Memory: the features of the video as the bundle samples them, and a few copies of [128, T]; a network of this kind
// sees all of a video at once. Of a feature file, only the sampled columns are read.

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/data/feature_scale.h"
#include "zoetrope/inference/sequence_extractor.h"
#include "zoetrope/tasks/segmentation.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::inference {

struct SegmenterOptions {
  std::optional<tasks::Decode> decode = {};  ///< else the bundle's
  std::optional<bool> class_means = {};      ///< else the bundle's
  std::optional<std::int64_t> beam = {};     ///< of `alignment`; else the bundle's
  double fps = 0;                            ///< columns of feature files a second; 0: the bundle's
  std::string extractor = {};                ///< a bundle's folder; empty: what the bundle names
};

/// Features of one video.
struct FeatureSequence {
  torch::Tensor columns =
      {};  ///< [1, D, T]: those that the bundle's sampling takes, standardised where it says so
  std::int64_t num_columns = 0;  ///< before sampling
  double fps = 0;                ///< columns a second, before sampling
  timeline::VideoSource video = {};
};

class Segmenter {
 public:
  /// Throws Error: kModel for a bundle that segments nothing, or whose alignment does not fit its classes; kUsage for
  /// decoding by alignment where it has none.
  Segmenter(bundle::Bundle bundle, SegmenterOptions options);

  /// Throws Error: kInput for features that the model does not take, kUsage where nothing says their rate.
  [[nodiscard]] FeatureSequence read_features(const std::filesystem::path& npy) const;
  /// Throws Error (kUsage) where no extractor is named.
  [[nodiscard]] FeatureSequence extract(const media::VideoReader& reader, const FrameProgress& progress = {});

  /// Transcripts are searched with as many threads as LibTorch has.
  [[nodiscard]] tasks::Segmentation segment(const FeatureSequence& video) const;
  [[nodiscard]] tasks::Segmentation align(const FeatureSequence& video,
                                          std::span<const std::int64_t> transcript) const;

  /// A label for each column of the video, sampling undone.
  [[nodiscard]] std::vector<std::int64_t> labels_of(const FeatureSequence& video,
                                                    const tasks::Segmentation& segmentation) const;
  /// A track without gaps, "action"; scores are the mean probability of the segment's class.
  [[nodiscard]] timeline::Timeline timeline_of(const FeatureSequence& video,
                                               const tasks::Segmentation& segmentation) const;

  [[nodiscard]] const bundle::Bundle& bundle() const noexcept { return bundle_; }
  /// Classes that are no action, by id.
  [[nodiscard]] std::vector<std::int64_t> background() const;

 private:
  [[nodiscard]] tasks::DecodeOptions decoding() const;
  [[nodiscard]] data::FeatureScale scale() const;

  bundle::Bundle bundle_;
  SegmenterOptions options_;
  std::optional<SequenceExtractor> extractor_;
  std::shared_ptr<const tasks::AlignmentModel> alignment_;
};

/// What a description says of alignment. Throws Error (kUsage) where it does not fit that many classes.
[[nodiscard]] tasks::AlignmentModel alignment_of(const bundle::AlignmentSection& section,
                                                 std::int64_t num_classes);

/// A track of labels of frames: for the truth beside a prediction.
[[nodiscard]] timeline::Track track_of_labels(const std::string& name, std::span<const std::int64_t> labels,
                                              const std::vector<std::string>& classes, double fps,
                                              double start = 0);

}  // namespace zoetrope::inference
