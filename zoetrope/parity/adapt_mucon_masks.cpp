// The soft masks of MuCon (yassersouri/MuCon, src/mucon/masks.py), with their gradients in the lengths.
#include <map>
#include <set>
#include <string>

#include "zoetrope/nn/temporal_masks.h"
#include "zoetrope/parity/cases.h"
#include "zoetrope/parity/rule.h"

namespace zoetrope::parity {
namespace {

using timeline::JsonView;

constexpr std::int64_t kMaxFrames = 1 << 20;
constexpr std::size_t kMaxSegments = 1 << 12;

nn::MaskShape read_shape(const JsonView& name) {
  const std::map<std::string, nn::MaskShape> shapes = {{"box", nn::MaskShape::kBox},
                                                       {"gaussian", nn::MaskShape::kBell},
                                                       {"trapezoid", nn::MaskShape::kTrapezoid}};
  const auto found = shapes.find(name.text());
  if (found == shapes.end()) name.fail("must be 'box', 'gaussian' or 'trapezoid'");
  return found->second;
}

void compare_masks(const JsonView& example, CaseChecks& checks) {
  const std::set<std::string> known = {"T",     "lengths",      "template",     "overlap", "align_corners",
                                       "masks", "sum_of_masks", "weighted_sum", "grad"};
  for (const auto& [name, value] : example.members()) {
    if (!known.contains(name)) checks.not_compared(name);
  }
  const std::vector<double> lengths = read_numbers(example.at("lengths"));
  const std::int64_t frames = example.at("T").integer();
  if (frames < 1 || frames > kMaxFrames) example.at("T").fail("is no usable number of frames");
  if (lengths.empty() || lengths.size() > kMaxSegments) example.at("lengths").fail("is of no usable size");
  const auto align = example.find("align_corners");
  const nn::MaskOptions options{.shape = read_shape(example.at("template")),
                                .overlap = example.at("overlap").number(),
                                .align_corners = align && align->truth()};
  const torch::Tensor given = torch::tensor(lengths, torch::kFloat).requires_grad_();
  const torch::Tensor masks = nn::segment_masks(given, frames, options).masks;
  const std::string kind = example.at("template").text();
  checks.meet(kind + ".masks", masks, example.at("masks"));
  if (const auto sums = example.find("sum_of_masks"))
    checks.meet(kind + ".sum_of_masks", masks.sum(1), *sums);
  const torch::Tensor sum = (masks * rule_input("mask.weight", masks.sizes().vec())).sum();
  if (const auto weighted = example.find("weighted_sum")) checks.meet(kind + ".weighted_sum", sum, *weighted);
  if (const auto gradient = example.find("grad")) {
    checks.meet(kind + ".grad", torch::autograd::grad({sum}, {given})[0], *gradient, CheckKind::kGradient);
  }
}

void run(const Fixture&, const JsonView& document, CaseChecks& checks) {
  const JsonView cases = document.at("cases");
  for (std::size_t i = 0; i < cases.size(); ++i) compare_masks(cases[i], checks);
}

}  // namespace

CasesAdapter mucon_masks_adapter() {
  return {.family = "MuCon's masks",
          .takes = [](const Fixture& fixture) { return fixture.model == "MuCon masks"; },
          .run = run};
}

}  // namespace zoetrope::parity
