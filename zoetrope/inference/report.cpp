#include "zoetrope/inference/report.h"

#include <algorithm>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/inference/excerpts.h"
#include "zoetrope/inference/video_files.h"
#include "zoetrope/timeline/page.h"

namespace zoetrope::inference {
namespace {

namespace fs = std::filesystem;

/// Frames of full size in memory at once, while thumbnails are made.
constexpr std::size_t kBatch = 8;
constexpr int kJpegQuality = 82;
constexpr std::uint64_t kMaxEmbeddedBytes = std::uint64_t{1} << 30;

/// A frame to be shown, and the segments that it stands for.
struct Wanted {
  const timeline::Track* track;
  std::int64_t segment;
};

/// Every `step`-th segment of a track gets its middle frame, so that no track takes more than its share.
void want_middles(const timeline::Track& track, const media::VideoReader& reader, std::size_t share,
                  std::multimap<std::int64_t, Wanted>& wanted) {
  if (share == 0 || track.segments.empty()) return;
  const double first = reader.frame_times().front().pts;
  const double last = reader.frame_times().back().pts;
  const std::size_t step = (track.segments.size() + share - 1) / share;
  for (std::size_t i = 0; i < track.segments.size(); i += step) {
    const timeline::Segment& segment = track.segments[i];
    const double middle = std::clamp((segment.start + segment.end) / 2, first, last);
    wanted.insert({reader.index_played_at(middle), {&track, static_cast<std::int64_t>(i)}});
  }
}

std::string jpeg_of(const torch::Tensor& rgb, int height, cv::Size& size) {
  const cv::Mat full(static_cast<int>(rgb.size(0)), static_cast<int>(rgb.size(1)), CV_8UC3, rgb.data_ptr());
  const double scale = std::min(1.0, static_cast<double>(height) / full.rows);
  cv::Mat small;
  size = {std::max(1, static_cast<int>(full.cols * scale)), std::max(1, static_cast<int>(full.rows * scale))};
  cv::resize(full, small, size, 0, 0, cv::INTER_AREA);
  cv::cvtColor(small, small, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", small, bytes, {cv::IMWRITE_JPEG_QUALITY, kJpegQuality});
  return {bytes.begin(), bytes.end()};
}

std::vector<timeline::Thumbnail> make_thumbnails(const timeline::Timeline& timeline,
                                                 media::VideoReader& reader, const ReportOptions& options) {
  std::multimap<std::int64_t, Wanted> wanted;
  for (const timeline::Track& track : timeline.tracks) {
    want_middles(track, reader, options.max_thumbnails / timeline.tracks.size(), wanted);
  }
  std::vector<std::int64_t> indices;
  for (const auto& [index, use] : wanted) {
    if (indices.empty() || indices.back() != index) indices.push_back(index);
  }
  std::vector<timeline::Thumbnail> thumbnails;
  for (std::size_t begin = 0; begin < indices.size(); begin += kBatch) {
    throw_if_interrupted();
    const std::size_t end = std::min(begin + kBatch, indices.size());
    const media::Frames frames = reader.frames_at({indices.begin() + begin, indices.begin() + end});
    for (std::size_t i = 0; i < frames.index.size(); ++i) {
      cv::Size size;
      const std::string jpeg =
          jpeg_of(frames.rgb[static_cast<std::int64_t>(i)], options.thumbnail_height, size);
      const auto [first, last] = wanted.equal_range(frames.index[i]);
      for (auto use = first; use != last; ++use) {
        thumbnails.push_back(
            {use->second.track->name, use->second.segment, frames.pts[i], jpeg, size.width, size.height});
      }
    }
  }
  return thumbnails;
}

bool among(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The video as the page is to have it: inside, linked, or not at all.
void attach_video(media::VideoReader& reader, const fs::path& html, const ReportOptions& options,
                  timeline::PageOptions& page) {
  if (options.video == PageVideo::kNone) return;
  fs::path file = reader.info().path;
  std::int64_t bytes = reader.info().bytes;
  page.video_media_type =
      among(fs::path(file).extension().string(), {".webm", ".WEBM"}) ? "video/webm" : "video/mp4";
  if (!plays_in_browsers(reader.info(), reader.stream_index())) {
    file = fs::path(html).replace_extension(kPreviewSuffix);
    page.video_media_type = "video/mp4";
    const media::VideoStreamInfo& video = reader.stream_info();
    write_excerpts(reader, {{video.start_time, video.start_time + video.duration}}, file,
                   {.short_side = options.preview_short_side});
    bytes = static_cast<std::int64_t>(fs::file_size(file));
  }
  const bool embed = options.video == PageVideo::kEmbed ||
                     (options.video == PageVideo::kAuto && bytes <= options.max_embedded_bytes);
  if (!embed) {
    page.video_href = fs::absolute(file)
                          .lexically_normal()
                          .lexically_relative(fs::absolute(html).lexically_normal().parent_path())
                          .generic_string();
    return;
  }
  page.video_bytes = read_text_file(file, kMaxEmbeddedBytes);
  if (file != reader.info().path) fs::remove(file);
}

}  // namespace

bool plays_in_browsers(const media::MediaInfo& info, int stream) {
  const auto video =
      std::find_if(info.video.begin(), info.video.end(),
                   [stream](const media::VideoStreamInfo& each) { return each.index == stream; });
  if (video == info.video.end() || info.best_video_stream != stream) return false;
  const bool mp4 = info.container.find("mp4") != std::string::npos;
  const bool webm = info.container.find("webm") != std::string::npos &&
                    among(fs::path(info.path).extension().string(), {".webm", ".WEBM"});
  // A browser takes the first video track, whichever we find best.
  if (info.video.front().index != stream || !among(video->pix_fmt, {"yuv420p", "yuvj420p"})) return false;
  return (mp4 && among(video->codec, {"h264", "av1"})) ||
         (webm && among(video->codec, {"vp8", "vp9", "av1"}));
}

void write_report(const timeline::Timeline& timeline, media::VideoReader& reader, const fs::path& html,
                  const ReportOptions& options) {
  timeline::PageOptions page;
  page.thumbnails = make_thumbnails(timeline, reader, options);
  for (const media::FrameTime& time : reader.frame_times()) page.frame_times.push_back(time.pts);
  if (!page.thumbnails.empty()) page.poster = page.thumbnails.front().jpeg;
  attach_video(reader, html, options, page);
  write_file_atomically(html, timeline::page_html(timeline, page));
}

}  // namespace zoetrope::inference
