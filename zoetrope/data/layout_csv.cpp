// People's own data, and segments of untrimmed video as CoVieW (ICCV 2019 workshop) labels them: CSV with a
// header. CoVieW's own files are not public; ours has a row for each five seconds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "zoetrope/core/error.h"
#include "zoetrope/data/dataset_builder.h"
#include "zoetrope/data/layout_readers.h"
#include "zoetrope/data/video_index.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::data {
namespace {

constexpr double kCoviewSeconds = 5;
constexpr double kCoviewMaxImportance = 2;
constexpr std::array<std::string_view, 4> kReserved = {"start", "end", "subset", "importance"};

/// What a reader of one table does differently.
struct TableRules {
  std::string path_column;
  std::vector<std::string> label_columns;  // empty: all that are not reserved
  double segment_seconds = 0;              // of a row with a start and without an end; 0: to the video's end
  double max_importance = kMaxVideoSeconds;
  bool multi_label = false;
};

class SampleTable {
 public:
  SampleTable(const DatasetOptions& options, TableRules rules)
      : options_(options),
        rules_(std::move(rules)),
        videos_(options.root.empty() ? folder_of(options.annotations) : options.root),
        table_(options.annotations),
        builder_(Contradiction::kRefuse),
        path_(table_.column(rules_.path_column)),
        start_(table_.find_column("start")),
        end_(table_.find_column("end")),
        importance_(table_.find_column("importance")) {
    if (!options.subset.empty()) subset_ = table_.column("subset");
    add_sets();
  }

  Dataset read() {
    std::set<std::string> subsets;
    while (table_.next()) {
      Sample sample = sample_of_row();  // of all subsets: they share their class ids
      if (subset_) {
        subsets.insert(table_.field(*subset_));
        if (table_.field(*subset_) != options_.subset) continue;
      }
      builder_.add(std::move(sample), table_.place());
    }
    if (subset_ && !subsets.contains(options_.subset)) {
      throw Error::input("{}: no row of subset '{}'; it has {}", table_.name(), options_.subset,
                         shown(fmt::format("{}", fmt::join(subsets, ", "))));
    }
    for (std::size_t i = 0; i < columns_.size(); ++i)
      builder_.set(i).set_exclusive(!rules_.multi_label && !has_several_[i]);
    return builder_.finish(options_.absent_is_none);
  }

 private:
  static std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : ".";
  }

  void add_sets() {
    std::vector<std::string> names = rules_.label_columns;
    if (names.empty()) {
      for (const std::string& name : table_.header()) {
        const bool reserved = std::any_of(kReserved.begin(), kReserved.end(), [&](std::string_view each) {
          return table_.find_column(each) == table_.find_column(name);
        });
        if (!reserved && table_.find_column(name) != path_) names.push_back(name);
      }
    }
    if (names.empty())
      throw Error::input("{}:1: no column of labels; add 'label', or a column a set", table_.name());
    std::map<std::string, std::vector<std::string>> known;
    if (!options_.labels.empty()) known = read_label_sets(options_.labels);
    if (known.contains("") && names.size() > 1) {
      throw Error::input("{}: should be CSV with the header set,label: there are {} sets ({})",
                         options_.labels.string(), names.size(),
                         shown(fmt::format("{}", fmt::join(names, ", "))));
    }
    for (const std::string& name : names) {
      columns_.push_back(table_.column(name));
      const auto found = known.contains("") ? known.find("") : known.find(name);
      if (!known.empty() && found == known.end())
        throw Error::input("{}: no labels of set '{}'", options_.labels.string(), shown(name));
      builder_.add_set(found == known.end()
                           ? Vocabulary(name, true)
                           : Vocabulary(name, true, found->second, options_.labels.string()));
    }
    has_several_.resize(columns_.size());
  }

  Sample sample_of_row() {
    Sample sample{.id = table_.field(path_)};
    if (sample.id.empty() || sample.id.size() > kMaxPathBytes)
      table_.fail(fmt::format("{}: no path of a video", rules_.path_column));
    sample.path = videos_.find(sample.id).value_or(videos_.expected(sample.id));
    read_span(sample);
    if (importance_ && !table_.field(*importance_).empty()) {
      const auto value = timeline::parse_number(table_.field(*importance_));
      if (!value || !(*value >= 0 && *value <= rules_.max_importance)) {
        table_.fail(fmt::format("importance: '{}' is no number from 0 to {}",
                                shown(table_.field(*importance_)), rules_.max_importance));
      }
      sample.importance = *value;
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) sample.labels.push_back(read_labels_of(i));
    return sample;
  }

  void read_span(Sample& sample) const {
    if (start_) sample.start = table_.seconds(*start_).value_or(0);
    const std::optional<double> end = end_ ? table_.seconds(*end_) : std::nullopt;
    if (end) {
      sample.end = *end;
    } else if (rules_.segment_seconds > 0) {
      sample.end = sample.start + rules_.segment_seconds;
    }
    if ((end || sample.end > 0) && sample.start >= sample.end) {
      table_.fail(
          fmt::format("start {} is not before end {}; swap or correct them", sample.start, sample.end));
    }
  }

  /// "a|b": two labels; an empty field: not labelled.
  std::optional<std::vector<std::int64_t>> read_labels_of(std::size_t set) {
    const std::string field = table_.field(columns_[set]);
    if (field.empty()) return std::nullopt;
    std::vector<std::int64_t> ids;
    for (std::size_t begin = 0; begin <= field.size();) {
      const std::size_t end = std::min(field.find('|', begin), field.size());
      const std::string label(timeline::trim(std::string_view(field).substr(begin, end - begin)));
      ids.push_back(builder_.set(set).id_of(label, table_.place()));
      begin = end + 1;
    }
    has_several_[set] = has_several_[set] || ids.size() > 1;
    return ids;
  }

  const DatasetOptions& options_;
  TableRules rules_;
  VideoIndex videos_;
  AnnotationTable table_;
  DatasetBuilder builder_;
  std::size_t path_;
  std::optional<std::size_t> start_, end_, importance_, subset_;
  std::vector<std::size_t> columns_;  // of the label sets
  std::vector<bool> has_several_;     // labels in any row
};

}  // namespace

Dataset read_csv(const DatasetOptions& options) {
  return SampleTable(options, {.path_column = options.path_column,
                               .label_columns = options.label_columns,
                               .multi_label = options.multi_label})
      .read();
}

Dataset read_coview(const DatasetOptions& options) {
  return SampleTable(options, {.path_column = "video",
                               .label_columns = {"scene", "action"},
                               .segment_seconds = kCoviewSeconds,
                               .max_importance = kCoviewMaxImportance})
      .read();
}

}  // namespace zoetrope::data
