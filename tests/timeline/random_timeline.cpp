#include "tests/timeline/random_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

namespace zoetrope::timeline {
namespace {

// Each has broken some reader of some format.
constexpr std::array<std::string_view, 30> kPieces = {
    "pour milk", " ",      ",", "\"",     "'", ";",     "#",    "=",   "\\",        "-->",
    "<b>",       "&amp;",  "&", "<",      ">", "\n",    "\n\n", "1\n", "[CHAPTER]", "NOTE",
    "é",         "日本語", "🎬", "\u00a0", "{", "00:01", "\t",   "end", "\\n",       "()"};
constexpr std::array<std::string_view, 4> kControls = {"\r", "\r\n", "\x01", "\x7f"};

bool same_bits(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

template <typename Range, typename Same>
bool same_all(const Range& a, const Range& b, Same&& same_one) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_one);
}

bool same_source(const Source& a, const Source& b) {
  return a.name == b.name && a.sha256 == b.sha256;
}

bool same_video(const VideoSource& a, const VideoSource& b) {
  return a.path == b.path && a.sha256 == b.sha256 && same_bits(a.start, b.start) &&
         same_bits(a.duration, b.duration) && a.num_frames == b.num_frames && same_bits(a.fps, b.fps) &&
         a.width == b.width && a.height == b.height;
}

bool same_segment(const Segment& a, const Segment& b) {
  return same_bits(a.start, b.start) && same_bits(a.end, b.end) && a.label == b.label &&
         a.label_id == b.label_id && a.score.has_value() == b.score.has_value() &&
         same_bits(a.score.value_or(0), b.score.value_or(0));
}

bool same_curve(const Curve& a, const Curve& b) {
  return a.name == b.name && a.description == b.description && a.unit == b.unit &&
         same_source(a.source, b.source) && same_all(a.times, b.times, same_bits) &&
         same_all(a.values, b.values, same_bits);
}

bool same_text(const TextTrack& a, const TextTrack& b) {
  return a.name == b.name && a.description == b.description && same_source(a.source, b.source) &&
         same_all(a.captions, b.captions, [](const Caption& c, const Caption& d) {
           return same_bits(c.start, d.start) && same_bits(c.end, d.end) && c.text == d.text;
         });
}

bool same_attachment(const Attachment& a, const Attachment& b) {
  return a.name == b.name && a.media_type == b.media_type && a.path == b.path && a.shape == b.shape &&
         same_bits(a.start, b.start) && same_bits(a.end, b.end);
}

}  // namespace

std::string RandomTimeline::text(bool may_be_empty) {
  std::string text;
  for (int i = below(6) + (may_be_empty ? 0 : 1); i > 0; --i) {
    const bool control = options_.control_characters && below(10) == 0;
    text += control ? kControls[static_cast<std::size_t>(below(kControls.size()))]
                    : kPieces[static_cast<std::size_t>(below(kPieces.size()))];
  }
  return text;
}

double RandomTimeline::time() {
  const double seconds = std::generate_canonical<double, 53>(random_) * options_.max_seconds;
  if (options_.milliseconds) return std::round(seconds * 1000) / 1000;
  return below(8) == 0 ? -seconds : seconds;
}

double RandomTimeline::score() {
  if (options_.four_digit_scores) return std::stod(fmt::format("{}e{}", below(19'999) - 9'999, below(9) - 4));
  return std::ldexp(std::generate_canonical<double, 53>(random_) - 0.5, below(40) - 20);
}

void RandomTimeline::span(double& start, double& end) {
  start = time();
  end = below(4) == 0 ? start : std::max(start, time());
}

Track RandomTimeline::track(const std::string& name) {
  Track track{.name = name};
  for (int i = below(6); i > 0; --i) {
    Segment segment;
    span(segment.start, segment.end);
    segment.label = text(options_.empty_labels);
    if (below(2) == 0) segment.label_id = below(1000);
    if (below(2) == 0) segment.score = score();
    track.segments.push_back(segment);
  }
  return track;
}

TextTrack RandomTimeline::text_track(const std::string& name) {
  TextTrack text_track{.name = name};
  for (int i = below(6); i > 0; --i) {
    Caption caption;
    span(caption.start, caption.end);
    caption.text = text(options_.empty_labels);
    text_track.captions.push_back(caption);
  }
  return text_track;
}

Timeline RandomTimeline::timeline() {
  const std::string hash(64, "0123456789abcdef"[below(16)]);
  Timeline timeline;
  timeline.video = {
      .path = text(true), .sha256 = below(2) ? hash : "", .start = time(), .duration = std::abs(time())};
  timeline.video.fps = below(2) ? 30000.0 / 1001 : 0;
  timeline.video.num_frames = below(100'000);
  timeline.video.width = below(8000);
  for (int i = below(4); i > 0; --i) {
    Track track = this->track(std::to_string(i) + text(true));
    track.description = text(true);
    if (below(2)) track.source = {text(true), hash};
    timeline.tracks.push_back(track);
  }
  for (int i = below(3); i > 0; --i) {
    timeline.texts.push_back(text_track(std::to_string(i) + text(true)));
    timeline.texts.back().description = text(true);
  }
  for (int i = below(3); i > 0; --i) {
    Curve curve{.name = std::to_string(i) + text(true), .unit = text(true)};
    for (int k = below(20); k > 0; --k) {
      curve.times.push_back(time());
      curve.values.push_back(below(5) == 0 ? std::numeric_limits<double>::quiet_NaN() : score());
    }
    std::sort(curve.times.begin(), curve.times.end());
    timeline.curves.push_back(curve);
  }
  for (int i = below(3); i > 0; --i) {
    Attachment attachment{
        .name = text(true), .media_type = "image/png", .path = "masks/" + std::to_string(i)};
    attachment.shape = {below(5), below(500)};
    span(attachment.start, attachment.end);
    timeline.attachments.push_back(attachment);
  }
  for (int i = below(3); i > 0; --i) timeline.warnings.push_back(text(true));
  sort_by_time(timeline);
  return timeline;
}

bool same(const Track& a, const Track& b) {
  return a.name == b.name && a.description == b.description && same_source(a.source, b.source) &&
         same_all(a.segments, b.segments, same_segment);
}

bool same(const Timeline& a, const Timeline& b) {
  return same_video(a.video, b.video) &&
         same_all(a.tracks, b.tracks, [](const Track& c, const Track& d) { return same(c, d); }) &&
         same_all(a.curves, b.curves, same_curve) && same_all(a.texts, b.texts, same_text) &&
         same_all(a.attachments, b.attachments, same_attachment) && a.warnings == b.warnings;
}

std::string damage(const std::string& bytes, std::mt19937& random) {
  std::string damaged = bytes;
  for (unsigned i = 1 + random() % 4; i > 0 && !damaged.empty(); --i) {
    const std::size_t at = random() % damaged.size();
    switch (random() % 5) {
      case 0:
        damaged.resize(at);
        break;
      case 1:
        damaged[at] = static_cast<char>(random());
        break;
      case 2:
        damaged.erase(at, 1 + random() % 8);
        break;
      case 3:
        damaged.insert(at, damaged.substr(random() % damaged.size(), random() % 40));
        break;
      default:
        damaged.insert(at, 1, "\"\\,:{}[]-0\n\r\t>;#=&<"[random() % 20]);
        break;
    }
  }
  return damaged;
}

}  // namespace zoetrope::timeline
