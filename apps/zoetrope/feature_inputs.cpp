#include "apps/zoetrope/feature_inputs.h"

#include <algorithm>
#include <set>

#include "zoetrope/core/error.h"
#include "zoetrope/inference/video_files.h"

namespace zoetrope::cli {

namespace fs = std::filesystem;

bool is_features(const fs::path& path) {
  return path.extension() == ".npy";
}

std::vector<fs::path> feature_inputs(const std::vector<std::string>& inputs, const fs::path& results,
                                     InputBatch& batch) {
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
      std::vector<std::string> without;  // the line below says more
      for (const inference::VideoFile& video : inference::find_videos({input}, results, &without))
        found.push_back(video.path);
    }
    if (found.empty()) batch.fail(input, Error::input("{}: holds neither features (.npy) nor videos", input));
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

void refuse_equal_names(const std::vector<fs::path>& files, const std::string& hint) {
  std::set<std::string> names;
  for (const fs::path& file : files) {
    const std::string name = file.stem().string();
    if (!names.insert(name).second)
      throw Error::usage("{}: a second input of the name '{}'{}", file.string(), name, hint);
  }
}

}  // namespace zoetrope::cli
