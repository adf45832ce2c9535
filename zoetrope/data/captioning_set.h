#pragma once
// Videos with people's captions and with features: MSR-VTT's JSON (caption_set.h) beside .npy files (feature_file.h).
//
//   data::CaptioningSet train = data::read_captioning_set({.captions = "videodatainfo.json",
//                                                          .subset = "train",
//                                                          .features = "features"});
//   train.videos[0].streams[0]                                    // features/video0.npy
//
// A stream's file is FOLDER/STREAM/VIDEO.npy, or FOLDER/VIDEO.npy where no stream is named; one in a folder of the video's
// subset below that (train, validate or val, test) is found as well. The stream "tags" holds scores of tags; it may have
// one column for the whole video. The other streams of a video are as long as the shortest of them; every video has the
// dimensions of the first.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/data/caption_set.h"
#include "zoetrope/data/feature_file.h"

namespace zoetrope::data {

/// The stream whose columns are scores of tags.
inline constexpr const char* kTagStream = "tags";

struct CaptioningOptions {
  std::filesystem::path captions = {};    ///< MSR-VTT's JSON
  std::string subset = {};                ///< empty: all
  std::filesystem::path features = {};    ///< a folder
  std::vector<std::string> streams = {};  ///< its folders, one a stream; empty: one file a video
  FeatureOrder order = FeatureOrder::kDimensionsFirst;
  std::int64_t max_length_difference = 0;  ///< columns between the streams of a video
};
void describe(ConfigFields& fields, CaptioningOptions& options);

struct CaptioningVideo {
  CaptionedVideo captioned = {};
  std::vector<std::filesystem::path> streams = {};  ///< one file each, in the order of the options
  std::int64_t num_frames = 0;                      ///< columns
};

struct CaptioningSet {
  std::vector<CaptioningVideo> videos = {};
  std::vector<std::int64_t> dimensions = {};  ///< of each stream

  /// The sentences alone.
  [[nodiscard]] CaptionSet captions() const;
};

/// Throws Error (kInput): as read_caption_set; for a caption without a word; for a video whose features are missing, or of
/// other dimensions than the first video's, or whose streams differ in length (which files, which numbers).
[[nodiscard]] CaptioningSet read_captioning_set(const CaptioningOptions& options);

}  // namespace zoetrope::data
