#pragma once
// HATNet, the holistic appearance and temporal network: Diba, Fayyaz, Sharma, Paluri, Gall, Stiefelhagen and Van Gool,
// "Large Scale Holistic Video Understanding", ECCV 2020; M. Fayyaz, Holistic Video Understanding, section 5.3. A 2D
// residual network sees every frame, a 3D one of the same depth the clip. After each stage they are merged and reduced:
// the maps of both side by side, 2C channels, and a 1x1x1 convolution to C, for each branch by itself; both go on from
// there. One such block after the last stage fuses the two, and its mean over time and space is classified.
//
// What the paper leaves open, and what is done here:
//   - time: a 3D residual network halves it, a 2D one does not. Before merging, the 2D maps are averaged over pairs of
//     frames to the 3D branch's length (of an odd number, the last by itself); from then on the 2D branch has fewer.
//   - the merging convolution has no bias and is followed by normalisation and ReLU, as everywhere in both branches.
//   - after the last stage there is the fusion alone: two reductions before it would be three in a row.
//   - "we remove the pooling right after the first 2D convolution" so that maps agree at 112 pixels: neither branch has
//     it (56, 28, 14, 7 pixels after the stages). With `max_pool` both have it, at a quarter of the cost or less.
//
// Where it adapts to the clip (`adaptive`, models/adaptive.h), one layer, `ts_layer`, stands behind the merging of its
// stage (after the stem, where nothing is merged, behind both stems) and sees the maps of both branches side by side,
// 2C channels: both go on with the same bins of the same frames, so that they agree in time as before. Behind the stem
// the 2D maps are first averaged to the 3D branch's length.
//
// The branches are `branch2d` (models/resnet2d.h) and `branch3d` (models/resnet3d.h, with STC blocks by `stc`), with the
// names of their own states behind it; `merge2d_1` to `_3`, `merge3d_1` to `_3`, `fusion`, and `fc` or `heads`. A run
// begins with their weights by `init_parts = { branch2d = "bundles/resnet18", branch3d = "bundles/r3d" }`.
//
// Input [N, C, T, H, W]. Outputs: logits, features, bins [N] (where the network adapts). Stages: those of the branches
// (`branch3d.layer1`), `merge2d_1`, `merge3d_1`, ..., `ts_layer`, `fusion`.

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/adaptive.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"
#include "zoetrope/models/resnet2d.h"
#include "zoetrope/models/resnet3d.h"
#include "zoetrope/nn/conv_heads.h"
#include "zoetrope/nn/stc.h"

namespace zoetrope::models {

struct HatnetOptions {
  std::int64_t depth = 18;
  std::int64_t num_classes = 3142;  ///< of HVU's six categories together
  std::int64_t in_channels = 3;
  bool max_pool = false;
  double widen_factor = 1;                                     ///< of all widths
  nn::StcOptions stc = {.temporal = false, .spatial = false};  ///< of the 3D branch
  double dropout = 0;
  std::vector<std::int64_t> head_classes = {};  ///< as ResNet3dOptions'
  AdaptiveOptions adaptive = {};
};
void describe(ConfigFields& fields, HatnetOptions& options);

class Hatnet : public Model {
 public:
  /// Throws Error (kUsage) as both branches.
  explicit Hatnet(const HatnetOptions& options);

  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  void reset_parameters() final;

 private:
  struct BranchMaps;
  BranchMaps run_stems(const torch::Tensor& clip, Stages* stages);
  BranchMaps run_stage(std::size_t index, const BranchMaps& maps, Stages* stages);
  /// From the maps before a stage to the outputs.
  NamedTensors run_from(std::size_t stage, const BranchMaps& maps, Stages* stages);

  HatnetOptions options_;
  std::shared_ptr<ResNet2d> branch2d_;
  std::shared_ptr<ResNet3d> branch3d_;
  std::array<std::shared_ptr<Chain>, 3> merge2d_, merge3d_;
  std::shared_ptr<Chain> fusion_;
  TemporalAdapter adapter_;
  torch::nn::Linear fc_{nullptr};  // or
  std::shared_ptr<nn::ConvHeads> heads_;
};

/// hatnet_18, hatnet_50.
std::vector<ModelEntry> hatnet_models();

}  // namespace zoetrope::models
