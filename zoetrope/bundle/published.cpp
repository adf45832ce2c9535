#include "zoetrope/bundle/published.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "zoetrope/models/sequence.h"

namespace zoetrope::bundle {
namespace {

constexpr std::array<double, 3> kImageNetMean = {0.485, 0.456, 0.406};
constexpr std::array<double, 3> kImageNetStd = {0.229, 0.224, 0.225};

// What differs from Preprocessing's defaults, which are those of Kinetics in PyTorchVideo; by the beginning of the
// name, the first that fits.
struct Published {
  std::string_view prefix;
  void (*set)(Preprocessing& p);
};

void torchvision_video(Preprocessing& p) {
  p.stride = 1;
  p.fps = 15;
  p.short_side = 128;  // its reference resizes to 128 x 171, whatever the aspect
  p.mean = {0.43216, 0.394666, 0.37645};
  p.std = {0.22803, 0.22145, 0.216989};
}

void three_d_resnets(Preprocessing& p) {
  p.stride = 1;
  p.short_side = p.crop;
  p.antialias = true;
  p.mean = {0.4345, 0.4051, 0.3775};
  p.std = {0.2768, 0.2713, 0.2737};
}

void inception_i3d(Preprocessing& p) {
  p.stride = 1;
  p.fps = 25;
  p.mean = p.std = {0.5, 0.5, 0.5};
}

void image_network(Preprocessing& p) {
  p.stride = 1;
  p.antialias = true;
  p.mean = kImageNetMean;
  p.std = kImageNetStd;
}

void segments(Preprocessing& p) {
  image_network(p);
  p.sampling = Sampling::kSegments;
}

template <std::int64_t kStride, std::int64_t kSide>
void kinetics(Preprocessing& p) {
  p.stride = kStride;
  p.short_side = p.crop = kSide;
}

const std::vector<Published>& all_published() {
  static const std::vector<Published> list = {
      {"r3d_18", torchvision_video},
      {"mc3_18", torchvision_video},
      {"r2plus1d_18", torchvision_video},
      {"r2plus1d_r50", kinetics<4, 256>},
      {"r2plus1d_", three_d_resnets},
      {"resnet3d_", three_d_resnets},
      {"wide_resnet3d_", three_d_resnets},
      {"resnext3d_", three_d_resnets},
      {"i3d_rgb", inception_i3d},
      {"i3d_flow", inception_i3d},
      {"tsn_", segments},
      {"tsm_", segments},
      {"csn_", kinetics<2, 256>},
      {"slowfast_", kinetics<2, 256>},
      {"slow_", kinetics<8, 256>},
      {"i3d_r50", kinetics<8, 256>},
      {"c2d_", kinetics<8, 256>},
      {"x3d_xs", kinetics<12, 182>},
      {"x3d_s", kinetics<6, 182>},
      {"x3d_m", kinetics<5, 256>},
      {"x3d_", kinetics<5, 356>},
      {"resn", image_network},
      {"wide_resnet", image_network},
      {"seresnext", image_network},
  };
  return list;
}

}  // namespace

Preprocessing published_preprocessing(const std::string& model_name, const models::Model& model) {
  if (models::takes_sequence(model)) return {};
  const std::vector<std::int64_t> clip = model.native_clip();
  Preprocessing preprocessing{.frames = clip.at(2), .crop = clip.back()};
  // 256 for 224, as most; a model of another size is given at least what it takes.
  preprocessing.short_side = std::max(preprocessing.short_side, preprocessing.crop);
  for (const Published& published : all_published()) {
    if (!model_name.starts_with(published.prefix)) continue;
    published.set(preprocessing);
    break;
  }
  return preprocessing;
}

}  // namespace zoetrope::bundle
