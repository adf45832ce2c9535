#pragma once
// SlowFast: a slow pathway, wide and at a low frame rate, for what things are, and a fast one, narrow and at
// a high frame rate, for how they move. After the stem and after each stage but the last, the fast one is
// merged into the slow one.
//
// Feichtenhofer, Fan, Malik and He, "SlowFast Networks for Video Recognition", ICCV 2019 (arXiv 1812.03982).
// Parameter names, initialisation and numbers are PyTorchVideo's (pytorchvideo/models/slowfast.py).
//
// Inputs: slow [N, 3, T / alpha, H, W] and fast [N, 3, T, H, W]. alpha is the temporal stride of the fusing
// convolution, which brings the fast rate down to the slow one. From one clip, the slow pathway takes T / alpha
// frames spread from its first to its last, rounded down, as the authors' loader does (the paper: 0, alpha, 2 alpha, ...).
//
// Where it adapts to the clip (`adaptive`, adaptive.h), each pathway has a layer of its own, `pathway0_ts_layer` and
// `pathway1_ts_layer`, before the merging; `sampling.block` is the fast pathway's, and the slow one's is alpha times
// shorter. What then differs in length is padded for the merging: zeros on both sides, as in the authors' code.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "zoetrope/models/adaptive.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/video_net.h"

namespace zoetrope::models {

/// A value for the slow and for the fast pathway.
template <typename T>
using Pathways = std::array<T, 2>;

/// The defaults are slowfast_r50's. Names are the authors', save num_classes, in_channels, depth, blocks and dropout.
struct SlowFastOptions {
  std::int64_t num_classes = 400;
  Pathways<std::int64_t> in_channels = {3, 3};
  std::int64_t depth = 50;
  std::vector<std::int64_t> blocks = {};  ///< of each of the four stages, in place of those of `depth`
  double dropout = 0.5;
  Activation activation = Activation::kRelu;
  std::int64_t slowfast_channel_reduction_ratio = 8;    ///< the paper's 1 / beta
  std::int64_t slowfast_conv_channel_fusion_ratio = 2;  ///< channels that fusion gives for each fast one
  Extent slowfast_fusion_conv_kernel_size = {7, 1, 1};
  Extent slowfast_fusion_conv_stride = {4, 1, 1};  ///< the first is alpha
  bool slowfast_fusion_norm = true;                ///< a norm and an activation after it
  Pathways<std::int64_t> stem_dim_outs = {64, 8};
  Pathways<Extent> stem_conv_kernel_sizes = {{{1, 7, 7}, {5, 7, 7}}};
  Pathways<Extent> stem_conv_strides = {{{1, 2, 2}, {1, 2, 2}}};
  Pathways<Pool> stem_pool = {Pool::kMax, Pool::kMax};
  Pathways<Extent> stem_pool_kernel_sizes = {{{1, 3, 3}, {1, 3, 3}}};
  Pathways<Extent> stem_pool_strides = {{{1, 2, 2}, {1, 2, 2}}};
  /// Of each stage, the kernels of its blocks, which repeat until all have one.
  Pathways<std::array<std::vector<Extent>, 4>> stage_conv_a_kernel_sizes = {
      {{{{{1, 1, 1}}, {{1, 1, 1}}, {{3, 1, 1}}, {{3, 1, 1}}}},
       {{{{3, 1, 1}}, {{3, 1, 1}}, {{3, 1, 1}}, {{3, 1, 1}}}}}};
  Pathways<std::array<Extent, 4>> stage_conv_b_kernel_sizes = {
      {{{{1, 3, 3}, {1, 3, 3}, {1, 3, 3}, {1, 3, 3}}}, {{{1, 3, 3}, {1, 3, 3}, {1, 3, 3}, {1, 3, 3}}}}};
  Pathways<Stages4> stage_conv_b_num_groups = {{{1, 1, 1, 1}, {1, 1, 1, 1}}};
  Pathways<std::array<Extent, 4>> stage_conv_b_dilations = {
      {{{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}}, {{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}}}};
  Pathways<Stages4> stage_spatial_strides = {{{1, 2, 2, 2}, {1, 2, 2, 2}}};
  Pathways<Stages4> stage_temporal_strides = {{{1, 1, 1, 1}, {1, 1, 1, 1}}};
  Pool head_pool = Pool::kAverage;
  Pathways<Extent> head_pool_kernel_sizes = {
      {{8, 7, 7}, {32, 7, 7}}};  ///< times all strides, these are the native inputs
  Activation head_activation = Activation::kNone;
  bool head_output_with_global_average = true;
  AdaptiveOptions adaptive = {};  ///< of a network that shortens its clips, the head pools all that is left
};
void describe(ConfigFields& fields, SlowFastOptions& options);

/// blocks.N of both pathways, and what merges them.
class SlowFastBlock;

/// Outputs are those of VideoHeadImpl::forward. Stages: `blocks.N` (the slow pathway after fusion), of which
/// `blocks.N.multipathway_blocks.0` and `.1` (slow and fast, before it); `blocks.5` (both, pooled).
class SlowFast : public Model {
 public:
  /// Throws Error (kUsage) where the widths of the stems do not have the ratio of the pathways.
  explicit SlowFast(const SlowFastOptions& options);

  /// Takes [slow, fast].
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// The slow pathway's T / alpha frames lie evenly from the first to the last, floor(i (T - 1) / (T / alpha - 1)),
  /// as both PySlowFast and PyTorchVideo choose them.
  [[nodiscard]] std::vector<torch::Tensor> inputs_of(const torch::Tensor& clip) const override;
  [[nodiscard]] std::vector<std::int64_t> native_clip() const override;
  void reset_parameters() override { reset_video_parameters(*this); }

 private:
  void make_blocks();
  void make_adapters();
  Pathways<torch::Tensor> run_pathways(std::size_t block, const Pathways<torch::Tensor>& x, Stages* stages);
  NamedTensors run_from(std::size_t block, Pathways<torch::Tensor> x, Stages* stages);

  SlowFastOptions options_;
  std::vector<std::shared_ptr<SlowFastBlock>> blocks_;
  Pathways<TemporalAdapter> adapters_;
  Pathways<std::shared_ptr<VideoPool>> pools_;
  VideoHead head_{nullptr};
};

/// slowfast_r50_4x16, slowfast_r50 (8x8), slowfast_r101_4x16, slowfast_r101 (8x8), slowfast_16x8_r101_50_50.
[[nodiscard]] std::vector<ModelEntry> slowfast_models();

}  // namespace zoetrope::models
