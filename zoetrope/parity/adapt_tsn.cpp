// TSN and TSM of mit-han-lab/temporal-shift-module on torchvision's residual networks.
#include "zoetrope/core/error.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/tsn.h"
#include "zoetrope/nn/temporal_shift.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/rule.h"

namespace zoetrope::parity {
namespace {

// Arguments whose one supported value is the default.
void expect_defaults(const Fixture& fixture) {
  const bool plain = text_argument(fixture, "consensus_type", "avg") == "avg" &&
                     truth_argument(fixture, "before_softmax", true) &&
                     !truth_argument(fixture, "temporal_pool", false) &&
                     !truth_argument(fixture, "non_local", false);
  if (!plain) {
    throw Error::usage(
        "{}: only consensus_type 'avg' before the softmax, without temporal_pool and non_local, is here",
        fixture.path);
  }
}

// "resnet50" or "wide_resnet50_2".
ConfigTable base_options(const Fixture& fixture) {
  const std::string name = text_argument(fixture, "base_model", "resnet101");
  const auto& entry = models::find_model(name);
  for (const std::int64_t depth : {18, 34, 50, 101, 152}) {
    if (name == fmt::format("resnet{}", depth)) return {{"depth", {depth}}};
    if (name == fmt::format("wide_resnet{}_2", depth)) {
      return {{"depth", {depth}}, {"width_per_group", {std::int64_t{128}}}};
    }
  }
  throw Error::usage("{}: config.base_model: {} ({}) carries no TSN here", fixture.path, name, entry.family);
}

std::string shift_place(const Fixture& fixture) {
  if (!truth_argument(fixture, "is_shift", false)) return "none";
  const std::string place = text_argument(fixture, "shift_place", "blockres");
  return place.find("blockres") != std::string::npos ? "blockres" : place;
}

std::string modality(const Fixture& fixture) {
  const std::string name = text_argument(fixture, "modality", "RGB");
  if (name == "RGB") return "rgb";
  if (name == "Flow") return "flow";
  throw Error::usage("{}: config.modality: '{}' is not here; RGB and Flow are", fixture.path, name);
}

Network build(const Fixture& fixture) {
  expect_defaults(fixture);
  ConfigTable fixed = base_options(fixture);
  fixed.push_back({"shift_place", {shift_place(fixture)}});
  fixed.push_back({"modality", {modality(fixture)}});
  if (!find_key(std::get<ConfigTable>(fixture.config.data), "dropout")) fixed.push_back({"dropout", {0.8}});
  OptionNames names = {{"num_class", "num_classes"},
                       {"num_segments", "num_segments"},
                       {"dropout", "dropout"},
                       {"shift_div", "shift_div"},
                       {"new_length", "new_length"}};
  for (const char* const without_effect :
       {"base_model", "is_shift", "shift_place", "modality", "consensus_type", "before_softmax",
        "temporal_pool", "non_local", "partial_bn", "print_spec", "pretrain", "img_feature_dim", "crop_num",
        "fc_lr5"}) {
    names.emplace(without_effect, "");
  }
  const std::int64_t shift_div = integer_argument(fixture, "shift_div", 8);
  const std::int64_t num_segments = integer_argument(fixture, "num_segments", 8);
  return {.model = models::make_model("tsn_resnet50", translate(fixture, names, std::move(fixed))),
          .beside = {{"shift", [=](const Summary& shift) {
                        return nn::temporal_shift(rule_input("shift", shift.shape), num_segments, shift_div);
                      }}}};
}

}  // namespace

ModelAdapter tsn_adapter() {
  return {.family = "TSN, TSM (github.com/mit-han-lab/temporal-shift-module)",
          .takes = [](const Fixture& fixture) { return names_source(fixture, "temporal-shift-module"); },
          .build = build};
}

}  // namespace zoetrope::parity
