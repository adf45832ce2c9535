#include "apps/zoetrope/version.h"

#include <fmt/format.h>
#include <torch/version.h>

#include <opencv2/core/utility.hpp>

#include "build_info.h"
#include "zoetrope/media/ffmpeg.h"

namespace zoetrope::cli {
namespace {

std::string ffmpeg_version(unsigned version) {
  return fmt::format("{}.{}.{}", AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version),
                     AV_VERSION_MICRO(version));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> library_versions() {
  return {
      {"LibTorch", TORCH_VERSION},
      {"FFmpeg", av_version_info()},
      {"libavcodec", ffmpeg_version(avcodec_version())},
      {"libavformat", ffmpeg_version(avformat_version())},
      {"libswscale", ffmpeg_version(swscale_version())},
      {"OpenCV", cv::getVersionString()},
  };
}

std::string version_text() {
  const std::string sanitizers = *ZOETROPE_SANITIZERS ? ", sanitizers " ZOETROPE_SANITIZERS : "";
  std::string out = fmt::format("zoetrope {} ({}, {}, {}{})\n", ZOETROPE_VERSION, ZOETROPE_COMMIT,
                                ZOETROPE_BUILD_TYPE, ZOETROPE_COMPILER, sanitizers);
  for (const auto& [name, version] : library_versions()) out += fmt::format("  {:<12} {}\n", name, version);
  return out;
}

}  // namespace zoetrope::cli
