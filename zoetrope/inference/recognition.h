#pragma once
// What trained models say of a video: a track of labels for each bundle (for each head of a multitask one), all
// from one pass of decoding.
//
//   Recognizer recognizer(std::move(bundles), {.window = 2, .top_k = 1});
//   recognizer.recognize(reader, timeline);
//
// Without a window, the video as a whole is labelled from views of it: clips spread over its time, each cut
// out in one or more places; the scores of all views are averaged (softmax for one label, a sigmoid each for
// many). With a window, each window is labelled so from one clip. A window's scores depend on its own frames
// alone: the same window gives the same scores whatever is before, after or beside it.
//
// A network that adapts to its clips (models/adaptive.h) adds a curve, "network use": of each clip or window, how much it
// computed of what it computes where it keeps every frame (inference/network_use.h).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/inference/clip_stream.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::inference {

struct RecognitionOptions {
  std::int64_t clips = 10;  ///< views in time of a whole video; of a window it is one
  std::int64_t crops = 1;   ///< views in space: 1, 3, 5 or 10
  double window = 0;        ///< seconds; 0: the video as a whole
  double stride = 0;        ///< seconds from one window to the next; 0: the window
  std::int64_t top_k = 5;   ///< labels of a span at most
  /// The least score of a label; not given: the bundle's own thresholds, where it has some, else 0.
  std::optional<double> threshold = {};
};

/// "10x3" as clips and crops; "allx3" as 0 clips, which stand for clips one after another where a data set is measured
/// (training/sample_views.h; here --window does that). Throws Error (kUsage) for another form.
void set_views(RecognitionOptions& options, const std::string& views);

class Recognizer {
 public:
  /// Throws Error: kUsage for options that fit nothing, kModel for a bundle whose task is none of
  /// "classification", "multilabel" and "multitask".
  Recognizer(std::vector<bundle::Bundle> bundles, RecognitionOptions options);

  /// Scores of a bundle for each span: the plan's clips, and float32 [spans, num_classes] of probabilities.
  struct Scores {
    std::vector<PlannedClip> spans;
    torch::Tensor probabilities;  ///< each head's after those of the heads before
    /// Of a network that adapts, of each clip: the middle of its frames, in seconds, and the share of the network's
    /// multiply-adds; empty of another.
    std::vector<double> use_times = {}, use = {};
  };

  /// In the order of the bundles. Frames that cannot be decoded are stood for by their neighbours and counted
  /// in `lost`.
  [[nodiscard]] std::vector<Scores> score(const media::VideoReader& reader, std::int64_t& lost,
                                          const FrameProgress& progress = {});

  /// Appends a track for each bundle, curves of network use, and a warning where frames were lost.
  void recognize(const media::VideoReader& reader, timeline::Timeline& timeline,
                 const FrameProgress& progress = {});

  /// Whether `recognize` has appended its tracks before: of these bundles, with these options.
  [[nodiscard]] bool has_recognized(const timeline::Timeline& timeline) const;

  [[nodiscard]] const std::vector<bundle::Bundle>& bundles() const noexcept { return bundles_; }

 private:
  [[nodiscard]] torch::Tensor logits_of(std::size_t index, const torch::Tensor& clips, Scores& scores);
  [[nodiscard]] std::string description_of(const bundle::Bundle& bundle) const;
  [[nodiscard]] double threshold_of(const bundle::BundleConfig& config, std::size_t output) const;
  [[nodiscard]] torch::Tensor probabilities_of(std::size_t index, const torch::Tensor& logits) const;
  [[nodiscard]] std::vector<timeline::Track> make_tracks(std::size_t index, const Scores& scores) const;
  [[nodiscard]] timeline::Curve make_use_curve(std::size_t index, const Scores& scores) const;

  std::vector<bundle::Bundle> bundles_;
  std::vector<std::vector<bundle::HeadSection>> heads_;  ///< of each bundle
  std::vector<Engine> engines_;
  RecognitionOptions options_;
};

/// The name of a bundle: that of its folder; of the bundles "best" and "last" of a run, the run's.
[[nodiscard]] std::string name_of(const bundle::Bundle& bundle);

}  // namespace zoetrope::inference
