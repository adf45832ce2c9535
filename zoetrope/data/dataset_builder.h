#pragma once
// How a reader of a layout makes a Dataset: sets of labels whose names are known beforehand or collected,
// samples one by one, what is left out counted. For the readers of this folder.

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "zoetrope/data/annotation_file.h"
#include "zoetrope/data/dataset.h"

namespace zoetrope::data {

/// A label set under construction. Open: names are collected and get their ids in alphabetical order at the
/// end. Fixed: other names are refused.
class Vocabulary {
 public:
  Vocabulary(std::string name, bool exclusive) : set_{std::move(name), {}, exclusive} {}
  /// `source` is the file that the names are from, for messages.
  Vocabulary(std::string name, bool exclusive, std::vector<std::string> names, std::string source);

  /// The label's id (provisional while open). Throws Error (kInput) at `place` for an unknown or bad name.
  [[nodiscard]] std::int64_t id_of(const std::string& label, const Place& place);
  [[nodiscard]] const LabelSet& set() const noexcept { return set_; }
  void set_exclusive(bool exclusive) { set_.exclusive = exclusive; }

  /// Sorts the names of an open set; returns the final id by provisional id (empty: they stay).
  [[nodiscard]] std::vector<std::int64_t> finish();

 private:
  LabelSet set_;
  std::string source_;  // empty: open
  std::unordered_map<std::string, std::int64_t> ids_;
};

/// What is done with a sample that stands twice (same id and span) with other labels.
enum class Contradiction {
  kKeepBoth,  ///< published annotations stay as they are; a note says so
  kRefuse     ///< in people's own files it is a mistake
};

class DatasetBuilder {
 public:
  explicit DatasetBuilder(Contradiction contradiction = Contradiction::kKeepBoth)
      : contradiction_(contradiction) {}

  std::size_t add_set(Vocabulary vocabulary);
  [[nodiscard]] Vocabulary& set(std::size_t index) { return sets_[index]; }
  [[nodiscard]] std::size_t num_sets() const noexcept { return sets_.size(); }

  /// Its label ids may be in any order; a repeated sample with the same labels is left out and noted. Throws
  /// Error (kInput) for a contradiction that is refused.
  void add(Sample sample, const Place& place);
  /// Something that was left out or is odd, counted by kind; the first place is shown.
  void note(const std::string& kind, const std::string& first);

  /// With `absent_is_none`, a sample without labels of a set that is not exclusive has none of them.
  [[nodiscard]] Dataset finish(bool absent_is_none = false);

 private:
  struct Note {
    std::string first;
    std::size_t count = 0;
  };

  Contradiction contradiction_;
  std::vector<Vocabulary> sets_;
  std::vector<Sample> samples_;
  std::vector<std::size_t> places_;  // of the samples
  std::unordered_map<std::string, std::size_t> seen_;
  std::map<std::string, Note> notes_;
};

/// Names of label sets from a file: a CSV with the header `set,label` has several sets, each in the order of
/// its rows; any other file is one set, as labels.h reads it, under the name "". Throws Error (kInput).
[[nodiscard]] std::map<std::string, std::vector<std::string>> read_label_sets(
    const std::filesystem::path& path);

}  // namespace zoetrope::data
