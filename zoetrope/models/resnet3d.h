#pragma once
// Residual networks inflated to three dimensions: Hara, Kataoka and Satoh, "Can Spatiotemporal 3D CNNs
// Retrace the History of 2D CNNs and ImageNet?", CVPR 2018, and Kataoka, Wakamiya, Hara and Satoh, "Would
// Mega-scale Datasets Further Enhance Spatiotemporal 3D CNNs?", arXiv:2004.04968, whose released weights
// these are the architectures of.
//
//   resnet    basic blocks up to 34 layers, bottlenecks from 50
//   resnext   bottlenecks of 32 groups, expansion 2, stages of 128 to 1024 planes; below depth 50, where a
//             block's 32 branches are of two layers, what those are together (Xie et al., CVPR 2017, section
//             3.3): basic blocks, twice as wide between their two convolutions
//   wide      bottlenecks of expansion 2, planes times `widen_factor`; depth 50 and more
//   r2plus1d  each convolution in space and time is a 1xKxK one (`conv1_s`) and a Kx1x1 one (`conv1_t`), also
//             in the stem, with the middle width of Tran et al., CVPR 2018, computed for each by itself
//
// Parameter names and numbers are those of github.com/kenshohara/3D-ResNets-PyTorch (models/resnet.py,
// resnext.py, wide_resnet.py, resnet2p1d.py). Where that code and this differ:
//   - its ResNeXt cannot be constructed as published (the block's argument has another name than the one
//     that is passed, and n_classes lands on widen_factor); this is what is meant, with widen_factor 1;
//   - the classifier of ResNeXt takes the width of the last stage; theirs takes 64 times the cardinality,
//     which is the same for the only cardinality that runs there, 32;
//   - no gradient flows through its shortcuts of type A; here it does.
//
// With an STC block (nn/stc.h) at the end of the residual branch of each block these are the STC-Nets of Diba, Fayyaz et
// al., ECCV 2018 (state: `layer1.0.stc`). Theirs are said to be of pre-activation blocks and a table gives the sizes of
// maps, which do not go together; here they are the networks above, which the paper names as its base.
//
// Input [N, 3, T, H, W]; the stem halves space twice and time once (the max pool, which `no_max_pool` leaves
// out), every stage but the first halves both. Stages: `conv1`, `bn1` (before ReLU; in r2plus1d `conv1_s`,
// `bn1_s`, `conv1_t`, `bn1_t`), `maxpool`, `layer1` to `layer4`, the blocks in them (`layer1.0`) and their
// layers (`layer1.0.conv1`).

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/adaptive.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"
#include "zoetrope/models/residual.h"
#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/nn/conv3d.h"
#include "zoetrope/nn/conv_heads.h"
#include "zoetrope/nn/stc.h"

namespace zoetrope::models {

enum class ResNet3dKind { kResNet, kResNeXt, kWide, kR2plus1d };
EnumNames<ResNet3dKind> config_names(ResNet3dKind);

enum class ShortcutType {
  kA,  ///< every stride-th element, and zeros for the channels that are more: no parameters
  kB   ///< a 1x1x1 convolution and a normalisation
};
EnumNames<ShortcutType> config_names(ShortcutType);

struct ResNet3dOptions {
  ResNet3dKind kind = ResNet3dKind::kResNet;
  std::int64_t depth = 50;
  std::int64_t num_classes = 400;
  std::int64_t in_channels = 3;
  std::int64_t conv1_t_size = 7;
  std::int64_t conv1_t_stride = 1;
  bool no_max_pool = false;
  ShortcutType shortcut_type = ShortcutType::kB;
  double widen_factor = 1;
  std::int64_t cardinality = 32;
  double dropout = 0;
  /// Outputs of each task, where tasks end in convolutions of their own (nn/conv_heads.h, in place of `fc`); together
  /// they are num_classes. Empty: one linear layer for all.
  std::vector<std::int64_t> head_classes = {};
  nn::StcOptions stc = {.temporal = false, .spatial = false};
  AdaptiveOptions adaptive = {};
};
/// Throws Error (kUsage) unless head_classes are num_classes together, or empty.
void check_heads(const std::vector<std::int64_t>& head_classes, std::int64_t num_classes);
/// Throws Error (kUsage) for STC blocks that are made for one length in a network that shortens its clips.
void check_stc(const nn::StcOptions& stc, const AdaptiveOptions& adaptive);
void describe(ConfigFields& fields, ResNet3dOptions& options);

class ResNet3d : public Model {
 public:
  /// With `num_classes` 0 there is no classifier, and the logits are the features. Throws Error (kUsage) for a depth that
  /// the kind does not have, or widths that do not divide into groups.
  explicit ResNet3d(const ResNet3dOptions& options);

  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  void reset_parameters() final;

  /// Clip [N, C, T, H, W] to the maps before `layer1`.
  torch::Tensor stem(const torch::Tensor& clip, Stages* stages = nullptr);
  /// Stage 0 to 3, which is `layer1` to `layer4`.
  torch::Tensor stage(std::size_t index, const torch::Tensor& maps, Stages* stages = nullptr);
  /// Channels after a stage, and before the first.
  [[nodiscard]] std::int64_t stage_width(std::size_t index) const { return widths_.at(index); }
  [[nodiscard]] std::int64_t stem_width() const { return stem_width_; }

 private:
  struct Builder;
  void make_stem(std::int64_t width);
  NamedTensors run_from(std::size_t layer, const torch::Tensor& maps, Stages* stages);

  ResNet3dOptions options_;
  std::vector<std::pair<std::string, nn::Conv3d>> stem_convs_;
  std::vector<std::pair<std::string, nn::BatchNorm3d>> stem_norms_;
  std::array<std::shared_ptr<Chain>, 4> layers_;
  std::array<std::int64_t, 4> widths_ = {};
  std::int64_t stem_width_ = 0;
  TemporalAdapter adapter_;
  torch::nn::Linear fc_{nullptr};  // or
  std::shared_ptr<nn::ConvHeads> heads_;
};

std::vector<ModelEntry> resnet3d_models();

}  // namespace zoetrope::models
