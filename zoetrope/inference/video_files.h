#pragma once
// Which files a list of inputs means, and under which names their results go.

#include <filesystem>
#include <string>
#include <vector>

namespace zoetrope::inference {

/// A video and the path of its results without suffix: `DIR/STEM`, or `DIR/SUBFOLDER/STEM` for what was found
/// in a folder that was given.
struct VideoFile {
  std::filesystem::path path;
  std::filesystem::path result;
};

/// Files as given (whatever their suffix: the user named them), and all videos below a given folder, by
/// suffix (data/video_index.h), in the order of their names. A file that is given twice is taken once. Videos
/// that differ only in suffix keep it in their result's name. What lies in the folder of results, and previews that an earlier
/// run has made, are no videos of a folder. Throws Error (kInput) if an input does not exist or a folder
/// holds no video, unless `refused` is given: it then gets those inputs' lines; (kUsage) if two inputs of one
/// name would share a result.
[[nodiscard]] std::vector<VideoFile> find_videos(const std::vector<std::string>& inputs,
                                                 const std::filesystem::path& results,
                                                 std::vector<std::string>* refused = nullptr);

/// What the name of a page's own small video ends in.
inline constexpr const char* kPreviewSuffix = ".preview.mp4";

}  // namespace zoetrope::inference
