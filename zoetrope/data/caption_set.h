#pragma once
// Captions of videos in the JSON of MSR-VTT (Xu, Mei, Yao and Rui, CVPR 2016), and captions that somebody's network has
// made of them:
//
//   truth    {"videos": [{"video_id": "video0", "split": "train", "start time": 137.7, "end time": 149.4, ...}],
//             "sentences": [{"video_id": "video0", "caption": "a car is shown", ...}]}
//   results  [{"video_id": "video0", "caption": "a man is driving"}], or "image_id" in place of it, as in COCO
//
//   data::CaptionSet test = data::read_caption_set("test_videodatainfo.json", "test");

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace zoetrope::data {

struct CaptionedVideo {
  std::string id = {};
  std::string subset = {};  ///< "train", "validate", "test"
  std::vector<std::string> captions = {};
};

struct CaptionSet {
  std::vector<CaptionedVideo> videos = {};  ///< in the file's order
};

/// `subset`: of the videos; empty: all. Throws Error (kInput) "FILE: sentences[3].video_id: ..." for what has not that
/// form, for a sentence of no video, for a video without a sentence, and for a subset without a video.
[[nodiscard]] CaptionSet read_caption_set(const std::filesystem::path& path, const std::string& subset = "");

/// A caption for each video. Throws Error (kInput) for what has not that form, and for a video that has two.
[[nodiscard]] std::map<std::string, std::string> read_made_captions(const std::filesystem::path& path);

}  // namespace zoetrope::data
