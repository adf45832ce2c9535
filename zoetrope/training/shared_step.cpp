#include "zoetrope/training/shared_step.h"

#include <algorithm>
#include <numeric>

namespace zoetrope::training {
namespace {

torch::Tensor index_of(const std::vector<std::int64_t>& rows) {
  return torch::tensor(rows, torch::kLong);
}

}  // namespace

std::pair<std::int64_t, std::int64_t> SharedStep::share_of(std::int64_t begin, std::int64_t end) const {
  const auto place = [&](std::int64_t row) { return std::ranges::lower_bound(rows, row) - rows.begin(); };
  return {place(begin), place(end)};
}

std::vector<double> SharedStep::labelled(std::int64_t begin, std::int64_t end) const {
  std::vector<double> counts;
  for (const torch::Tensor& each : known)
    counts.push_back(static_cast<double>(each.slice(0, begin, end).sum().item<std::int64_t>()));
  return counts;
}

// One sum of a table: a line for each place of the step, which is one rank's alone, and one for what is
// counted.
SharedStep share_step(Ranks* ranks, const data::Batch& batch, std::int64_t batch_size,
                      std::int64_t broken_in_epoch) {
  const auto own = std::ssize(batch.samples);
  SharedStep step{.count = own, .known = batch.known, .broken_in_epoch = broken_in_epoch};
  step.rows.resize(batch.samples.size());
  std::iota(step.rows.begin(), step.rows.end(), 0);
  if (!ranks) return step;

  const auto sets = std::ssize(batch.known);
  torch::Tensor table = torch::zeros({batch_size + 1, 1 + sets}, torch::kLong);
  table[batch_size][0] = broken_in_epoch;
  if (own > 0) {
    torch::Tensor lines = torch::ones({own, 1 + sets}, torch::kLong);
    for (std::int64_t set = 0; set < sets; ++set)
      lines.select(1, 1 + set).copy_(batch.known[static_cast<std::size_t>(set)]);
    table.index_copy_(0, index_of(batch.places), lines);
  }
  ranks->sum(table);
  step.broken_in_epoch = table[batch_size][0].item<std::int64_t>();
  const torch::Tensor places = table.slice(0, 0, batch_size);
  const torch::Tensor whole = places.select(1, 0).to(torch::kBool);
  const torch::Tensor row_of = whole.to(torch::kLong).cumsum(0) - 1;
  step.count = whole.sum().item<std::int64_t>();
  for (std::size_t i = 0; i < step.rows.size(); ++i)
    step.rows[i] = row_of[batch.places[i]].item<std::int64_t>();
  for (std::int64_t set = 0; set < sets; ++set)
    step.known[static_cast<std::size_t>(set)] = places.select(1, 1 + set).index({whole}).to(torch::kBool);
  return step;
}

torch::Tensor gather_rows(Ranks& ranks, const SharedStep& step, const torch::Tensor& own) {
  const bool is_mask = own.scalar_type() == torch::kBool;
  std::vector<std::int64_t> shape = own.sizes().vec();
  shape[0] = step.count;
  torch::Tensor all = torch::zeros(shape, is_mask ? own.options().dtype(torch::kUInt8) : own.options());
  if (!step.rows.empty()) all.index_copy_(0, index_of(step.rows).to(own.device()), own.to(all.scalar_type()));
  ranks.sum(all);
  return is_mask ? all.to(torch::kBool) : all;
}

data::MixedSamples gather_partners(Ranks& ranks, SharedStep& step, const data::MixingPlan& plan,
                                   const data::Batch& batch) {
  std::vector<std::int64_t> mine;
  for (const std::int64_t row : step.rows) mine.push_back(plan.partners[static_cast<std::size_t>(row)]);
  const torch::Tensor own = index_of(mine), all = index_of(plan.partners);
  data::MixedSamples partners{gather_rows(ranks, step, batch.clips).index_select(0, own), {}, {}};
  for (std::size_t set = 0; set < batch.targets.size(); ++set) {
    partners.targets.push_back(gather_rows(ranks, step, batch.targets[set]).index_select(0, own));
    partners.known.push_back(step.known[set].index_select(0, own));
    step.known[set] = step.known[set] & step.known[set].index_select(0, all);
  }
  return partners;
}

}  // namespace zoetrope::training
