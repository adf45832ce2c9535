#include "zoetrope/weights/inflate.h"

#include "zoetrope/core/error.h"
#include "zoetrope/weights/name_map.h"

namespace zoetrope::weights {

torch::Tensor inflate(const torch::Tensor& weight, std::int64_t time, Inflation how) {
  if (weight.dim() != 4 || time < 1) {
    throw Error::usage(
        "a weight {} cannot be inflated to {} steps of time: it takes [O, I, H, W], and one step at least",
        shape_text(weight.sizes().vec()), time);
  }
  const torch::Tensor frame = weight.unsqueeze(2);
  if (how == Inflation::kMean) return frame.repeat({1, 1, time, 1, 1}) / static_cast<double>(time);
  std::vector<std::int64_t> shape = frame.sizes().vec();
  shape[2] = time;
  torch::Tensor inflated = torch::zeros(shape, weight.options());
  inflated.select(2, time / 2).copy_(weight);
  return inflated;
}

}  // namespace zoetrope::weights
