#pragma once
// Data sets of temporal segmentation in the layout that Breakfast, 50 Salads, GTEA and Hollywood Extended
// share: features of whole videos, labels of their frames, and lists that split them.
//
//   features/P03_cam01.npy           [D, T] or [T, D], float16 or float32 (feature_file.h)
//   groundTruth/P03_cam01.txt        a class name a frame
//   mapping.txt                      0 SIL
//   splits/train.split1.bundle       P03_cam01.txt, one a line; also splits/split1.train and split1.train
//   transcripts/P03_cam01.txt        the classes of the segments in order, one a line, background included
//   sets/P03_cam01.txt               the distinct classes, one a line
//
//   data::SegmentationSet train = data::read_segmentation_set({.root = "breakfast", .split = 2});
//   for (const data::SegmentationVideo& video : train.videos) {
//     const data::FeatureFile features = data::open_features(train, video);
//     features.read(values, 15, video.num_frames);           // every 15th frame
//   }
//
// Transcripts and sets are derived from the labels of frames where a video has them, else read from their own
// files; with `read_weak_labels` they are always read, where their files are there. Of a video that has
// neither, the fields are empty. Which side of a feature array is time is found by the number of labels, one
// answer for the whole set; without labels, the side that is equal in all files is that of dimensions, and
// [D, T] where that leaves it open.
//
// Features and labels of a video have as many frames, else an Error (kInput) names both files and both
// lengths; with `max_length_difference`, the habitual off-by-a-few of published features, both are cut to the
// shorter.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/data/dataset.h"
#include "zoetrope/data/feature_file.h"
#include "zoetrope/data/frame_labels.h"

namespace zoetrope::data {

struct SegmentationOptions {
  std::filesystem::path root = {};
  std::int64_t split = 1;
  std::string subset = "train";       ///< "train", "test"; empty: every video, in the order of names
  std::filesystem::path videos = {};  ///< a list of videos in place of `split` and `subset`
  std::string features = "features";  ///< folders and files are below root; empty: none is looked for
  std::string labels = "groundTruth";
  std::string mapping = "mapping.txt";
  std::vector<std::string> background = {};  ///< names of classes
  std::int64_t max_length_difference = 0;    ///< frames
  bool read_weak_labels = false;
};
void describe(ConfigFields& f, SegmentationOptions& o);

struct SegmentationVideo {
  std::string name = {};                      ///< without suffix
  std::filesystem::path features = {};        ///< empty where the set has none
  std::int64_t num_frames = 0;                ///< at the full rate, as features and labels both have them
  std::vector<std::int64_t> labels = {};      ///< [num_frames]; empty where frames are not labelled
  std::vector<std::int64_t> transcript = {};  ///< empty where it is not known
  std::vector<std::int64_t> actions = {};     ///< the set, ascending; empty where it is not known
};

struct SegmentationSet {
  std::vector<std::string> classes = {};      ///< by id
  std::vector<std::int64_t> background = {};  ///< ids, ascending
  FeatureOrder order = FeatureOrder::kDimensionsFirst;
  std::int64_t num_dimensions = 0;  ///< of the features; 0 where the set has none
  std::vector<SegmentationVideo> videos = {};
  std::vector<std::string> notes = {};  ///< what is odd but was read, a line each
};

/// Throws Error: kUsage for an option that does not fit, kInput for what is wrong with the files.
[[nodiscard]] SegmentationSet read_segmentation_set(const SegmentationOptions& options);

/// Throws Error: kUsage where the video has none, kInput where the file has changed.
[[nodiscard]] FeatureFile open_features(const SegmentationSet& set, const SegmentationVideo& video);

/// The distinct transcripts of the videos, in order of first appearance: what segmentation through alignment
/// searches.
[[nodiscard]] std::vector<std::vector<std::int64_t>> distinct_transcripts(const SegmentationSet& set);

/// A sample for each video, with its set of actions; not labelled where that is not known.
[[nodiscard]] Dataset labels_of_videos(const SegmentationSet& set);

/// The names of a list of videos, without suffix. Throws Error (kInput) "train.split1.bundle:3: ..." for a
/// name that stands twice or is a path.
[[nodiscard]] std::vector<std::string> read_video_list(const std::filesystem::path& path);

}  // namespace zoetrope::data
