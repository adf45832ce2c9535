#include "zoetrope/data/layouts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/data/layout_readers.h"

namespace zoetrope::data {
namespace {

/// What a layout asks of an option.
enum class Need { kNone, kMay, kMust };

struct Entry {
  Dataset (*read)(const DatasetOptions&);
  Need annotations, labels, subset;
};

const std::array<LayoutEntry, 9>& listed() {
  static const std::array<LayoutEntry, 9> kListed = {
      {{Layout::kFolders, "folders", "", "the classes' names, in the order of their ids",
        "a folder below root"},
       {Layout::kKinetics, "kinetics", "a CSV", "the classes' names, in the order of their ids",
        "as the column 'split' has them"},
       {Layout::kUcf101, "ucf101", "the folder of trainlist01.txt", "classInd.txt, if it lies elsewhere",
        "train or test"},
       {Layout::kHmdb51, "hmdb51", "the folder of CLASS_test_split1.txt",
        "the classes' names, in the order of their ids", "train or test"},
       {Layout::kSsv2, "ssv2", "something-something-v2-train.json", "something-something-v2-labels.json", ""},
       {Layout::kMultiMoments, "multi_moments", "a CSV", "moments_categories.txt (name,id)", ""},
       {Layout::kHvu, "hvu", "a CSV", "HVU_Tags_Categories_V1.0.csv (Tag,Category)", ""},
       {Layout::kCoview, "coview", "a CSV", "a CSV of set,label", "as a column 'subset' has them"},
       {Layout::kCsv, "csv", "a CSV", "the classes' names, or a CSV of set,label",
        "as a column 'subset' has them"}}};
  return kListed;
}

// In the order of Layout.
constexpr std::array<Entry, 9> kEntries = {{{read_folders, Need::kNone, Need::kMay, Need::kMay},
                                            {read_kinetics, Need::kMust, Need::kMay, Need::kMay},
                                            {read_ucf101, Need::kMust, Need::kMay, Need::kMay},
                                            {read_hmdb51, Need::kMust, Need::kMay, Need::kMay},
                                            {read_ssv2, Need::kMust, Need::kMay, Need::kNone},
                                            {read_multi_moments, Need::kMust, Need::kMust, Need::kNone},
                                            {read_hvu, Need::kMust, Need::kMust, Need::kNone},
                                            {read_coview, Need::kMust, Need::kMay, Need::kMay},
                                            {read_csv, Need::kMust, Need::kMay, Need::kMay}}};

void check_option(const LayoutEntry& layout, Need need, const char* option, const std::string& value,
                  const std::string& meaning) {
  if (need == Need::kMust && value.empty())
    throw Error::usage("layout {} needs '{}': {}", layout.name, option, meaning);
  if (need == Need::kNone && !value.empty())
    throw Error::usage("layout {} has no '{}'; leave it out", layout.name, option);
}

// Keeps these label sets, in this order.
void keep_label_sets(Dataset& dataset, const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  for (const LabelSet& set : dataset.label_sets) names.push_back(set.name);
  std::vector<std::size_t> places;
  std::vector<LabelSet> kept;
  for (const std::string& name : wanted) {
    const auto place = std::ranges::find(names, name);
    if (place == names.end())
      throw Error::usage("label_sets: the annotations have no '{}'{}", name, did_you_mean(name, names));
    places.push_back(static_cast<std::size_t>(place - names.begin()));
    kept.push_back(dataset.label_sets[places.back()]);
  }
  dataset.label_sets = std::move(kept);
  for (Sample& sample : dataset.samples) {
    std::vector<std::optional<std::vector<std::int64_t>>> labels;
    for (const std::size_t place : places) labels.push_back(sample.labels[place]);
    sample.labels = std::move(labels);
  }
}

}  // namespace

std::span<const LayoutEntry> all_layouts() {
  return listed();
}

EnumNames<Layout> config_names(Layout) {
  EnumNames<Layout> names;
  for (const LayoutEntry& entry : listed()) names.emplace_back(entry.name, entry.layout);
  return names;
}

void describe(ConfigFields& f, DatasetOptions& o) {
  f.field("layout", o.layout, "how the annotations are laid out");
  f.field("root", o.root,
          "the folder of the videos; for csv and coview that of the annotations, if not given");
  f.field("annotations", o.annotations,
          "the file of annotations; for ucf101 and hmdb51 the folder of its files");
  f.field("labels", o.labels, "the file of the classes' names");
  f.field("split", o.split, "of ucf101 and hmdb51: which of the three official splits").range(1, 3);
  f.field("subset", o.subset, "train, test, ..., as the layout has them; empty: all");
  f.field("trimmed", o.trimmed,
          "of kinetics and hvu: files named by YouTube's id alone are already cut to their segment");
  f.field("absent_is_none", o.absent_is_none,
          "a sample without labels of a set has none of them, instead of not being labelled for it");
  f.field("path_column", o.path_column, "of csv: the column of the videos' paths");
  f.field("label_columns", o.label_columns,
          "of csv: the columns of labels, a set each; empty: all but path, start, end, subset, importance");
  f.field("multi_label", o.multi_label,
          "of csv: a sample may have any number of labels, even if none has two");
  f.field("label_sets", o.label_sets, "those that are kept, by name and in this order; empty: all");
}

Dataset read_dataset(const DatasetOptions& options) {
  const auto index = static_cast<std::size_t>(options.layout);
  const LayoutEntry& layout = listed()[index];
  const Entry& entry = kEntries[index];
  check_option(layout, entry.annotations, "annotations", options.annotations.string(), layout.annotations);
  check_option(layout, entry.labels, "labels", options.labels.string(), layout.labels);
  check_option(layout, entry.subset, "subset", options.subset, layout.subsets);
  if (options.layout == Layout::kFolders && options.root.empty())
    throw Error::usage("layout folders needs 'root': the folder of the classes");
  if (options.split < 1 || options.split > 3)
    throw Error::usage("'split' is {}; there are splits 1, 2 and 3", options.split);
  Dataset dataset = entry.read(options);
  if (dataset.samples.empty()) {
    const bool folders = options.layout == Layout::kFolders;
    throw Error::input("{}: holds no sample{}", (folders ? options.root : options.annotations).string(),
                       options.subset.empty() ? "" : fmt::format(" of subset '{}'", options.subset));
  }
  if (!options.label_sets.empty()) keep_label_sets(dataset, options.label_sets);
  return dataset;
}

}  // namespace zoetrope::data
