#include "zoetrope/media/picture_folder.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>

#include "zoetrope/core/error.h"
#include "zoetrope/media/picture_file.h"
#include "zoetrope/media/transforms.h"

namespace zoetrope::media {

namespace fs = std::filesystem;

std::vector<fs::path> list_pictures(const fs::path& folder) {
  std::vector<fs::path> pictures;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && cv::haveImageReader(entry.path().string()))
      pictures.push_back(entry.path());
  }
  if (pictures.empty()) throw Error::input("{}: a folder without pictures", folder.string());
  std::ranges::sort(pictures);
  return pictures;
}

torch::Tensor read_pictures(const std::vector<fs::path>& paths) {
  std::vector<torch::Tensor> pictures;
  for (const fs::path& path : paths) {
    torch::Tensor picture = read_picture(path.string());
    if (!pictures.empty() && picture.sizes() != pictures.front().sizes())
      picture = resize(picture, pictures.front().size(0), pictures.front().size(1));
    pictures.push_back(std::move(picture));
  }
  return torch::stack(pictures);
}

}  // namespace zoetrope::media
