// The 3D residual networks of kenshohara/3D-ResNets-PyTorch. The module (resnet, resnext, wide_resnet,
// resnet2p1d) says the kind; the depth is the argument `model_depth`, or what the model's name ends in.
#include "zoetrope/core/error.h"
#include "zoetrope/models/list.h"
#include "zoetrope/parity/adapters.h"

namespace zoetrope::parity {
namespace {

bool speaks_of(const Fixture& fixture, std::string_view word) {
  return names_source(fixture, word) || fixture.model.find(word) != std::string::npos;
}

// The model under whose name our options have the defaults of the authors' module.
std::string base_model(const Fixture& fixture) {
  if (speaks_of(fixture, "resnext")) return "resnext3d_50";
  if (speaks_of(fixture, "wide")) return "wide_resnet3d_50";
  if (speaks_of(fixture, "2p1d") || speaks_of(fixture, "2plus1d")) return "r2plus1d_50";
  return "resnet3d_50";
}

std::int64_t depth_of(const Fixture& fixture) {
  const std::size_t end = fixture.model.find_last_not_of("0123456789");
  const std::string digits = fixture.model.substr(end == std::string::npos ? 0 : end + 1);
  if (digits.empty() || digits.size() > 4) {
    throw Error::usage("{}: neither config.model_depth nor '{}' says the depth", fixture.path, fixture.model);
  }
  return std::stoll(digits);
}

Network build(const Fixture& fixture) {
  OptionNames names = {{"model_depth", "depth"},
                       {"n_classes", "num_classes"},
                       {"n_input_channels", "in_channels"},
                       {"conv1_t_size", "conv1_t_size"},
                       {"conv1_t_stride", "conv1_t_stride"},
                       {"no_max_pool", "no_max_pool"},
                       {"shortcut_type", "shortcut_type"}};
  const std::string base = base_model(fixture);
  if (base == "resnext3d_50") {
    names["cardinality"] = "cardinality";
  } else {
    names[base == "wide_resnet3d_50" ? "k" : "widen_factor"] = "widen_factor";
  }
  ConfigTable fixed;
  if (!find_key(std::get<ConfigTable>(fixture.config.data), "model_depth")) {
    fixed.push_back({"depth", {depth_of(fixture)}});
  }
  return {.model = models::make_model(base, translate(fixture, names, std::move(fixed)))};
}

}  // namespace

ModelAdapter resnet3d_adapter() {
  return {.family = "3D ResNet, ResNeXt, Wide ResNet, R(2+1)D (github.com/kenshohara/3D-ResNets-PyTorch)",
          .takes =
              [](const Fixture& fixture) {
                return names_source(fixture, "3D-ResNets-PyTorch") && !speaks_of(fixture, "pre") &&
                       !speaks_of(fixture, "densenet");
              },
          .build = build};
}

}  // namespace zoetrope::parity
