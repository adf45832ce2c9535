#pragma once
// A captioner on a video: from its features, or from the video itself where an extractor is named, to a Timeline with a text.
//
//   Narrator narrator(bundle::load_bundle("runs/captioner/best"), {.beam = 5});
//   const NarratedVideo video = narrator.narrate("features/clip.npy");
//   const timeline::Timeline timeline = narrator.timeline_of(video);
//
// Without a window, one caption of the whole; with one, a caption of each stretch of so many seconds. Features of several
// streams: stream_files.h.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/data/word_list.h"
#include "zoetrope/inference/sequence_extractor.h"
#include "zoetrope/models/captioner.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::inference {

struct NarratorOptions {
  std::optional<std::int64_t> beam = {};  ///< else the bundle's
  double window = 0;                      ///< seconds of a caption; 0: the whole video
  double fps = 0;                         ///< columns of feature files a second; 0: the bundle's
  std::string extractor = {};             ///< a bundle's folder; empty: what the bundle names
};

struct NarratedVideo {
  timeline::VideoSource video = {};
  std::vector<timeline::Caption> captions = {};
};

class Narrator {
 public:
  /// Throws Error (kModel) for a bundle that says nothing, or whose labels are no words.
  Narrator(bundle::Bundle bundle, NarratorOptions options);

  /// Throws Error: kInput for features that the model does not take, or whose streams differ much in length; kUsage where
  /// nothing says their rate.
  [[nodiscard]] NarratedVideo narrate(const std::filesystem::path& npy) const;
  /// Throws Error: kUsage where no extractor is named, kModel where its features are not what the model takes.
  [[nodiscard]] NarratedVideo narrate(const media::VideoReader& reader, const FrameProgress& progress = {});

  /// A text, "caption".
  [[nodiscard]] timeline::Timeline timeline_of(const NarratedVideo& video) const;

  [[nodiscard]] const bundle::Bundle& bundle() const noexcept { return bundle_; }

 private:
  [[nodiscard]] models::Captioner& model() const;
  void say(const torch::Tensor& features, double fps, NarratedVideo& video) const;

  bundle::Bundle bundle_;
  NarratorOptions options_;
  data::WordList words_;
  std::optional<SequenceExtractor> extractor_;
};

}  // namespace zoetrope::inference
