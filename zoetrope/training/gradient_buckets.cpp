#include "zoetrope/training/gradient_buckets.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <torch/csrc/distributed/c10d/reducer.hpp>
#include <tuple>
#include <utility>

#include "zoetrope/training/rank_groups.h"

namespace zoetrope::training {
namespace {

// The Reducer warns of looking for unused parameters where there are none. It costs little here.
class Silence : public c10::WarningHandler {
 public:
#if TORCH_VERSION_MAJOR < 2
  void process(const c10::SourceLocation&, const std::string&, const bool) override {}
#else
  void process(const c10::Warning&) override {}
#endif
};
#if TORCH_VERSION_MAJOR < 2
using WarningGuard = c10::Warning::WarningHandlerGuard;
#else
using WarningGuard = c10::WarningUtils::WarningHandlerGuard;
#endif

}  // namespace

struct GradientBuckets::State {
  Ranks& ranks;
  std::unique_ptr<c10d::Reducer> reducer;
};

// Buckets in the order in which a backward pass fills them: the last parameters first, after c10d's own
// sizes. A parameter that a step does not use keeps no gradient, as in one process, which is found out anew
// in each step.
GradientBuckets::GradientBuckets(Ranks& ranks, std::vector<torch::Tensor> parameters)
    : state_(new State{ranks, nullptr}) {
  const std::vector<bool> dense(parameters.size(), false);
  std::vector<std::vector<std::size_t>> buckets;
  std::vector<std::size_t> limits;
  std::tie(buckets, limits) = c10d::compute_bucket_assignment_by_size(
      parameters, {c10d::kDefaultFirstBucketBytes, c10d::kDefaultBucketBytesCap}, dense);
  std::ranges::reverse(buckets);
  std::ranges::reverse(limits);
  ranks.talk([&] {
    state_->reducer = std::make_unique<c10d::Reducer>(
        std::move(parameters), std::move(buckets), std::move(limits), ranks.groups().gradients, dense,
        c10d::kDefaultBucketBytesCap, /*find_unused_parameters=*/true, /*gradient_as_bucket_view=*/false,
        std::unordered_map<std::size_t, std::string>(), c10d::kDefaultFirstBucketBytes);
  });
}

GradientBuckets::~GradientBuckets() = default;

void GradientBuckets::prepare(const torch::Tensor& loss) {
  Silence silence;
  const WarningGuard guard(&silence);
  state_->ranks.talk([&] { state_->reducer->prepare_for_backward({loss}); });
}

double GradientBuckets::factor() const {
  return state_->ranks.size();
}

}  // namespace zoetrope::training
