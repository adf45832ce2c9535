#include "zoetrope/core/launch.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <optional>

#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

struct Launcher {
  const char *rank, *size, *local;
};
constexpr Launcher kTorchrun = {"RANK", "WORLD_SIZE", "LOCAL_RANK"};
constexpr Launcher kSlurm = {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"};
constexpr const char* kSlurmStepSize = "SLURM_STEP_NUM_TASKS";
constexpr std::array<Launcher, 4> kLaunchers = {{
    kTorchrun,
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"},
    kSlurm,
}};

bool has(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found != environment.end() && !found->second.empty();
}

int number_of(const Environment& environment, const std::string& name, int low, int high) {
  const std::string& text = environment.at(name);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    throw Error::usage("environment: {} is '{}', not a whole number from {} to {}", name, text, low, high);
  }
  return value;
}

// What one launcher says; nothing where none of its variables for rank and size is there.
std::optional<Launch> told_by(const Launcher& launcher, const Environment& environment) {
  constexpr int kMost = 1 << 20;
  const bool step = launcher.rank == kSlurm.rank && has(environment, kSlurmStepSize);
  const char* size = step ? kSlurmStepSize : launcher.size;
  const bool has_rank = has(environment, launcher.rank), has_size = has(environment, size);
  if (!has_rank && !has_size) return std::nullopt;
  // A job's script knows the number of tasks before any of them runs, and has Slurm's rank 0 itself.
  if (launcher.rank == kSlurm.rank) {
    if (!has_rank) return std::nullopt;
    if (!has(environment, "SLURM_STEP_ID") && !has(environment, "MASTER_ADDR")) return std::nullopt;
  }
  if (has_rank != has_size) {
    throw Error::usage("environment: {} is set, {} is missing; set both, or neither for one process",
                       has_rank ? launcher.rank : size, has_rank ? size : launcher.rank);
  }
  Launch launch{.world_size = number_of(environment, size, 1, kMost)};
  launch.rank = number_of(environment, launcher.rank, 0, kMost);
  if (launch.rank >= launch.world_size) {
    throw Error::usage("environment: {} is {}, but {} is {}: ranks count from 0", launcher.rank, launch.rank,
                       size, launch.world_size);
  }
  if (has(environment, launcher.local)) {
    launch.local_rank = number_of(environment, launcher.local, 0, kMost);
    if (launch.local_rank >= launch.world_size) {
      throw Error::usage("environment: {} is {}, but {} is {}: ranks count from 0", launcher.local,
                         launch.local_rank, size, launch.world_size);
    }
  }
  return launch;
}

}  // namespace

Environment this_environment() {
  Environment environment;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string text = *entry;
    const std::size_t sign = text.find('=');
    if (sign != std::string::npos) environment[text.substr(0, sign)] = text.substr(sign + 1);
  }
  return environment;
}

Launch rank_of(const Environment& environment) {
  std::optional<Launch> launch;
  const Launcher* by = nullptr;
  for (const Launcher& launcher : kLaunchers) {
    const std::optional<Launch> told = told_by(launcher, environment);
    if (!told) continue;
    if (!launch) {
      launch = told;
      by = &launcher;
      continue;
    }
    const bool contradicts = told->world_size == launch->world_size && told->rank != launch->rank;
    if (contradicts && !has(environment, "TORCHELASTIC_RUN_ID")) {
      throw Error::usage(
          "environment: {} is {}, but {} is {}; unset those of the launcher that did not launch this",
          by->rank, launch->rank, launcher.rank, told->rank);
    }
  }
  return launch.value_or(Launch{});
}

Launch launch_of(const Environment& environment) {
  Launch launch = rank_of(environment);
  if (launch.world_size == 1) return launch;
  for (const char* name : {"MASTER_ADDR", "MASTER_PORT"}) {
    if (!has(environment, name)) {
      throw Error::usage(
          "environment: this is rank {} of {}, but {} is missing: where the ranks meet (docs/clusters.md)",
          launch.rank, launch.world_size, name);
    }
  }
  constexpr int kPorts = 65535, kMostAttempts = 1 << 30;
  launch.address = environment.at("MASTER_ADDR");
  launch.port = number_of(environment, "MASTER_PORT", 1, kPorts);
  const auto store = environment.find("TORCHELASTIC_USE_AGENT_STORE");
  launch.has_store = store != environment.end() && store->second == "True";
  if (has(environment, "TORCHELASTIC_RESTART_COUNT"))
    launch.attempt = number_of(environment, "TORCHELASTIC_RESTART_COUNT", 0, kMostAttempts);
  return launch;
}

}  // namespace zoetrope
