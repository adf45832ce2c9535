#include "zoetrope/structure/analyze.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace zoetrope::structure {

cv::Mat as_picture(const torch::Tensor& rgb) {
  return {static_cast<int>(rgb.size(0)), static_cast<int>(rgb.size(1)), CV_8UC3,
          rgb.data_ptr<std::uint8_t>()};
}

Structure analyze_structure(const media::VideoReader& reader, StructureOptions options,
                            const AnalysisProgress& progress) {
  StructureAnalyzer analyzer(options);
  media::FrameStream stream = reader.stream({.short_side = kAnalysisShortSide});
  double last_pts = -std::numeric_limits<double>::infinity();
  std::int64_t done = 0;
  while (const std::optional<media::Frame> frame = stream.next()) {
    const torch::Tensor rgb = frame->rgb.contiguous();
    if (frame->pts > last_pts) analyzer.push(as_picture(rgb), frame->pts, frame->duration);
    last_pts = std::max(last_pts, frame->pts);
    if (progress) progress(++done, reader.num_frames());
  }
  Structure structure = analyzer.finish();
  structure.lost_frames = stream.lost();
  return structure;
}

}  // namespace zoetrope::structure
