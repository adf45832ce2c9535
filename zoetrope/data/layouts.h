#pragma once
// The annotation layouts of the field, read as they come (docs/data.md shows each by an example):
//
//   data::Dataset train = data::read_dataset({.layout = data::Layout::kUcf101,
//                                             .root = "UCF-101",
//                                             .annotations = "ucfTrainTestlist",
//                                             .split = 2,
//                                             .subset = "train"});
//
// Videos are found under `root` by name, whatever their suffix (video_index.h). A sample whose video is not
// there keeps the path where it should lie, and is never dropped nor swapped for another: `data check` lists
// it. Class ids are those of the file of labels where the layout has one or `labels` names one; else the
// names that the annotations hold (of all subsets and splits in that file), in alphabetical order. Subsets in
// files of their own should therefore share a file of labels: where one lacks a class, ids would shift.
//
// What annotations get wrong is an Error (kInput) of one line with file and line: another number of fields
// than the header has, a label that is not in the file of labels, a segment that ends before it starts, a NUL
// byte. What they repeat is left out and told in Dataset::notes.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/data/dataset.h"

namespace zoetrope::data {

enum class Layout {
  kFolders,       ///< a folder per class, of videos, of pictures, or of folders of pictures
  kKinetics,      ///< CSV: label,youtube_id,time_start,time_end,split
  kUcf101,        ///< trainlist01.txt, testlist01.txt, classInd.txt
  kHmdb51,        ///< <class>_test_split1.txt
  kSsv2,          ///< JSON of Something-Something V2, with its labels.json
  kMultiMoments,  ///< CSV: path,label_id,label_id,..., with its file of name,id
  kHvu,           ///< CSV: Tags,youtube_id,time_start,time_end, with its file of Tag,Category
  kCoview,        ///< CSV: video,start,end,scene,action,importance
  kCsv            ///< CSV: path,label, or path,start,end,label
};
[[nodiscard]] EnumNames<Layout> config_names(Layout);

struct DatasetOptions {
  Layout layout = Layout::kFolders;
  std::filesystem::path root = {};
  std::filesystem::path annotations = {};
  std::filesystem::path labels = {};
  std::int64_t split = 1;
  std::string subset = {};
  bool trimmed = false;
  bool absent_is_none = false;
  std::string path_column = "path";
  std::vector<std::string> label_columns = {};
  bool multi_label = false;
  std::vector<std::string> label_sets = {};
};
void describe(ConfigFields& f, DatasetOptions& o);

/// Throws Error: kUsage where an option is missing or is none of the layout's, kInput for what is wrong with
/// the files, also where they hold no sample.
[[nodiscard]] Dataset read_dataset(const DatasetOptions& options);

/// A layout, for listings.
struct LayoutEntry {
  Layout layout;
  std::string name;
  std::string annotations;  ///< what this option is, in words; empty: there is none
  std::string labels;       ///< likewise
  std::string subsets;      ///< likewise
};
[[nodiscard]] std::span<const LayoutEntry> all_layouts();

}  // namespace zoetrope::data
