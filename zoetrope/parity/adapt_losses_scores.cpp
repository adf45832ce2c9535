// Scores and losses that papers give as formulas: Hamming score, importance accuracy, clustering accuracy, MMD, LSEP. Each section
// of the fixture has a function here; one without is named as not compared.
#include <map>
#include <set>
#include <string>

#include "zoetrope/core/error.h"
#include "zoetrope/metrics/clustering.h"
#include "zoetrope/metrics/importance.h"
#include "zoetrope/metrics/multilabel.h"
#include "zoetrope/nn/discrepancy.h"
#include "zoetrope/parity/cases.h"
#include "zoetrope/parity/rule.h"

namespace zoetrope::parity {
namespace {

using timeline::JsonView;

void compare_hamming(const JsonView& example, CaseChecks& checks) {
  const TagCases cases = read_tags(example.at("scores"), example.at("positives"));
  const std::size_t classes = cases.num_classes;
  const std::size_t k = read_index(example.at("k"), 1, SIZE_MAX);
  const std::span<const float> scores = cases.scores;
  const std::span<const std::uint8_t> positives = cases.positives;
  std::vector<double> per_sample;
  for (std::size_t at = 0; at < scores.size(); at += classes) {
    per_sample.push_back(
        metrics::hamming_score({{scores.subspan(at, classes), classes}, positives.subspan(at, classes)}, k));
  }
  checks.meet("hamming.per_sample", per_sample, example.at("per_sample"));
  checks.meet("hamming.score", metrics::hamming_score({{scores, classes}, positives}, k),
              example.at("score"));
}

void compare_importance(const JsonView& example, CaseChecks& checks) {
  const std::size_t count = read_index(example.at("segments"), 1, SIZE_MAX);
  const JsonView videos = example.at("videos");
  double sum = 0;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    const std::vector<double> predicted = read_numbers(videos[i].at("predicted"));
    const std::vector<double> truth = read_numbers(videos[i].at("ground_truth"));
    const std::vector<std::size_t> selected = metrics::select_segments(predicted, count);
    const double accuracy = metrics::importance_accuracy(predicted, truth, count);
    checks.meet_exactly("importance.selected", std::vector<std::int64_t>(selected.begin(), selected.end()),
                        videos[i].at("selected"));
    checks.meet("importance.video", accuracy, videos[i].at("accuracy"));
    sum += accuracy;
  }
  checks.meet("importance.accuracy", sum / static_cast<double>(videos.size()), example.at("accuracy"));
}

void compare_clustering(const JsonView& example, CaseChecks& checks) {
  const metrics::ClusterAgreement agreement =
      metrics::match_clusters(read_integers(example.at("predicted")), read_integers(example.at("target")));
  const std::size_t columns = agreement.table.columns.size();
  const JsonView counts = example.at("counts");
  if (counts.size() != agreement.table.rows.size()) counts.fail("must have a row for each cluster");
  for (std::size_t row = 0; row < counts.size(); ++row) {
    checks.meet_exactly("clustering.counts",
                        std::span(agreement.table.counts).subspan(row * columns, columns), counts[row]);
  }
  checks.meet("clustering.matched", static_cast<double>(agreement.matched), example.at("matched"));
  checks.meet("clustering.accuracy", agreement.accuracy(), example.at("accuracy"));
}

// An input by the rule, {"name", "shape", "range"}, in float64: the formulas' own numbers have no rounding to meet.
torch::Tensor rule_tensor(const JsonView& input) {
  FixtureInput described{.name = input.at("name").text(), .shape = read_integers(input.at("shape"))};
  std::int64_t elements = 1;
  for (const std::int64_t size : described.shape) {
    if (size < 1 || size > kMaxFixtureInputElements / elements)
      input.at("shape").fail("is of no usable size");
    elements *= size;
  }
  if (described.shape.size() != 2) input.at("shape").fail("must be of two dimensions");
  if (const auto range = input.find("range")) {
    if (range->size() != 2) range->fail("must be [low, high]");
    described.low = (*range)[0].number();
    described.high = (*range)[1].number();
  }
  return make_input(described).to(torch::kFloat64);
}

void compare_mmd(const JsonView& example, CaseChecks& checks) {
  const torch::Tensor x = rule_tensor(example.at("x")).requires_grad_();
  const torch::Tensor y = rule_tensor(example.at("y"));
  const std::vector<double> bandwidths = read_numbers(example.at("bandwidths"));
  const torch::Tensor biased = nn::squared_mmd(x, y, {.bandwidths = bandwidths});
  checks.meet("mmd.biased", biased.item<double>(), example.at("biased"));
  checks.meet("mmd.unbiased",
              nn::squared_mmd(x, y, {.bandwidths = bandwidths, .unbiased = true}).item<double>(),
              example.at("unbiased"));
  checks.meet("mmd.grad_x", torch::autograd::grad({biased}, {x})[0], example.at("grad_x"),
              CheckKind::kGradient);
}

void compare_lsep(const JsonView& example, CaseChecks& checks) {
  const torch::Tensor scores = rule_tensor(example.at("scores")).requires_grad_();
  const JsonView listed = example.at("positives");
  const auto samples = static_cast<std::size_t>(scores.size(0));
  if (listed.size() != samples) listed.fail(fmt::format("must be of {} samples", samples));
  torch::Tensor positives = torch::zeros_like(scores);
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t j = 0; j < listed[i].size(); ++j) {
      const std::size_t label = read_index(listed[i][j], 0, static_cast<std::size_t>(scores.size(1)));
      positives[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(label)].fill_(1);
    }
  }
  const torch::Tensor losses = nn::lsep(scores, positives.detach());
  const torch::Tensor values = losses.detach().contiguous();
  checks.meet("lsep.per_sample", std::span(values.data_ptr<double>(), samples), example.at("per_sample"));
  checks.meet("lsep.mean", losses.mean().item<double>(), example.at("mean"));
  checks.meet("lsep.grad_of_mean", torch::autograd::grad({losses.mean()}, {scores})[0],
              example.at("grad_of_mean"), CheckKind::kGradient);
}

void run(const Fixture&, const JsonView& document, CaseChecks& checks) {
  const std::set<std::string> beside = {"model", "source", "config", "tolerance", "notes"};
  const std::map<std::string, void (*)(const JsonView&, CaseChecks&)> sections = {
      {"hamming", compare_hamming},
      {"importance", compare_importance},
      {"clustering", compare_clustering},
      {"mmd", compare_mmd},
      {"lsep", compare_lsep},
  };
  for (const auto& [name, value] : document.members()) {
    if (beside.contains(name)) continue;
    const auto section = sections.find(name);
    if (section == sections.end()) {
      checks.not_compared(name);
      continue;
    }
    const JsonView examples = document.member(value);
    for (std::size_t i = 0; i < examples.size(); ++i) section->second(examples[i], checks);
  }
}

}  // namespace

CasesAdapter losses_scores_adapter() {
  return {.family = "losses and scores",
          .takes = [](const Fixture& fixture) { return fixture.model == "losses and scores"; },
          .run = run};
}

}  // namespace zoetrope::parity
