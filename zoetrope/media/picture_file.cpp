#include "zoetrope/media/picture_file.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

/// OpenCV fills what is missing of a JPEG with grey and says nothing; the end marker tells.
bool is_cut_off_jpeg(std::string_view bytes) {
  return bytes.starts_with("\xff\xd8") && bytes.rfind("\xff\xd9") == std::string_view::npos;
}

cv::Mat decode(const std::string& path, const std::string& bytes) {
  const cv::Mat view(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
  try {
    return cv::imdecode(view, cv::IMREAD_COLOR);
  } catch (const cv::Exception&) {
    throw Error::input("{}: damaged, or larger than any picture", path);
  }
}

}  // namespace

torch::Tensor read_picture(const std::string& path) {
  const std::string bytes = read_text_file(path, kMaxPictureBytes);
  if (bytes.empty()) throw Error::input("{}: an empty file", path);
  if (is_cut_off_jpeg(bytes)) throw Error::input("{}: the picture is cut off", path);
  const cv::Mat bgr = decode(path, bytes);
  if (bgr.empty()) throw Error::input("{}: no picture, or damaged", path);
  if (static_cast<std::int64_t>(bgr.total()) > kMaxFramePixels)
    throw Error::input("{}: {} x {} pixels; at most {} are read", path, bgr.cols, bgr.rows, kMaxFramePixels);
  torch::Tensor rgb = torch::empty({bgr.rows, bgr.cols, 3}, torch::kUInt8);
  cv::Mat out(bgr.rows, bgr.cols, CV_8UC3, rgb.data_ptr());
  cv::cvtColor(bgr, out, cv::COLOR_BGR2RGB);
  return rgb;
}

}  // namespace zoetrope::media
