#pragma once
// A video network of blocks in a row, `blocks.N`: a stem, stages, a head. What the residual networks of
// PyTorchVideo have in common beyond what is in video_blocks.h: stem, classifying head, initialisation.

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "zoetrope/models/adaptive.h"
#include "zoetrope/models/model.h"
#include "zoetrope/models/video_blocks.h"

namespace zoetrope::models {

struct StemOptions {
  ConvOptions conv;
  bool separable = false;  ///< X3D: a convolution in space, then one in time of each channel by itself
  PoolOptions pool = {.kind = Pool::kNone};
  Activation activation = Activation::kRelu;
  NormOptions norm = {};
};

/// Convolution, norm, activation, pool.
class VideoStem : public VideoBlock {
 public:
  explicit VideoStem(const StemOptions& options);
  torch::Tensor forward(const torch::Tensor& x, Stages* stages) override;

 private:
  Activation activation_;
  torch::nn::AnyModule conv_;
  nn::BatchNorm3d norm_{nullptr};
  VideoPool pool_;
};

struct HeadOptions {
  std::int64_t dim_in = 0;
  std::int64_t num_classes = 400;
  double dropout = 0.5;  ///< the probability with which a feature is dropped in training
  Activation activation = Activation::kNone;
  bool global_average = true;
};

/// Pools, drops out, and classifies every position of what is left.
class VideoHeadImpl : public torch::nn::Module {
 public:
  /// `pool` may have parameters of its own (X3D).
  VideoHeadImpl(const HeadOptions& options, std::shared_ptr<VideoBlock> pool);

  /// Map [N, dim_in, T, H, W] to
  ///   logits      [N, num_classes], the mean of the projection
  ///   features    [N, D], the mean of the pooled map, which the classifier takes
  ///   projection  [N, T', H', W', num_classes], the classes of each position of the pooled map
  ///   output      what the authors' network returns: the projection after the head's activation, averaged as
  ///               [N, num_classes]; without the global average [N, num_classes, T', H', W']
  NamedTensors forward(const torch::Tensor& x, Stages* stages);

 private:
  HeadOptions options_;
  std::shared_ptr<VideoBlock> pool_;
  torch::nn::Dropout dropout_;
  torch::nn::Linear proj_{nullptr};
};
TORCH_MODULE(VideoHead);

/// Convolutions as He et al. ("Delving Deep into Rectifiers", ICCV 2015) by fan-out; norms as the identity,
/// save that the last one of a residual branch (norm_c) begins at zero, so that each block begins as its
/// shortcut; classifiers Gaussian, 0.01.
void reset_video_parameters(torch::nn::Module& network);

/// Throws Error (kUsage) for what is not [N, channels, T, H, W].
void check_clip(const torch::Tensor& clip, std::int64_t channels);

/// Outputs of `run` are those of VideoHeadImpl::forward, and of a network that adapts to the clip those of run_adapted
/// (adaptive.h), too; stages are `blocks.N` and `blocks.N.res_blocks.M`, and `ts_layer`.
class VideoNet : public Model {
 public:
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  void reset_parameters() override { reset_video_parameters(*this); }

 protected:
  /// `native_clip`: channels, frames, height and width of the published configuration.
  explicit VideoNet(const std::array<std::int64_t, 4>& native_clip);

  void add_block(std::shared_ptr<VideoBlock> block);
  /// If this is the place: adapts to the clip behind the last block so far, of that many channels, by parameters
  /// `ts_layer` or `attn_layer` of the network. `stage` is 0 of the stem.
  void adapt_after(std::size_t stage, std::int64_t channels, const AdaptiveOptions& options);
  /// The last block. Initialises the whole network.
  void set_head(const VideoHead& head);

 private:
  torch::Tensor run_blocks(std::size_t begin, std::size_t end, const torch::Tensor& input, Stages* stages);

  std::array<std::int64_t, 4> native_clip_;
  torch::nn::ModuleList list_;  // registers the blocks; `blocks_` calls them
  std::vector<std::shared_ptr<VideoBlock>> blocks_;
  VideoHead head_{nullptr};
  TemporalAdapter adapter_;
  std::size_t adapts_before_ = 0;  // a block
  bool packs_ = true;
};

/// What the residual networks have in common: stem, depth and head. Names are PyTorchVideo's, save
/// num_classes, in_channels, depth and dropout. Its defaults are those of most.
struct VideoNetOptions {
  std::int64_t num_classes = 400;
  std::int64_t in_channels = 3;
  std::int64_t depth = 50;
  double dropout = 0.5;
  Activation activation = Activation::kRelu;
  std::int64_t stem_dim_out = 64;
  Extent stem_conv_kernel_size = {3, 7, 7};
  Extent stem_conv_stride = {1, 2, 2};
  Pool stem_pool = Pool::kMax;
  Extent stem_pool_kernel_size = {1, 3, 3};
  Extent stem_pool_stride = {1, 2, 2};
  Pool head_pool = Pool::kAverage;
  Extent head_pool_kernel_size = {4, 7, 7};  ///< times all strides, this is the native clip
  Extent head_output_size = {1, 1, 1};       ///< of the adaptive pool
  Activation head_activation = Activation::kNone;
  bool head_output_with_global_average = true;
  AdaptiveOptions adaptive = {};  ///< of a network that shortens its clips, the head pools all that is left
};
void describe(ConfigFields& fields, VideoNetOptions& options);

/// Convolution, norm, activation and pool, both padded by half of their kernels.
[[nodiscard]] std::shared_ptr<VideoBlock> make_stem(const VideoNetOptions& options);
/// A classifier of `dim_in` channels. Its pool moves by one position.
[[nodiscard]] VideoHead make_head(const VideoNetOptions& options, std::int64_t dim_in);
/// Channels, frames, height and width of the clip whose last map the head pools at once. The strides are
/// those of the blocks between stem and head.
[[nodiscard]] std::array<std::int64_t, 4> native_clip_of(const VideoNetOptions& options,
                                                         const Extent& strides);
/// Channels that leave stage 0 to 3: 4, 8, 16 and 32 times the stem's.
[[nodiscard]] std::int64_t stage_width(const VideoNetOptions& options, std::size_t stage);

}  // namespace zoetrope::models
