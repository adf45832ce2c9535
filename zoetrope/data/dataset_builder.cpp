#include "zoetrope/data/dataset_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/data/labels.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::data {
namespace {

void check_label(const std::string& label, const Place& place) {
  if (label.empty()) place.fail("an empty label; name it, or remove it");
  if (label.size() > kMaxLabelBytes)
    place.fail(fmt::format("a label of {} bytes; at most {} are read", label.size(), kMaxLabelBytes));
  if (label.find_first_of("\r\n") != std::string::npos)
    place.fail(fmt::format("label '{}' has a line break within; is a quote not closed?", shown(label)));
}

}  // namespace

Vocabulary::Vocabulary(std::string name, bool exclusive, std::vector<std::string> names, std::string source)
    : set_{std::move(name), std::move(names), exclusive}, source_(std::move(source)) {
  for (std::size_t i = 0; i < set_.names.size(); ++i) {
    if (!ids_.emplace(set_.names[i], static_cast<std::int64_t>(i)).second)
      throw Error::input("{}: label '{}' stands twice; remove one", source_, shown(set_.names[i]));
  }
}

std::int64_t Vocabulary::id_of(const std::string& label, const Place& place) {
  if (const auto found = ids_.find(label); found != ids_.end()) return found->second;
  check_label(label, place);
  if (!source_.empty()) {
    place.fail(
        fmt::format("label '{}' is not in {}{}", shown(label), source_, did_you_mean(label, set_.names)));
  }
  if (set_.names.size() == kMaxLabels)
    place.fail(fmt::format("more than {} labels in '{}'; is this a column of labels?", kMaxLabels,
                           shown(set_.name)));
  const auto id = static_cast<std::int64_t>(set_.names.size());
  set_.names.push_back(label);
  ids_.emplace(label, id);
  return id;
}

std::vector<std::int64_t> Vocabulary::finish() {
  if (!source_.empty()) return {};
  std::vector<std::size_t> order(set_.names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [this](std::size_t a, std::size_t b) { return set_.names[a] < set_.names[b]; });
  std::vector<std::int64_t> final_ids(order.size());
  std::vector<std::string> names(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    final_ids[order[i]] = static_cast<std::int64_t>(i);
    names[i] = set_.names[order[i]];
  }
  set_.names = std::move(names);
  return final_ids;
}

std::size_t DatasetBuilder::add_set(Vocabulary vocabulary) {
  sets_.push_back(std::move(vocabulary));
  return sets_.size() - 1;
}

void DatasetBuilder::add(Sample sample, const Place& place) {
  if (samples_.size() == kMaxSamples) place.fail(fmt::format("more than {} samples", kMaxSamples));
  sample.labels.resize(sets_.size());
  for (auto& ids : sample.labels) {
    if (!ids) continue;
    std::sort(ids->begin(), ids->end());
    ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  }
  const auto [entry, is_new] =
      seen_.emplace(fmt::format("{}\n{}\n{}", sample.id, sample.start, sample.end), samples_.size());
  if (!is_new) {
    const std::string before = Place::short_text(places_[entry->second], place.kind);
    if (samples_[entry->second].labels == sample.labels) {
      note("left out, since it stands twice", fmt::format("{}: the same as {}", place.text(), before));
      return;
    }
    if (contradiction_ == Contradiction::kRefuse) {
      place.fail(fmt::format("'{}' stands in {} with other labels; join them with '|' or remove one",
                             shown(sample.id), before));
    }
    note("kept, though the labels differ", fmt::format("{}: the sample of {}", place.text(), before));
  }
  samples_.push_back(std::move(sample));
  places_.push_back(place.number);
}

void DatasetBuilder::note(const std::string& kind, const std::string& first) {
  Note& note = notes_[kind];
  if (note.count++ == 0) note.first = first;
}

Dataset DatasetBuilder::finish(bool absent_is_none) {
  Dataset dataset;
  for (std::size_t s = 0; s < sets_.size(); ++s) {
    const std::vector<std::int64_t> final_ids = sets_[s].finish();
    for (Sample& sample : samples_) {
      auto& ids = sample.labels[s];
      if (!ids && absent_is_none && !sets_[s].set().exclusive) ids.emplace();
      if (!ids || final_ids.empty()) continue;
      for (std::int64_t& id : *ids) id = final_ids[static_cast<std::size_t>(id)];
      std::sort(ids->begin(), ids->end());
    }
    dataset.label_sets.push_back(sets_[s].set());
  }
  dataset.samples = std::move(samples_);
  for (const auto& [kind, note] : notes_) {
    const std::string more = note.count > 1 ? fmt::format(" ({} more)", note.count - 1) : "";
    dataset.notes.push_back(fmt::format("{}: {}{}", note.first, kind, more));
  }
  return dataset;
}

std::map<std::string, std::vector<std::string>> read_label_sets(const std::filesystem::path& path) {
  const std::string text = read_annotations(path);
  const std::string name = path.string();
  std::string_view first;
  if (!timeline::LineReader(text, name).next(first) || timeline::trim(first) != "set,label")
    return {{"", parse_labels(text, name)}};
  std::map<std::string, std::vector<std::string>> sets;
  AnnotationTable table(path);
  while (table.next()) {
    std::vector<std::string>& names = sets[table.field(0)];
    names.push_back(table.field(1));
    check_label(names.back(), table.place());
    if (names.size() > kMaxLabels) table.fail(fmt::format("more than {} labels", kMaxLabels));
  }
  return sets;
}

}  // namespace zoetrope::data
