#pragma once
// What annotations say of a set of videos, whatever layout they came in: samples with the labels of one or
// several tasks. Paths, names and numbers alone; no video is opened.
//
//   data::Dataset train = data::read_dataset({.root = "gestures", .subset = "train"});  // layouts.h
//   train.label_sets[0].names[train.samples[7].labels[0].value().front()]  // "wave"
//
// A set of labels is a task's vocabulary: one for classification, one for multi-label tags, six for HVU's
// categories, two for scene and action. A sample has, for each of them, the ids that hold, or nothing where
// it was never labelled for that task: an absent label is masked in training, an empty list says that none
// holds.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zoetrope::data {

struct LabelSet {
  std::string name = "label";           ///< "action", "scene", ...
  std::vector<std::string> names = {};  ///< by class id
  bool exclusive = true;                ///< one label a sample, as in classification; else any number
};

struct Sample {
  std::string id = {};              ///< as the annotations call it
  std::filesystem::path path = {};  ///< a video, a picture, or a folder of pictures in order of names
  double start = 0;                 ///< seconds
  double end = 0;                   ///< seconds; 0: to the end of the video
  /// One for each of the data set's label sets; class ids ascending.
  std::vector<std::optional<std::vector<std::int64_t>>> labels = {};
  std::optional<double> importance = {};  ///< of a segment, as annotated (CoVieW: 0 to 2)
};

struct Dataset {
  std::vector<LabelSet> label_sets = {};
  std::vector<Sample> samples = {};
  /// What the annotations said that was left out, a line each, for `data check` ("3 rows name no video").
  std::vector<std::string> notes = {};
};

}  // namespace zoetrope::data
