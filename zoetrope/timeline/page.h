#pragma once
// One self-contained HTML page for a timeline: the video beside its tracks, curves and captions.
//
//   timeline::PageOptions options;
//   options.title = "kitchen.mp4";
//   options.video_href = "../videos/kitchen.mp4";      // as seen from the page's own folder
//   options.thumbnails = {{.track = "shots", .segment = 0, .time = 1.2, .jpeg = bytes, .width = 320, .height = 180}};
//   std::string html = timeline::page_html(timeline, options);
//
// The page loads nothing but the video: style, script, data and pictures are inside it, and a content
// security policy holds it to that. Every string of the timeline and of the options is taken for a
// stranger's: it enters the page as data and is shown as text. The viewer itself is web/; the build embeds
// it.

#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

/// A picture of one segment.
struct Thumbnail {
  std::string track = {};     ///< name of the track that it belongs to; empty: of the video as such
  std::int64_t segment = -1;  ///< index among the track's segments
  double time = 0;            ///< seconds, the frame's own, on the timeline's clock
  std::string jpeg = {};      ///< the bytes of a JPEG file
  std::int64_t width = 0;     ///< pixels
  std::int64_t height = 0;
};

struct PageOptions {
  std::string title = {};             ///< heading of the page; empty: the file name of timeline.video.path
  std::string video_href = {};        ///< path of the video from the page's folder; empty: no link
  std::string video_media_type = {};  ///< "video/mp4": of `video_bytes`
  std::string video_bytes = {};       ///< the video itself, carried in place of a link; for up to some 100 MB
  std::vector<Thumbnail> thumbnails = {};
  std::string poster = {};  ///< a JPEG file that is shown until the video is loaded; may be empty
  /// Presentation times of all frames, in seconds; needed for exact frame numbers where the rate is not
  /// constant. May be empty, and is left out of the page where timeline.video.fps tells every frame.
  std::vector<double> frame_times = {};
};

/// The page as one UTF-8 string, to be written to a file. Bytes that are no UTF-8 are replaced. Throws Error
/// (kUsage) if `video_href` is an absolute path or `frame_times` do not ascend, and what `validate` throws.
[[nodiscard]] std::string page_html(const Timeline& timeline, const PageOptions& options = {});

}  // namespace zoetrope::timeline
