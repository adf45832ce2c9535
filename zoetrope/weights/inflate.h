#pragma once
// A 2D convolution's weight for a 3D convolution: how video networks begin from image networks.
//
//   Carreira, Zisserman, "Quo Vadis, Action Recognition? A New Model and the Kinetics Dataset", CVPR 2017,
//   section 2: the kernel repeated T times over time and divided by T, so that a still video gives what its
//   image gives.
//
//   Girdhar, Gkioxari, Torresani, Paluri, Tran, "Detect-and-Track: Efficient Pose Estimation in Videos", CVPR
//   2018: the kernel at the middle of time and zeros elsewhere, so that at first every frame is seen alone.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace zoetrope::weights {

enum class Inflation {
  kMean,   ///< repeated and divided by T
  kCentre  ///< at T / 2, zeros elsewhere
};

inline std::vector<std::pair<std::string, Inflation>> config_names(Inflation) {
  return {{"mean", Inflation::kMean}, {"centre", Inflation::kCentre}};
}

/// [O, I, H, W] to [O, I, T, H, W]. Throws Error (kUsage) for a weight of other dimensions, or no time.
[[nodiscard]] torch::Tensor inflate(const torch::Tensor& weight, std::int64_t time,
                                    Inflation how = Inflation::kMean);

}  // namespace zoetrope::weights
