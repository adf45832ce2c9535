#pragma once
// Features of a video in the field's layout: one .npy of [D, T] a video, and beside it a JSON that says how
// it was made.
//
//   FeatureExtractor extractor(std::move(bundle), {.window = 16, .stride = 8, .fps = 25});
//   if (!extractor.is_done(reader, "features/match.npy")) extractor.write(reader, "features/match.npy");
//
// Column t is what the layer gives for the `window` frames around frame t * stride of the video at `fps`,
// averaged over time and space; beyond the video's ends, its first and last frames repeat.

#include <cstdint>
#include <filesystem>
#include <string>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/inference/clip_stream.h"
#include "zoetrope/inference/engine.h"

namespace zoetrope::inference {

struct FeatureOptions {
  std::string layer =
      "features";  ///< what the classifier takes, or a stage by its authors' name ("layer3", "blocks.4")
  std::int64_t window = 0;  ///< frames; 0: as many as the bundle's clips have
  std::int64_t stride = 0;  ///< frames; 0: the window
  double fps = 0;           ///< 0: the bundle's, or the video's own
};

/// The two-stream I3D features of the thesis (Breakfast, 50 Salads): windows of 21 frames around each frame.
/// Its RGB half; the optical flow's is concatenated below it once flow can be computed, and the JSON names
/// the streams that are there.
[[nodiscard]] FeatureOptions i3d_two_stream_options();

/// Throws Error (kUsage) for a layer that the bundle's model does not have for clips of `frames` frames, and names the
/// nearest.
void check_layer(const bundle::Bundle& bundle, const std::string& layer, std::int64_t frames,
                 const models::ModelList& models = models::all_models());

/// What a layer gives for clips [N, C, T, H, W] (or frames of one clip), averaged over all of them, time and space: [D].
/// Throws Error (kModel) where it gives nothing.
[[nodiscard]] torch::Tensor layer_feature(Engine& engine, const torch::Tensor& clips,
                                          const std::string& layer);

class FeatureExtractor {
 public:
  /// Throws Error: kUsage for a window, stride or rate that cannot be, and for a layer that the model does not have
  /// (and names the nearest); kModel where the model does not take clips of that window.
  FeatureExtractor(bundle::Bundle bundle, FeatureOptions options,
                   const models::ModelList& models = models::all_models());

  /// float32 [D, T]. `lost` counts frames that could not be decoded.
  [[nodiscard]] torch::Tensor extract(const media::VideoReader& reader, std::int64_t& lost,
                                      const FrameProgress& progress = {});

  /// Extracts and writes both files; the JSON comes last, so that its presence says that the array is whole.
  /// Returns what `extract` does.
  torch::Tensor write(const media::VideoReader& reader, const std::filesystem::path& npy,
                      const FrameProgress& progress = {});

  /// Whether an earlier run has written both files for this very video, bundle and options.
  [[nodiscard]] bool is_done(const media::VideoReader& reader, const std::filesystem::path& npy) const;

 private:
  [[nodiscard]] torch::Tensor column(const torch::Tensor& clips);
  [[nodiscard]] std::string describe(const media::VideoReader& reader, const torch::Tensor* features,
                                     std::int64_t lost) const;

  bundle::Bundle bundle_;
  FeatureOptions options_;
  Engine engine_;
};

}  // namespace zoetrope::inference
