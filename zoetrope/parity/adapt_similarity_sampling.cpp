// Similarity guided sampling of SimilarityGuidedSampling/Similarity-Guided-Sampling: the sampler with its gradients, the
// layer, and the 3D ResNets around it.
#include "zoetrope/nn/similarity_sampling.h"

#include <map>
#include <set>
#include <string>

#include "zoetrope/core/error.h"
#include "zoetrope/models/list.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/authors_config.h"
#include "zoetrope/parity/cases.h"
#include "zoetrope/parity/rule.h"

namespace zoetrope::parity {
namespace {

using timeline::JsonView;
using torch::Tensor;

constexpr std::string_view kAuthors = "SimilarityGuidedSampling/Similarity-Guided-Sampling";

const std::map<std::string, nn::SimilarityMeasure> kMeasures = {
    {"L1", nn::SimilarityMeasure::kL1},
    {"L2", nn::SimilarityMeasure::kL2},
    {"Cosine", nn::SimilarityMeasure::kCosine},
    {"Mahal", nn::SimilarityMeasure::kMahalanobis}};
const std::map<std::string, nn::SimilarityKernel> kKernels = {
    {"linear", nn::SimilarityKernel::kLinear},
    {"linear_normalized", nn::SimilarityKernel::kLinearMean},
    {"delta", nn::SimilarityKernel::kKroneckerSum},
    {"delta_normalized", nn::SimilarityKernel::kKronecker}};

template <typename E>
E named(const std::map<std::string, E>& names, const JsonView& value) {
  const auto found = names.find(value.text());
  if (found == names.end()) value.fail("is none of the authors' names");
  return found->second;
}

/// -1 of the authors: as many as frames.
std::vector<std::int64_t> bins_of(std::int64_t theirs) {
  return theirs < 0 ? std::vector<std::int64_t>{} : std::vector<std::int64_t>{theirs};
}

/// Their mask of the bins of each clip that hold anything, [N, B'].
Tensor mask_of(const Tensor& maps) {
  return maps.transpose(1, 2).flatten(2).sum(2).ne(0).to(torch::kLong);
}

Tensor rule_gradient(const Tensor& output) {
  return rule_input("grad", output.sizes().vec());
}

// A case of the sampler.

struct SampledCase {
  Tensor distances, output, mask, grad_input, grad_embeddings;
};

SampledCase run_case(const JsonView& example, const Fixture& fixture) {
  const std::int64_t items = example.at("N").integer();
  const Tensor all = make_input(fixture.inputs.at(0));
  if (items < 1 || items > all.size(0)) example.at("N").fail("is more items than the input has");
  const Tensor input = all.narrow(0, 0, items).clone().requires_grad_();
  const Tensor z = make_input(fixture.inputs.at(1)).narrow(0, 0, items).clone().requires_grad_();
  nn::SimilaritySamplingOptions options{.measure = named(kMeasures, example.at("distance_type")),
                                        .kernel = named(kKernels, example.at("kernel_type")),
                                        .bins = bins_of(example.at("num_bins").integer()),
                                        .drop_empty = example.at("drop_bins").truth(),
                                        .gradient_scale = example.at("grad_scale_val").number()};
  const Tensor output = nn::sample_maps(input, z, options).maps;
  const auto gradients = torch::autograd::grad({(output * rule_gradient(output)).sum()}, {input, z});
  return {nn::similarity_coordinates(z, options.measure).squeeze(1), output, mask_of(output.detach()),
          gradients[0], gradients[1]};
}

void compare_case(const SampledCase& computed, const JsonView& example, const std::string& name,
                  CaseChecks& checks) {
  checks.meet(name + ".distances", computed.distances, example.at("distances"));
  checks.meet(name + ".output", computed.output, example.at("output"));
  checks.meet(name + ".mask", computed.mask, example.at("mask"));
  checks.meet(name + ".bins", static_cast<double>(computed.output.size(2)), example.at("bins"));
  checks.meet(name + ".grad_input", computed.grad_input, example.at("grad_input"), CheckKind::kGradient);
  checks.meet(name + ".grad_embeddings", computed.grad_embeddings, example.at("grad_embeddings"),
              CheckKind::kGradient);
}

bool meets(const SampledCase& computed, const JsonView& example, double tolerance) {
  Report trial;
  CaseChecks checks(trial, tolerance);
  compare_case(computed, example, "trial", checks);
  return trial.ok();
}

void run_cases(const Fixture& fixture, const JsonView& document, CaseChecks& checks) {
  const std::set<std::string> known = {
      "distance_type", "kernel_type", "num_bins", "drop_bins",  "grad_scale_val",  "N",          "distances",
      "output",        "mask",        "bins",     "grad_input", "grad_embeddings", "alternative"};
  if (fixture.inputs.size() != 2)
    throw Error::input("{}: inputs: the maps and their embeddings", fixture.path);
  const JsonView cases = document.at("cases");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JsonView example = cases[i];
    for (const auto& [name, value] : example.members()) {
      if (!known.contains(name)) checks.not_compared(name);
    }
    const SampledCase computed = run_case(example, fixture);
    const std::string name = example.at("distance_type").text() + "." + example.at("kernel_type").text();
    // Where rounding decides whether the outermost frame is in its bin, either outcome is right.
    const auto other = example.find("alternative");
    const bool is_first = !other || meets(computed, example, fixture.tolerance);
    compare_case(computed, is_first ? example : *other, name, checks);
  }
}

// The layer, as a model whose state bears the authors' names.

class LayerModel : public models::Model {
 public:
  LayerModel(std::int64_t channels, const nn::SimilaritySamplingOptions& options)
      : layer_(channels, options) {
    for (const auto& child : layer_->named_children()) register_module(child.key(), child.value());
  }

