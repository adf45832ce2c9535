#pragma once
// The page of an analysed video: pictures of its segments, and a video that browsers can play, put together
// with the timeline by timeline/page.h.

#include <cstdint>
#include <filesystem>

#include "zoetrope/media/video_reader.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::inference {

/// How the page comes by its video.
enum class PageVideo {
  kAuto,  ///< carried by the page while small; else linked; a small preview where browsers cannot play the file
  kEmbed,  ///< carried by the page, up to 1 GiB
  kLink,   ///< linked by a relative path: the page is small, and stays beside its video
  kNone    ///< pictures only
};

struct ReportOptions {
  PageVideo video = PageVideo::kAuto;
  std::int64_t max_embedded_bytes = std::int64_t{24} << 20;  ///< above it, kAuto links
  std::size_t max_thumbnails = 240;                          ///< over all tracks
  int thumbnail_height = 180;                                ///< pixels
  int preview_short_side = 360;                              ///< pixels
};

/// Whether common browsers play the file itself: H.264, VP8, VP9 or AV1 of 8 bits in 4:2:0, in MP4 or WebM.
[[nodiscard]] bool plays_in_browsers(const media::MediaInfo& info, int stream);

/// Writes the page to `html`, and `STEM.preview.mp4` beside it where the video is to be linked but would not
/// play. Throws Error (kFailed) if a file cannot be written.
void write_report(const timeline::Timeline& timeline, media::VideoReader& reader,
                  const std::filesystem::path& html, const ReportOptions& options = {});

}  // namespace zoetrope::inference
