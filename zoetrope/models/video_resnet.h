#pragma once
// The three video networks of torchvision: Tran, Wang, Torresani, Ray, LeCun and Paluri, "A Closer Look at
// Spatiotemporal Convolutions for Action Recognition", CVPR 2018.
//
//   r3d       every convolution 3x3x3
//   mc3       3x3x3 in the stem and the first stage, 1x3x3 after: time is never halved
//   r2plus1d  every convolution is a 1x3x3 one to a middle width, normalisation, ReLU, and a 3x1x1 one; the
//             middle width keeps the number of parameters (section 3.5)
//
// Parameter names and numbers are those of torchvision 0.14 (torchvision/models/video/resnet.py). Two of its
// choices: the stem has no pooling, and the middle width is computed once per block from its input and
// output, so that the second convolution of a block has the first one's. Published with 18 layers; other
// depths follow the same code.
//
// Input [N, 3, T, H, W]. Stages: `stem`, `layer1` to `layer4`, the blocks in them (`layer1.0`) and their
// layers (`layer1.0.conv1`).

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/adaptive.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"
#include "zoetrope/models/residual.h"

namespace zoetrope::models {

enum class VideoConv { kR3d, kMc3, kR2plus1d };
EnumNames<VideoConv> config_names(VideoConv);

struct VideoResNetOptions {
  VideoConv conv = VideoConv::kR3d;
  std::int64_t depth = 18;
  std::int64_t num_classes = 400;
  std::int64_t in_channels = 3;
  double dropout = 0;
  AdaptiveOptions adaptive = {};
};
void describe(ConfigFields& fields, VideoResNetOptions& options);

class VideoResNet : public Model {
 public:
  explicit VideoResNet(const VideoResNetOptions& options);

  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// Linear layers begin from a normal distribution of deviation 0.01; else as reset_residual_network.
  void reset_parameters() final;

 private:
  NamedTensors run_from(std::size_t layer, const torch::Tensor& maps, Stages* stages);

  VideoResNetOptions options_;
  std::shared_ptr<Chain> stem_;
  std::array<std::shared_ptr<Chain>, 4> layers_;
  TemporalAdapter adapter_;
  torch::nn::Linear fc_{nullptr};
};

std::vector<ModelEntry> video_resnet_models();

}  // namespace zoetrope::models
