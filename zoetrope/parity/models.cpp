#include "zoetrope/parity/models.h"

#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/models/state.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/rule.h"

namespace zoetrope::parity {
namespace {

const ModelAdapter* find_adapter(const Fixture& fixture) {
  for (const ModelAdapter& adapter : model_adapters()) {
    if (adapter.takes(fixture)) return &adapter;
  }
  return nullptr;
}

std::string text_of(at::IntArrayRef shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

void check_state(const models::NamedTensors& state, const Fixture& fixture,
                 std::vector<std::string>& problems) {
  std::map<std::string_view, const Shape*> theirs;
  for (const NamedShape& tensor : fixture.state_dict) theirs.emplace(tensor.name, &tensor.shape);
  for (const auto& [name, tensor] : state) {
    if (!tensor.is_floating_point()) continue;
    const auto found = theirs.find(name);
    if (found == theirs.end()) {
      problems.push_back(fmt::format("tensor '{}' is not the authors'", name));
      continue;
    }
    if (tensor.sizes() != at::IntArrayRef(*found->second)) {
      problems.push_back(fmt::format("tensor '{}' has shape {}, not {}", name, text_of(tensor.sizes()),
                                     text_of(*found->second)));
    }
    theirs.erase(found);
  }
  for (const auto& [name, shape] : theirs) {
    problems.push_back(fmt::format("tensor '{}' {} is missing", name, text_of(*shape)));
  }
}

const std::string& our_name(const std::string& theirs, const std::map<std::string, std::string>& names) {
  const auto found = names.find(theirs);
  return found == names.end() ? theirs : found->second;
}

// The fixture's summaries against what the network computed, in its order; `names` maps their names to ours.
void compare_all(const std::vector<Summary>& summaries, CheckKind kind, const models::NamedTensors& computed,
                 const std::map<std::string, std::string>& names, const Fixture& fixture, Report& report) {
  std::multimap<std::string, const Summary*> wanted;  // by our names: two of theirs may be one of ours
  for (const Summary& summary : summaries) wanted.emplace(our_name(summary.name, names), &summary);
  for (const auto& [name, tensor] : computed) {
    const auto [begin, end] = wanted.equal_range(name);
    for (auto it = begin; it != end; ++it) {
      report.checks.push_back(compare(tensor, *it->second, kind, fixture.tolerance));
    }
    wanted.erase(begin, end);
  }
  for (const auto& [name, summary] : wanted) {
    report.problems.push_back(
        kind == CheckKind::kGradient
            ? fmt::format("gradient '{}' is not compared for this model", summary->name)
            : fmt::format("{} '{}' is none of the model's", name_of(kind), summary->name));
  }
}

models::Stages wanted_stages(const Fixture& fixture, const Network& network) {
  std::set<std::string> names;
  for (const Summary& stage : fixture.stages) names.insert(our_name(stage.name, network.stages));
  return models::Stages(std::move(names));
}

Computed run_once(const Network& network, const Fixture& fixture, const std::vector<torch::Tensor>& inputs) {
  const torch::NoGradGuard no_grad;
  models::Stages stages = wanted_stages(fixture, network);
  Computed computed;
  computed.outputs = network.model->run(inputs, fixture.stages.empty() ? nullptr : &stages);
  computed.stages = stages.kept();
  for (const Summary& summary : fixture.outputs) {
    const auto made = network.beside.find(summary.name);
    if (made != network.beside.end()) computed.outputs.emplace_back(summary.name, made->second(summary));
  }
  return computed;
}

void run_and_compare(const Network& network, const Fixture& fixture, Report& report) {
  const std::size_t num_inputs = network.model->native_inputs().size();
  if (fixture.inputs.size() != num_inputs) {
    report.problems.push_back(fmt::format("{} inputs, not {}", num_inputs, fixture.inputs.size()));
    return;
  }
  network.model->eval();
  std::vector<torch::Tensor> inputs;
  for (const FixtureInput& input : fixture.inputs) inputs.push_back(make_input(input));
  Computed computed;
  try {
    computed = network.compute ? network.compute(fixture, inputs) : run_once(network, fixture, inputs);
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    report.problems.push_back("the run failed: " + what.substr(0, what.find('\n')));
    return;
  }
  compare_all(fixture.stages, CheckKind::kStage, computed.stages, network.stages, fixture, report);
  compare_all(fixture.outputs, CheckKind::kOutput, computed.outputs, network.outputs, fixture, report);
  compare_all(fixture.grads, CheckKind::kGradient, computed.gradients, {}, fixture, report);
}

}  // namespace

bool is_known_model(const Fixture& fixture) {
  return find_adapter(fixture) != nullptr;
}

Report run_model_fixture(const Fixture& fixture) {
  const ModelAdapter* adapter = find_adapter(fixture);
  if (!adapter) throw Error::usage("{}: no adapter takes '{}'", fixture.path, fixture.model);
  Report report{.path = fixture.path, .model = fixture.model, .source = fixture.source};
  const Network network = adapter->build(fixture);
  const models::NamedTensors state = models::state_of(*network.model);
  check_state(state, fixture, report.problems);
  const std::int64_t parameters = models::num_parameters(*network.model);
  if (fixture.parameters && parameters != *fixture.parameters) {
    report.problems.push_back(fmt::format("{} parameters, not {}", parameters, *fixture.parameters));
  }
  fill_by_rule(state, fixture.overrides);
  run_and_compare(network, fixture, report);
  return report;
}

}  // namespace zoetrope::parity
