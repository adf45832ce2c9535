// torchvision's residual networks for images and video, and the ones of timm that have torchvision's names.
// Ours are registered under the same names.
#include "zoetrope/models/list.h"
#include "zoetrope/parity/adapters.h"

namespace zoetrope::parity {
namespace {

bool is_video(const Fixture& fixture) {
  return fixture.model == "r3d_18" || fixture.model == "mc3_18" || fixture.model == "r2plus1d_18";
}

bool is_torchvision(const Fixture& fixture) {
  return fixture.source.starts_with("torchvision") || names_source(fixture, "pytorch/vision");
}

bool is_timm(const Fixture& fixture) {
  return (names_source(fixture, "pytorch-image-models") || fixture.source.starts_with("timm")) &&
         fixture.model.find("resne") != std::string::npos;
}

OptionNames option_names(const Fixture& fixture) {
  if (is_timm(fixture)) {
    return {{"num_classes", "num_classes"},
            {"in_chans", "in_channels"},
            {"drop_rate", "dropout"},
            {"zero_init_last", ""}};
  }
  if (is_video(fixture)) return {{"num_classes", "num_classes"}, {"zero_init_residual", ""}};
  return {{"num_classes", "num_classes"},
          {"groups", "groups"},
          {"width_per_group", "width_per_group"},
          {"replace_stride_with_dilation", "replace_stride_with_dilation"},
          {"zero_init_residual", ""}};
}

}  // namespace

ModelAdapter torchvision_adapter() {
  return {.family = "ResNet, ResNeXt, Wide ResNet, R3D, MC3, R(2+1)D (torchvision, timm)",
          .takes = [](const Fixture& fixture) { return is_torchvision(fixture) || is_timm(fixture); },
          .build = [](const Fixture& fixture) -> Network {
            return {.model = models::make_model(fixture.model, translate(fixture, option_names(fixture)))};
          }};
}

}  // namespace zoetrope::parity