  models::NamedTensors run(const std::vector<Tensor>& inputs, models::Stages*) override {
    const Tensor output = layer_(inputs.at(0)).maps;
    return {{"output", output}, {"mask", mask_of(output)}, {"bins", torch::tensor(output.size(2))}};
  }
  [[nodiscard]] std::vector<models::InputSpec> native_inputs() const override {
    return {{"input", {2, 16, 16, 4, 4}}};
  }
  void reset_parameters() override {}

 private:
  nn::SimilaritySampling layer_;
};

Computed run_layer(LayerModel& model, const Fixture& fixture, const Tensor& given) {
  const Tensor input = given.clone().requires_grad_();
  Computed computed{.outputs = model.run({input}, nullptr)};
  const Tensor output = computed.outputs.front().second;
  const Tensor sum = (output * rule_gradient(output)).sum();
  const auto parameters = model.named_parameters();
  for (const Summary& summary : fixture.grads) {
    if (!summary.name.starts_with("sum/")) continue;
    const std::string of = summary.name.substr(4);
    const Tensor* parameter = parameters.find(of);
    if (!parameter && of != "input") continue;
    const auto gradients = torch::autograd::grad({sum}, {parameter ? *parameter : input}, {}, true);
    computed.gradients.emplace_back(summary.name, gradients[0]);
  }
  return computed;
}

Network build_layer(const Fixture& fixture) {
  AuthorsConfig config(fixture);
  const std::int64_t channels = config.integer("num_channels", 16);
  const std::vector<std::int64_t> bins = config.integers("num_bins", {-1});
  const std::string kernel = config.text("TEMPORAL_SAMPLING.KERNEL_TYPE", "linear");
  const std::string measure = config.text("TEMPORAL_SAMPLING.DISTANCE_TYPE", "L2");
  nn::SimilaritySamplingOptions options{
      .embedding = config.integer("TEMPORAL_SAMPLING.LATENT_DIMENSION", 8),
      .gradient_scale = config.number("TEMPORAL_SAMPLING.GRAD_SCALE_VAL", 1)};
  config.require("TEMPORAL_SAMPLING.USE_RELU", true);
  options.drop_empty = config.truth("TEMPORAL_SAMPLING.DROP_ZERO_BINS", true);
  if (bins.size() != 1) config.refuse("num_bins", "one number is needed");
  if (!kKernels.contains(kernel)) config.refuse("TEMPORAL_SAMPLING.KERNEL_TYPE", "there is no such kernel");
  if (!kMeasures.contains(measure))
    config.refuse("TEMPORAL_SAMPLING.DISTANCE_TYPE", "there is no such distance");
  options.kernel = kKernels.at(kernel);
  options.measure = kMeasures.at(measure);
  options.bins = bins_of(bins.front());
  config.finish();
  auto model = std::make_shared<LayerModel>(channels, options);
  return {.model = model, .compute = [model](const Fixture& described, const std::vector<Tensor>& inputs) {
            return run_layer(*model, described, inputs.at(0));
          }};
}

/// By the name of the authors' configuration, of which the sizes are ours.
Network build_network(const Fixture& fixture) {
  const std::string file = text_argument(fixture, "yaml", "");
  const std::map<std::string, std::string> depths = {{"3DResNet18", "atfr_resnet3d_18"},
                                                     {"3DResNet50", "atfr_resnet3d_50"}};
  const std::size_t begin = file.find('/') == std::string::npos ? 0 : file.find('/') + 1;
  const std::size_t end = std::min(file.find("+ATFR"), file.find(".yaml"));
  const auto found = depths.find(file.substr(begin, end == std::string::npos ? end : end - begin));
  if (found == depths.end())
    throw Error::usage("{}: config.yaml: '{}' is no configuration that is known here", fixture.path, file);
  const bool adapts = file.find("+ATFR") != std::string::npos;
  const std::int64_t classes = file.starts_with("Mini_Kinetics200/") ? 194 : 400;
  ConfigTable fixed = {{"num_classes", {classes}},
                       {"adaptive", {ConfigTable{{"kind", {std::string(adapts ? "similarity" : "none")}}}}}};
  const ConfigValue options =
      translate(fixture, {{"yaml", ""}, {"DATA.NUM_FRAMES", "frames"}}, std::move(fixed));
  return {.model = models::make_model(found->second, options),
          .outputs = {{"probabilities", "output"}, {"bins.s2.ts_layer", "bins"}}};
}

}  // namespace

CasesAdapter similarity_sampler_adapter() {
  return {.family = "similarity guided sampling",
          .takes = [](const Fixture& f) { return f.model == "similarity guided temporal sampling"; },
          .run = run_cases};
}

ModelAdapter similarity_layer_adapter() {
  return {
      .family = "the temporal sampling layer (github.com/SimilarityGuidedSampling)",
      .takes =
          [](const Fixture& f) { return names_source(f, kAuthors) && f.model == "temporal sampling layer"; },
      .build = build_layer};
}

ModelAdapter atfr_adapter() {
  return {
      .family = "3D ResNet with adaptive temporal resolution (github.com/SimilarityGuidedSampling)",
      .takes = [](const Fixture& f) { return names_source(f, kAuthors) && f.model == "ResNet3D with ATFR"; },
      .build = build_network};
}

}  // namespace zoetrope::parity
