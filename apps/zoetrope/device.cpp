#include "apps/zoetrope/device.h"

#include "zoetrope/core/error.h"

namespace zoetrope::cli {

void add_device(Program& program, CLI::App& command, std::string& device) {
  program.choice(command, "--device", device, {"cpu", "cuda"}, "what models compute on");
}

torch::Device device_of(const std::string& name, const Launch& launch) {
  if (name != "cuda") return torch::kCPU;
  if (!torch::cuda::is_available())
    throw Error::usage("no CUDA device, or a LibTorch without CUDA; 'zoetrope doctor' says which");
  if (launch.world_size == 1) return torch::kCUDA;
  const auto devices = static_cast<int>(torch::cuda::device_count());
  if (launch.local_rank < 0) {
    throw Error::usage("environment: LOCAL_RANK is missing: which of this machine's GPUs is whose");
  }
  if (launch.local_rank >= devices)
    throw Error::usage("local rank {} has no GPU of its own: there are {}", launch.local_rank, devices);
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(launch.local_rank)};
}

torch::Device device_of(const std::string& name) {
  return device_of(name, name == "cuda" ? rank_of(this_environment()) : Launch{});
}

}  // namespace zoetrope::cli
