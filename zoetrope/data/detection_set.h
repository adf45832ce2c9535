#pragma once
// Data sets of temporal detection: annotations and results in ActivityNet's JSON (timeline/activitynet.h shows
// both forms), which THUMOS14 shares, and the two-stream features of their videos.
//
//   data::DetectionSet train = data::read_detection_set({.annotations = "thumos14.json",
//                                                        .subset = "validation",
//                                                        .features = "features"});
//   train.videos[0].streams[0]                     // features/rgb/video_validation_0000051.npy
//
// A stream's file is FOLDER/STREAM/VIDEO.npy, or FOLDER/VIDEO.npy where no stream is named (features that
// hold both, one after the other); a name with ActivityNet's "v_" before it is found as well. Features are
// [D, T] or [T, D] (feature_file.h), at a rate that the annotations do not tell: T over the duration.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/data/dataset.h"
#include "zoetrope/data/feature_file.h"

namespace zoetrope::data {

struct LabelledSegment {
  std::string label = {};
  double start = 0;  ///< seconds
  double end = 0;
  double score = 1;  ///< of results; 1 where there is none
};

/// A video of a file in either form, its segments in the file's order.
struct AnnotatedVideo {
  std::string name = {};
  std::string subset = {};  ///< of annotations: "training", "validation", "testing"
  double duration = 0;      ///< seconds; 0: not told
  std::vector<LabelledSegment> segments = {};
};

/// Videos by name. Segments beyond the duration are kept, as published annotations have them. Throws Error
/// (kInput) "FILE: database.VIDEO.annotations[3].segment: ..." for what has not that form.
[[nodiscard]] std::vector<AnnotatedVideo> read_annotated_videos(const std::filesystem::path& path);

/// The other of a video's two names, with and without ActivityNet's "v_" before it.
[[nodiscard]] std::string other_name(const std::string& video);

struct DetectionOptions {
  std::filesystem::path annotations = {};
  std::string subset = {};  ///< empty: all
  /// Those that are kept, of segments and of videos: the ones that another set has, too. Empty: all.
  std::vector<std::string> classes = {};
  std::filesystem::path features = {};                 ///< a folder; empty: none is looked for
  std::vector<std::string> streams = {"rgb", "flow"};  ///< empty: one file a video
  FeatureOrder order = FeatureOrder::kDimensionsFirst;
  std::int64_t max_length_difference = 0;  ///< frames between the streams of a video
};
void describe(ConfigFields& fields, DetectionOptions& options);

struct DetectionVideo {
  AnnotatedVideo annotated = {};
  std::vector<std::int64_t> labels = {};            ///< of the segments, class ids
  std::vector<std::int64_t> classes = {};           ///< of the video: distinct, ascending
  std::vector<std::filesystem::path> streams = {};  ///< one file each
  std::vector<std::int64_t> dimensions = {};        ///< of each
  std::int64_t num_frames = 0;                      ///< of features, the shorter stream's; 0 without
};

struct DetectionSet {
  std::vector<std::string> classes =
      {};  ///< by id, in the order of names: of the whole file, whatever the subset, or those that are kept
  std::vector<DetectionVideo> videos = {};
};

/// Throws Error (kInput) for what is wrong with the files: a subset without a video (with those there are), a
/// class that is to be kept and is not there, a video without its features, streams whose lengths disagree,
/// videos whose dimensions do (which files, which numbers).
[[nodiscard]] DetectionSet read_detection_set(const DetectionOptions& options);

/// Where a video's features lie, of each stream, whether they are there or not. Throws Error (kInput) for a name
/// that holds a folder.
[[nodiscard]] std::vector<std::filesystem::path> stream_files(const DetectionOptions& options,
                                                              const std::string& video);

/// A sample for each video, with its classes.
[[nodiscard]] Dataset labels_of_videos(const DetectionSet& set);

}  // namespace zoetrope::data
