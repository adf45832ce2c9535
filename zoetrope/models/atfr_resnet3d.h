#pragma once
// The slim 3D ResNets on which adaptive temporal resolutions were studied: Fayyaz et al., "3D CNNs with Adaptive
// Temporal Feature Resolutions", CVPR 2021, table 6.12 of Fayyaz's thesis. The stem and res2 are as narrow as
// SlowFast's fast pathway, time keeps its length throughout, and after res2 the frames are sampled by their similarity
// (`adaptive`, models/adaptive.h; `adaptive.kind = "none"` is the network without).
//
//   conv1 5x7x7, 8; max pool 1x3x3      res2 3x1x1 8, 1x3x3 8, 1x1x1 32        res3 1x1x1 64, 1x3x3 64, 1x1x1 256
//   res4 1x1x1 128, 1x3x3 128, 1x1x1 512                                       res5 3x1x1 256, 1x3x3 256, 1x1x1 1024
//
// 18 layers have 2 of these blocks a stage, 50 have 3, 4, 6 and 3. Parameter names and numbers are those of
// github.com/SimilarityGuidedSampling/Similarity-Guided-Sampling (sgs/models/video_model_builder.py). As there, the
// sampling layer takes the last sum of its stage before the ReLU, which follows it.
//
// In training too, res3 and res4 compute nothing for the zeros behind shorter clips; in evaluation clips of all lengths
// run at once, in a row along time, where that is faster (models/adaptive.h).
//
// Input [N, 3, T, H, W]. Outputs: logits, features (the mean of the last maps), output (their softmax), bins [N]
// (where the network adapts). Stages by the authors' names: `s1.pathway0_stem`, `s2.pathway0_res0` (before ReLU),
// `s2.ts_layer`.

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/adaptive.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"
#include "zoetrope/nn/conv3d.h"

namespace zoetrope::models {

struct AtfrResNet3dOptions {
  std::int64_t depth = 50;  ///< 18 or 50
  std::int64_t num_classes = 400;
  std::int64_t in_channels = 3;
  std::int64_t frames = 32;  ///< of the native clip
  std::int64_t width = 8;    ///< of the stem; all others grow with it
  double dropout = 0.5;
  AdaptiveOptions adaptive = {.kind = AdaptiveKind::kSimilarity};
};
void describe(ConfigFields& fields, AtfrResNet3dOptions& options);

class AtfrStage;

class AtfrResNet3d : public Model {
 public:
  /// Throws Error (kUsage) for another depth.
  explicit AtfrResNet3d(const AtfrResNet3dOptions& options);

  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// As reset_video_parameters: the last norm of each block begins at zero.
  void reset_parameters() final;

 private:
  torch::Tensor run_stem(const torch::Tensor& clip, Stages* stages);
  NamedTensors run_from(std::size_t stage, const torch::Tensor& maps, Stages* stages);
  NamedTensors classify(const torch::Tensor& features);
  /// In training: the stages that see each frame by itself without the zeros, the rest with them.
  NamedTensors run_frames_from(std::size_t stage, const AdaptedMaps& adapted);
  /// In evaluation: clips of unequal length, all without zeros at their ends.
  NamedTensors run_row_from(std::size_t stage, const AdaptedMaps& adapted);

  AtfrResNet3dOptions options_;
  nn::Conv3d conv_{nullptr};
  nn::BatchNorm3d norm_{nullptr};
  TemporalAdapter adapter_;  // of the stem, or that of the stage where the network adapts
  std::array<std::shared_ptr<AtfrStage>, 4> stages_;
  torch::nn::Linear projection_{nullptr};
};

/// atfr_resnet3d_18, atfr_resnet3d_50.
[[nodiscard]] std::vector<ModelEntry> atfr_resnet3d_models();

}  // namespace zoetrope::models
