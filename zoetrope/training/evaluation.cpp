#include "zoetrope/training/evaluation.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/models/multiply_adds.h"

namespace zoetrope::training {
namespace {

// A head of the bundle, the data set's labels of it, and where each of these is among the head's outputs.
struct MeasuredHead {
  tasks::Head head;
  std::size_t label_set = 0;
  std::vector<std::int64_t> outputs;
};

const data::LabelSet* label_set_of(const std::string& head, bool only_head, const data::Dataset& dataset) {
  const auto named = std::ranges::find(dataset.label_sets, head, &data::LabelSet::name);
  if (named != dataset.label_sets.end()) return &*named;
  return only_head && dataset.label_sets.size() == 1 ? &dataset.label_sets.front() : nullptr;
}

std::vector<std::int64_t> places_of(const data::LabelSet& set, std::span<const std::string> labels) {
  std::vector<std::int64_t> places;
  for (const std::string& name : set.names) {
    const auto found = std::ranges::find(labels, name);
    if (found == labels.end()) {
      throw Error::usage("the bundle has no label '{}'{}", name,
                         did_you_mean(name, {labels.begin(), labels.end()}));
    }
    places.push_back(found - labels.begin());
  }
  return places;
}

template <typename Named>
std::string names_of(const std::vector<Named>& all) {
  std::string names;
  for (const Named& each : all) names += (names.empty() ? "" : ", ") + each.name;
  return names;
}

std::vector<MeasuredHead> measured_heads(const bundle::Bundle& bundle, const data::Dataset& dataset,
                                         const models::ModelList& models) {
  if (bundle.labels.empty())
    throw Error::usage("{}: a bundle without labels cannot be measured", bundle.folder.string());
  std::vector<MeasuredHead> heads;
  const std::vector<bundle::HeadSection> sections = bundle::heads_of(bundle, models);
  std::int64_t first = 0;
  for (const bundle::HeadSection& section : sections) {
    if (const data::LabelSet* set = label_set_of(section.name, sections.size() == 1, dataset)) {
      MeasuredHead measured;
      tasks::Head& head = measured.head;
      head.name = set->name;
      head.first = first;
      head.count = section.outputs;
      head.exclusive = section.task == "classification";
      head.names.assign(bundle.labels.begin() + first, bundle.labels.begin() + first + section.outputs);
      if (const std::vector<double>& all = bundle.config.thresholds; !all.empty())
        head.thresholds.assign(all.begin() + first, all.begin() + first + section.outputs);
      measured.label_set = static_cast<std::size_t>(set - dataset.label_sets.data());
      measured.outputs = places_of(*set, head.names);
      heads.push_back(std::move(measured));
    }
    first += section.outputs;
  }
  if (heads.empty() && sections.size() == 1 && sections.front().name.empty() && !dataset.label_sets.empty()) {
    throw Error::usage(
        "the bundle has one set of labels, the data has {} ({}): say which it learned, label_sets=[\"{}\"]",
        dataset.label_sets.size(), names_of(dataset.label_sets), dataset.label_sets.front().name);
  }
  if (heads.empty()) {
    throw Error::usage("the bundle's heads ({}) and the data's label sets ({}) have no name in common",
                       names_of(sections), names_of(dataset.label_sets));
  }
  return heads;
}

// The logits of a sample's views, and what they cost: of a network that does not adapt, the first sample's tell.
torch::Tensor run(inference::Engine& engine, const models::Model& model, const torch::Tensor& clips,
                  Evaluation& result) {
  torch::Tensor logits;
  if (engine.adapts()) {
    inference::NetworkUse use;
    logits = engine.run(clips, use).front().second;
    result.use.add(use);
    result.multiply_adds = result.use.multiply_adds / static_cast<double>(result.use.clips);
  } else if (result.samples > 0) {
    logits = engine.run(clips).front().second;
  } else {
    const models::RunCost cost =
        models::count_multiply_adds(model, [&] { logits = engine.run(clips).front().second; });
    result.multiply_adds = static_cast<double>(cost.multiply_adds) / static_cast<double>(clips.size(0));
  }
  return logits;
}

// One row of truth over a head's outputs, from labels of the data set.
torch::Tensor truth_of(const MeasuredHead& measured, const torch::Tensor& targets) {
  torch::Tensor truth = torch::zeros({1, measured.head.count});
  for (std::size_t i = 0; i < measured.outputs.size(); ++i)
    truth[0][measured.outputs[i]] = targets[0][static_cast<std::int64_t>(i)];
  return truth;
}

}  // namespace

Evaluation evaluate(const bundle::Bundle& bundle, const data::Dataset& dataset,
                    const EvaluationOptions& options, const models::ModelList& models) {
  const torch::NoGradGuard no_grad;
  const std::vector<MeasuredHead> measured = measured_heads(bundle, dataset, models);
  tasks::Heads heads;
  for (const MeasuredHead& each : measured) heads.push_back(each.head);
  tasks::Scoring scoring(heads);
  inference::Engine engine(bundle.model);
  const bundle::Preprocessing& preprocessing = bundle.config.preprocessing;
  data::Loader loader(dataset, view_source(preprocessing, options.views), view_loader_options(options.views));
  Progress progress({.label = "evaluate",
                     .unit = "sample",
                     .units = "samples",
                     .total = std::ssize(dataset.samples),
                     .mode = options.progress});
  Evaluation result;
  loader.start(0);
  while (std::optional<data::Batch> batch = loader.next()) {
    throw_if_interrupted();
    progress.advance();
    if (batch->samples.empty()) continue;
    const torch::Tensor logits = run(engine, *bundle.model, batch->parts[0], result);
    std::vector<torch::Tensor> scores = tasks::scores_of(heads, logits), targets, known;
    for (std::size_t i = 0; i < measured.size(); ++i) {
      scores[i] = scores[i].mean(0, /*keepdim=*/true);
      targets.push_back(truth_of(measured[i], batch->targets[measured[i].label_set]));
      known.push_back(batch->known[measured[i].label_set]);
    }
    scoring.add_scores(scores, targets, known);
    ++result.samples;
  }
  progress.finish();
  result.heads = scoring.result();
  result.missing = loader.broken();
  return result;
}

std::vector<tasks::HeadMetrics> mean_metrics(
    const std::vector<std::vector<tasks::HeadMetrics>>& evaluations) {
  std::vector<tasks::HeadMetrics> means = evaluations.at(0);
  const auto count = static_cast<double>(evaluations.size());
  for (std::size_t h = 0; h < means.size(); ++h) {
    tasks::HeadMetrics& mean = means[h];
    mean.confusion.reset();
    for (std::size_t e = 1; e < evaluations.size(); ++e) {
      if (evaluations[e].size() != means.size() || evaluations[e][h].class_names != mean.class_names ||
          evaluations[e][h].values.size() != mean.values.size())
        throw Error::usage("the splits have other labels, so that their metrics have no mean");
      const tasks::HeadMetrics& other = evaluations[e][h];
      mean.samples += other.samples;
      for (std::size_t i = 0; i < mean.values.size(); ++i) mean.values[i].second += other.values[i].second;
    }
    for (auto& [name, value] : mean.values) value /= count;
    for (std::size_t c = 0; c < mean.class_values.size(); ++c) {
      double sum = 0;
      int measured = 0;
      mean.class_samples[c] = 0;
      for (const std::vector<tasks::HeadMetrics>& each : evaluations) {
        mean.class_samples[c] += each[h].class_samples[c];
        if (!each[h].class_values[c]) continue;
        sum += *each[h].class_values[c];
        ++measured;
      }
      mean.class_values[c] = measured == 0 ? std::nullopt : std::optional(sum / measured);
    }
  }
  return means;
}

std::string format_metrics(const std::vector<tasks::HeadMetrics>& heads) {
  constexpr double kPercent = 100;
  constexpr std::size_t kShown = 5;
  std::string text;
  for (const tasks::HeadMetrics& head : heads) {
    text += fmt::format("{} ({} samples)\n", head.name, head.samples);
    for (const auto& [name, value] : head.values)
      text += fmt::format("  {:<22} {:6.2f} %\n", name, kPercent * value);
    std::vector<std::size_t> order;
    for (std::size_t c = 0; c < head.class_names.size(); ++c) {
      if (head.class_values[c]) order.push_back(c);
    }
    std::ranges::stable_sort(order, {}, [&](std::size_t c) { return *head.class_values[c]; });
    if (order.size() > kShown) order.resize(kShown);
    for (const std::size_t c : order) {
      text +=
          fmt::format("  weakest: {:<20} {:6.2f} % {} ({}: {})\n", head.class_names[c],
                      kPercent * *head.class_values[c], head.class_measure, head.unit, head.class_samples[c]);
    }
  }
  if (const auto map = tasks::overall_map(heads)) {
    text += fmt::format("overall\n  {:<22} {:6.2f} %\n  {:<22} {:6.2f} %\n", "map, mean of heads",
                        kPercent * map->mean_of_heads, "map, mean of labels", kPercent * map->mean_of_labels);
  }
  return text;
}

}  // namespace zoetrope::training
