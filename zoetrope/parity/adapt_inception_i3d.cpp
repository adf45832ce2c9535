// I3D on Inception-v1, of piergiaj/pytorch-i3d. Its `forward` gives the classes of each step, its
// `extract_features` the map that is classified.
#include "zoetrope/core/error.h"
#include "zoetrope/models/list.h"
#include "zoetrope/parity/adapters.h"

namespace zoetrope::parity {
namespace {

Network build(const Fixture& fixture) {
  // Without these the authors' code has no logits to return.
  const std::string end_point = text_argument(fixture, "final_endpoint", "Logits");
  if (end_point != "Logits" && end_point != "Predictions")
    throw Error::usage("{}: config.final_endpoint: '{}' leaves no logits", fixture.path, end_point);
  if (!truth_argument(fixture, "spatial_squeeze", true))
    throw Error::usage("{}: config.spatial_squeeze: the authors' network runs with true alone", fixture.path);
  const OptionNames names = {{"num_classes", "num_classes"},
                             {"in_channels", "in_channels"},
                             {"dropout_keep_prob", "dropout"},  // which is how the authors use it
                             {"spatial_squeeze", ""},
                             {"final_endpoint", ""},
                             {"name", ""}};
  return {.model = models::make_model("i3d_rgb", translate(fixture, names)),
          .outputs = {{"logits", "Logits"}, {"features", "avg_pool"}}};
}

}  // namespace

ModelAdapter inception_i3d_adapter() {
  return {.family = "I3D on Inception-v1 (github.com/piergiaj/pytorch-i3d)",
          .takes = [](const Fixture& fixture) { return names_source(fixture, "piergiaj/pytorch-i3d"); },
          .build = build};
}

}  // namespace zoetrope::parity
