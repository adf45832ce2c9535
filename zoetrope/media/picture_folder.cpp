#include "zoetrope/media/picture_folder.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "zoetrope/core/error.h"
#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

namespace fs = std::filesystem;

cv::Mat read_picture(const fs::path& path) {
  cv::Mat picture;
  try {
    picture = cv::imread(path.string(), cv::IMREAD_COLOR);
  } catch (const cv::Exception&) {  // sizes beyond OpenCV's own ceiling
  }
  if (picture.empty()) throw Error::input("{}: no picture that can be read", path.string());
  if (picture.total() > static_cast<std::size_t>(kMaxFramePixels))
    throw Error::input("{}: a picture of {} x {} is beyond the ceiling", path.string(), picture.cols,
                       picture.rows);
  cv::cvtColor(picture, picture, cv::COLOR_BGR2RGB);
  return picture;
}

}  // namespace

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
  torch::Tensor read;
  for (std::size_t t = 0; t < paths.size(); ++t) {
    cv::Mat picture = read_picture(paths[t]);
    if (t == 0) read = torch::empty({std::ssize(paths), picture.rows, picture.cols, 3}, torch::kUInt8);
    const cv::Size size(static_cast<int>(read.size(2)), static_cast<int>(read.size(1)));
    if (picture.size() != size) cv::resize(picture, picture, size, 0, 0, cv::INTER_AREA);
    picture.copyTo(
        cv::Mat(size, CV_8UC3, read.select(0, static_cast<std::int64_t>(t)).data_ptr<std::uint8_t>()));
  }
  return read;
}

}  // namespace zoetrope::media
