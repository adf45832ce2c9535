#include "apps/zoetrope/feature_inputs.h"

#include <algorithm>

#include "zoetrope/inference/video_files.h"

namespace zoetrope::cli {

namespace fs = std::filesystem;

bool is_features(const fs::path& path) {
  return path.extension() == ".npy";
}

std::vector<fs::path> feature_inputs(const std::vector<std::string>& inputs, const fs::path& results) {
  std::vector<fs::path> files;
  for (const std::string& input : inputs) {
    if (!fs::is_directory(input)) {
      files.emplace_back(input);
      continue;
    }
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(input)) {
      if (is_features(entry.path())) found.push_back(entry.path());
    }
    std::ranges::sort(found);
    if (found.empty()) {
      for (const inference::VideoFile& video : inference::find_videos({input}, results))
        found.push_back(video.path);
    }
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

}  // namespace zoetrope::cli
