#include "zoetrope/inference/video_files.h"

#include <algorithm>
#include <map>
#include <set>

#include "zoetrope/core/error.h"
#include "zoetrope/data/video_index.h"

namespace zoetrope::inference {
namespace {

namespace fs = std::filesystem;

/// All videos below the folder, sorted by path. What cannot be entered is passed over, as `find` does.
std::vector<fs::path> videos_below(const fs::path& folder, const fs::path& results) {
  std::vector<fs::path> files;
  std::error_code ignored;
  const auto options = fs::directory_options::skip_permission_denied;
  for (auto entry = fs::recursive_directory_iterator(folder, options); entry != fs::end(entry);
       entry.increment(ignored)) {
    if (entry->is_directory(ignored) && fs::equivalent(entry->path(), results, ignored)) {
      entry.disable_recursion_pending();
      continue;
    }
    const bool preview = entry->path().filename().string().ends_with(kPreviewSuffix);
    if (entry->is_regular_file(ignored) && data::is_video_name(entry->path()) && !preview)
      files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<VideoFile> find_videos(const std::vector<std::string>& inputs, const fs::path& results,
                                   std::vector<std::string>* refused) {
  std::vector<VideoFile> videos;  // results still with the video's suffix
  std::set<fs::path> seen;
  const auto refuse = [refused](const std::string& line) {
    if (!refused) throw Error::input("{}", line);
    refused->push_back(line);
  };
  const auto add = [&](const fs::path& path, const fs::path& relative) {
    if (seen.insert(fs::weakly_canonical(path)).second) videos.push_back({path, results / relative});
  };
  for (const std::string& input : inputs) {
    std::error_code failed;
    const fs::file_status status = fs::status(input, failed);
    if (!fs::exists(status)) {
      refuse(input + ": no such file or folder");
      continue;
    }
    if (!fs::is_directory(status)) {
      add(input, fs::path(input).filename());
      continue;
    }
    const std::vector<fs::path> files = videos_below(input, results);
    if (files.empty()) refuse(input + ": no video in this folder");
    for (const fs::path& file : files) add(file, file.lexically_relative(input));
  }
  std::map<fs::path, int> stems;
  for (const VideoFile& video : videos) ++stems[fs::path(video.result).replace_extension()];
  std::map<fs::path, fs::path> owners;
  for (VideoFile& video : videos) {
    const fs::path stem = fs::path(video.result).replace_extension();
    if (stems[stem] == 1) video.result = stem;
    const auto [owner, fresh] = owners.emplace(video.result, video.path);
    if (!fresh) {
      throw Error::usage(
          "{} and {} would both be written as {}: give the folder above them, or one at a time",
          owner->second.string(), video.path.string(), video.result.string());
    }
  }
  return videos;
}

}  // namespace zoetrope::inference
