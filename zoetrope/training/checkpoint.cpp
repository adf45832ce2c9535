#include "zoetrope/training/checkpoint.h"

#include <ATen/CPUGeneratorImpl.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "zoetrope/bundle/atomic_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/models/state.h"
#include "zoetrope/training/objective.h"
#include "zoetrope/training/ranks.h"
#include "zoetrope/weights/safetensors.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr std::uint64_t kMaxStateBytes = 1 << 20;
constexpr const char* kState = "state.json";
constexpr const char* kModel = "model.safetensors";
constexpr const char* kAverage = "average.safetensors";
constexpr const char* kOptimizer = "optimizer.pt";
constexpr const char* kObjective = "objective.safetensors";
constexpr const char* kGenerator = "generator.safetensors";

torch::Generator generator() {
  return at::detail::getDefaultCPUGenerator();
}

Json to_json(const RunPosition& progress, const RunState& state) {
  const Schedule::State& schedule = state.schedule.state();
  return {{"version", kVersion},
          {"epoch", progress.epoch},
          {"step", progress.step},
          {"total_steps", progress.total_steps},
          {"best", progress.best},
          {"best_epoch", progress.best_epoch},
          {"loss_sum", progress.loss_sum},
          {"recipe", progress.recipe},
          {"average_updates", state.average ? state.average->updates() : -1},
          {"schedule",
           {{"best", schedule.best},
            {"waited", schedule.waited},
            {"falls", schedule.falls},
            {"any", schedule.any}}}};
}

RunPosition from_json(const Json& json, const RunState& state, std::int64_t& average_updates) {
  if (json.at("version").get<int>() != kVersion) throw Error::model("it is of another version of Zoetrope");
  const Json& schedule = json.at("schedule");
  state.schedule.restore({.best = schedule.at("best").get<double>(),
                          .waited = schedule.at("waited").get<std::int64_t>(),
                          .falls = schedule.at("falls").get<std::int64_t>(),
                          .any = schedule.at("any").get<bool>()});
  average_updates = json.at("average_updates").get<std::int64_t>();
  return {.epoch = json.at("epoch").get<std::int64_t>(),
          .step = json.at("step").get<std::int64_t>(),
          .total_steps = json.at("total_steps").get<std::int64_t>(),
          .best = json.at("best").get<double>(),
          .best_epoch = json.at("best_epoch").get<std::int64_t>(),
          .loss_sum = json.at("loss_sum").get<double>(),
          .recipe = json.at("recipe").get<std::string>()};
}

RunPosition load_state_of(const fs::path& folder, const RunState& state) {
  std::int64_t average_updates = -1;
  const Json json = Json::parse(read_text_file(folder / kState, kMaxStateBytes));
  const RunPosition progress = from_json(json, state, average_updates);
  if ((average_updates >= 0) != (state.average != nullptr))
    throw Error::model("it was made {} a moving average", average_updates >= 0 ? "with" : "without");
  models::load_state(state.model, weights::SafetensorsFile((folder / kModel).string()).tensors());
  if (state.average) {
    state.average->restore(weights::SafetensorsFile((folder / kAverage).string()).tensors(), average_updates);
  }
  if (state.objective && fs::exists(folder / kObjective))
    state.objective->restore(weights::SafetensorsFile((folder / kObjective).string()).tensors());
  std::ifstream optimizer(folder / kOptimizer, std::ios::binary);
  state.optimizer.load(optimizer);
  const weights::SafetensorsFile random((folder / kGenerator).string());
  torch::Generator cpu = generator();
  cpu.set_state(random.tensors().front().second.clone());
  return progress;
}

}  // namespace

void save_checkpoint(const fs::path& folder, const RunPosition& progress, const RunState& state) {
  bundle::AtomicFolder whole(folder);
  models::save_state(state.model, (whole.path() / kModel).string());
  if (state.average) weights::write_safetensors((whole.path() / kAverage).string(), state.average->average());
  if (state.objective) {
    const models::NamedTensors learned = state.objective->state();
    if (!learned.empty()) weights::write_safetensors((whole.path() / kObjective).string(), learned);
  }
  std::ofstream optimizer(whole.path() / kOptimizer, std::ios::binary);
  state.optimizer.save(optimizer);
  optimizer.close();
  if (!optimizer) throw Error::failed("{}: cannot be written", folder.string());
  weights::write_safetensors((whole.path() / kGenerator).string(), {{"cpu", generator().get_state()}});
  write_file_atomically(whole.path() / kState, to_json(progress, state).dump(1));
  whole.commit();
}

std::optional<RunPosition> load_checkpoint(const fs::path& folder, const RunState& state) {
  if (!fs::exists(folder / kState)) return std::nullopt;
  try {
    return load_state_of(folder, state);
  } catch (const Error& error) {
    throw Error::model("{}: not the checkpoint of this run: {}", folder.string(), error.what());
  } catch (const Json::exception& error) {
    throw Error::model("{}: not the checkpoint of this run: {}", folder.string(), error.what());
  }
}

void share_state(Ranks& ranks, RunPosition& progress, const RunState& state) {
  const torch::NoGradGuard no_grad;
  const Json json = Json::parse(ranks.broadcast(to_json(progress, state).dump()));
  std::int64_t average_updates = -1;
  progress = from_json(json, state, average_updates);
  for (auto& [name, tensor] : models::state_of(state.model)) ranks.broadcast(tensor);
  if (state.average) {
    models::NamedTensors average = state.average->average();
    for (auto& [name, tensor] : average) ranks.broadcast(tensor);
    state.average->restore(average, average_updates);
  }
  std::ostringstream own;
  state.optimizer.save(own);
  std::istringstream first(ranks.broadcast(own.str()));
  if (!ranks.is_first()) state.optimizer.load(first);
}

}  // namespace zoetrope::training
