#pragma once
// What --device names.

#include <torch/torch.h>

#include <string>

#include "apps/zoetrope/program.h"
#include "zoetrope/core/launch.h"

namespace zoetrope::cli {

void add_device(Program& program, CLI::App& command, std::string& device);

/// Of several processes on a machine, each has the GPU of its own number. Throws Error (kUsage) where there is none.
[[nodiscard]] torch::Device device_of(const std::string& name, const Launch& launch);
/// As the environment tells them apart.
[[nodiscard]] torch::Device device_of(const std::string& name);

}  // namespace zoetrope::cli
