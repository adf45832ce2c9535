#include "zoetrope/parity/rule.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "zoetrope/core/error.h"

namespace zoetrope::parity {
namespace {

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// Products and sums go through tensor operations, one kernel each: a compiler may fuse `1 + 0.1f * v` of a
// loop of ours into one rounding.
torch::Tensor signed_values(std::string_view key, const Shape& shape) {
  return unit_values(key, shape).mul_(2).sub_(1);  // exact: 24 bits
}

void apply_override(const torch::Tensor& tensor, const Override& override, std::string_view key,
                    const Shape& shape) {
  switch (override.how) {
    case Override::How::kZeros:
      tensor.zero_();
      break;
    case Override::How::kOnes:
      tensor.fill_(1);
      break;
    case Override::How::kConstructor:
      break;
    case Override::How::kScale:
      tensor.copy_(rule_values(key, shape).mul_(override.scale));
      break;
  }
}

}  // namespace

std::uint64_t fnv1a64(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

torch::Tensor unit_values(std::string_view key, const Shape& shape) {
  torch::Tensor values = torch::empty(shape, torch::kFloat32);
  const std::uint64_t seed = fnv1a64(key);
  float* const out = values.data_ptr<float>();
  const std::int64_t size = values.numel();
  for (std::int64_t i = 0; i < size; ++i) {
    const std::uint64_t z = mix(seed + (static_cast<std::uint64_t>(i) + 1) * 0x9E3779B97F4A7C15);
    out[i] = static_cast<float>(static_cast<std::int32_t>(z >> 40)) * 0x1p-24F;
  }
  return values;
}

torch::Tensor rule_values(std::string_view key, const Shape& shape) {
  const std::string_view name = key.substr(key.rfind('.') + 1);  // npos + 1 is 0: the whole key
  if (name.ends_with("running_mean")) return signed_values(key, shape).mul_(0.1F);
  if (name.ends_with("running_var")) return unit_values(key, shape).mul_(0.5F).add_(1);
  if (shape.size() >= 2) {
    const double fan_in = static_cast<double>(num_elements(shape)) / static_cast<double>(shape[0]);
    return signed_values(key, shape).mul_(static_cast<float>(std::sqrt(6.0 / fan_in)));
  }
  if (name.find("bias") != std::string_view::npos) return signed_values(key, shape).mul_(0.1F);
  return signed_values(key, shape).mul_(0.1F).add_(1);
}

torch::Tensor rule_input(std::string_view name, const Shape& shape, double low, double high) {
  const torch::Tensor values = unit_values(name, shape);
  return values.mul_(static_cast<float>(high - low)).add_(static_cast<float>(low));
}

torch::Tensor make_input(const FixtureInput& input) {
  if (!input.values) return rule_input(input.name, input.shape, input.low, input.high);
  const torch::Tensor values = torch::tensor(*input.values, torch::kFloat64).reshape(input.shape);
  return values.to(input.is_integer ? torch::kInt64 : torch::kFloat32);
}

void fill_by_rule(const models::NamedTensors& state, const std::vector<Override>& overrides) {
  const torch::NoGradGuard no_grad;
  std::map<std::string_view, const Override*> by_name;
  for (const Override& override : overrides) by_name.emplace(override.name, &override);
  for (const auto& [key, tensor] : state) {
    if (!tensor.is_floating_point()) continue;
    const Shape shape = tensor.sizes().vec();
    if (const auto found = by_name.find(key); found != by_name.end()) {
      apply_override(tensor, *found->second, key, shape);
    } else {
      tensor.copy_(rule_values(key, shape));
    }
  }
}

}  // namespace zoetrope::parity
