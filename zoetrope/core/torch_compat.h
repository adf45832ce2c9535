#pragma once
// Where LibTorch 1.13 and 2.x part: everything else is written for both.

#include <ATen/autocast_mode.h>
#include <torch/torch.h>
#include <torch/version.h>

namespace zoetrope {

/// Whether operators on that device are within a scope of LibTorch's autocast, such as the one below.
[[nodiscard]] inline bool autocasts(torch::Device device) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  return at::autocast::is_autocast_enabled(device.type());
#else
  return device.is_cuda() ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
#endif
}

/// Within its scope, operators on that device that gain from it (convolutions, products) compute in bfloat16; weights
/// stay as they are. One that is not `enabled` is an exception within another: there, operators compute in the precision
/// of what they are given.
class Bfloat16Scope {
 public:
  explicit Bfloat16Scope(torch::Device device, bool enabled = true)
      : device_(device.type()), before_(autocasts(device)) {
    if (enabled) set_type();
    set_enabled(enabled);
    at::autocast::increment_nesting();
  }
  ~Bfloat16Scope() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    set_enabled(before_);
  }
  Bfloat16Scope(const Bfloat16Scope&) = delete;
  Bfloat16Scope& operator=(const Bfloat16Scope&) = delete;

 private:
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  void set_enabled(bool enabled) const {
    at::autocast::set_autocast_enabled(device_, enabled);
  }
  void set_type() const {
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  }
#else
  void set_enabled(bool enabled) const {
    device_ == torch::kCUDA ? at::autocast::set_enabled(enabled) : at::autocast::set_cpu_enabled(enabled);
  }
  void set_type() const {
    device_ == torch::kCUDA ? at::autocast::set_autocast_gpu_dtype(at::kBFloat16)
                            : at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
  }
#endif
  torch::DeviceType device_;
  bool before_;
};

/// Whether bfloat16 is arithmetic of the machine's own: of processors with AVX-512 BF16 or AMX. GPUs are taken at their
/// word.
[[nodiscard]] inline bool has_bfloat16(torch::Device device) {
  if (!device.is_cpu()) return true;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

}  // namespace zoetrope
