#pragma once
// The rule by which a fixture's weights and inputs are made, so that none need to be stored.
//
// For a tensor named `key` of N elements in row-major order, all integers modulo 2^64:
//
//   z_i = mix(fnv1a64(key) + (i + 1) * 0x9E3779B97F4A7C15)        i = 0 .. N-1
//   u_i = (z_i >> 40) * 2^-24  in [0, 1)          v_i = 2 u_i - 1  in [-1, 1)
//
// where fnv1a64 is the hash of Fowler, Noll and Vo and mix the finaliser of splitmix64 (Steele, Lea and
// Flood, OOPSLA 2014). An element's value depends on the tensor's name (what follows the last dot of the key)
// and dimensions, the first that fits: `running_mean` 0.1 v; `running_var` 1 + 0.5 u; two or more dimensions
// sqrt(6 / fan_in) v, with fan_in = N / shape[0]; a name with `bias` 0.1 v; anything else (the scales of
// normalisations) 1 + 0.1 v. Each product and sum is rounded to float32 by itself, on every machine: no fused
// multiply-add.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/models/model.h"
#include "zoetrope/parity/fixture.h"

namespace zoetrope::parity {

[[nodiscard]] std::uint64_t fnv1a64(std::string_view text);

/// u of that key: float32 of that shape, on the CPU.
[[nodiscard]] torch::Tensor unit_values(std::string_view key, const Shape& shape);

/// The rule's value of a tensor of the state dict.
[[nodiscard]] torch::Tensor rule_values(std::string_view key, const Shape& shape);

/// low + (high - low) u, the difference rounded to float32; with the default range just v.
[[nodiscard]] torch::Tensor rule_input(std::string_view name, const Shape& shape, double low = -1,
                                       double high = 1);

/// An input of a fixture: the rule's values, or those that it writes out (int64 where they are integers).
[[nodiscard]] torch::Tensor make_input(const FixtureInput& input);

/// Sets every floating-point tensor of a state dict, in its order, so that one with several names takes the
/// value of the last; what an override names is set as that says. Integer and boolean tensors are left as
/// they are.
void fill_by_rule(const models::NamedTensors& state, const std::vector<Override>& overrides = {});

}  // namespace zoetrope::parity
