#pragma once
// The place where a family of networks plugs into parity: from a fixture's `model`, `source` and `config`,
// which are in the authors' terms, to a model of ours.
//
// To add a family: a function `ModelAdapter foo_adapter()` in a source of its own, declared below, and one
// line in `model_adapters()` (adapters.cpp). `translate` turns the authors' arguments into our options; what
// it does not know it refuses by name, so that no argument of a fixture is ever passed over in silence.
//
//   ModelAdapter foo_adapter() {
//     return {.family = "Foo (github.com/authors/foo)",
//             .takes = [](const Fixture& f) { return names_source(f, "authors/foo"); },
//             .build = [](const Fixture& f) -> Network {
//               return {.model = models::make_model("foo_s", translate(f, {{"n_classes", "num_classes"}}))};
//             }};
//   }

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/models/model.h"
#include "zoetrope/parity/fixture.h"

namespace zoetrope::parity {

/// What a network makes of a fixture's inputs, by the fixture's names.
struct Computed {
  models::NamedTensors stages = {};
  models::NamedTensors outputs = {};
  models::NamedTensors gradients = {};
};

/// A fixture's network, built by its family's adapter.
struct Network {
  std::shared_ptr<models::Model> model;
  /// The fixture's name of an output to the model's, where they differ.
  std::map<std::string, std::string> outputs = {};
  /// The same for stages, where the model does not keep them under the authors' names.
  std::map<std::string, std::string> stages = {};
  /// Outputs of the fixture that no run of the model makes, by name: a function of the output's summary.
  std::map<std::string, std::function<torch::Tensor(const Summary&)>> beside = {};
  /// In place of a run in inference mode, where the fixture holds losses and gradients, too: all that it asks for,
  /// from its inputs. The model is in evaluation mode.
  std::function<Computed(const Fixture&, const std::vector<torch::Tensor>& inputs)> compute = {};
};

struct ModelAdapter {
  std::string family;  ///< for people: "3D ResNet (github.com/kenshohara/3D-ResNets-PyTorch)"
  std::function<bool(const Fixture&)> takes;
  /// Throws Error (kUsage) for a configuration that the model does not have.
  std::function<Network(const Fixture&)> build;
};

/// Every family that parity knows; the first one that takes a fixture builds it.
[[nodiscard]] const std::vector<ModelAdapter>& model_adapters();

/// Whether the fixture's `source` holds these words.
[[nodiscard]] bool names_source(const Fixture& fixture, std::string_view words);

/// A table of our options from a table in the authors' terms, by default the whole `config`. `names` says our
/// key for each of theirs, "" for one that changes no number in inference mode (an initialisation, a flag for
/// training); `fixed` are options of ours beside. Throws Error (kUsage) for a key that `names` lacks.
using OptionNames = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] ConfigValue translate(const Fixture& fixture, const OptionNames& names, ConfigTable fixed = {});
[[nodiscard]] ConfigValue translate(const Fixture& fixture, const ConfigTable& config,
                                    const OptionNames& names, ConfigTable fixed = {});

/// An argument of the fixture's `config`, or the value given where it is not there. Throws Error (kUsage)
/// where it is of another type.
[[nodiscard]] std::int64_t integer_argument(const Fixture& fixture, std::string_view key,
                                            std::int64_t otherwise);
[[nodiscard]] std::string text_argument(const Fixture& fixture, std::string_view key,
                                        const std::string& otherwise);
[[nodiscard]] bool truth_argument(const Fixture& fixture, std::string_view key, bool otherwise);

/// The families, one source each: adapt_<family>.cpp.
ModelAdapter torchvision_adapter();
ModelAdapter resnet3d_adapter();
ModelAdapter tsn_adapter();
ModelAdapter pytorchvideo_adapter();
ModelAdapter inception_i3d_adapter();
ModelAdapter mucon_adapter();
ModelAdapter sct_adapter();
ModelAdapter similarity_layer_adapter();
ModelAdapter atfr_adapter();

}  // namespace zoetrope::parity
