#include "zoetrope/timeline/timeline.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <unordered_set>

#include "zoetrope/core/error.h"
#include "zoetrope/core/text_width.h"
#include "zoetrope/timeline/limits.h"

namespace zoetrope::timeline {
namespace {

// Finds the first broken rule. The place of a value is put into words only once there is something to say of
// it.
class Validator {
 public:
  explicit Validator(const std::string& name) : name_(name) {}

  void video(const VideoSource& video) const {
    hash("video.sha256", video.sha256);
    time("video.start", video.start);
    if (!(video.duration >= 0 && video.duration <= kMaxSeconds))
      fail("video.duration", "must be seconds, 0 or more");
    if (!(video.fps >= 0 && std::isfinite(video.fps))) fail("video.fps", "must be a number, 0 or more");
    if (video.num_frames < 0) fail("video.num_frames", "must be 0 or more");
    if (video.width < 0 || video.height < 0) fail("video", "width and height must be 0 or more");
  }

  template <typename Part>
  void names(const char* list, const std::vector<Part>& parts) const {
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string& name = parts[i].name;
      if (name.empty()) fail(fmt::format("{}[{}].name", list, i), "must not be empty");
      if (!seen.insert(name).second)
        fail(fmt::format("{}[{}].name", list, i),
             fmt::format("is there twice: '{}'", fit_width(name, kShownColumns)));
    }
  }

  // Segments and captions: any range of things with a start and an end.
  template <typename Range>
  void spans(const std::string& list, const Range& range) const {
    for (std::size_t i = 0; i < range.size(); ++i) {
      const double start = range[i].start;
      const double end = range[i].end;
      if (!is_time(start)) fail(fmt::format("{}[{}].start", list, i), kTimeRule);
      if (!is_time(end)) fail(fmt::format("{}[{}].end", list, i), kTimeRule);
      if (end < start) {
        fail(fmt::format("{}[{}].end", list, i), fmt::format("{} is before the start, {}", end, start));
      }
      if (i == 0) continue;
      const auto& before = range[i - 1];
      const bool sorted = before.start < start || (before.start == start && before.end <= end);
      if (!sorted) fail(fmt::format("{}[{}]", list, i), "is out of order; sort by start, then end");
    }
  }

  void scores(const std::string& list, const std::vector<Segment>& segments) const {
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (segments[i].score && !std::isfinite(*segments[i].score)) {
        fail(fmt::format("{}[{}].score", list, i), "must be a finite number, or absent");
      }
      if (segments[i].label_id < -1) fail(fmt::format("{}[{}].label_id", list, i), "must be -1 or more");
    }
  }

  void curve(const std::string& place, const Curve& curve) const {
    if (curve.times.size() != curve.values.size()) {
      fail(place, fmt::format("has {} times but {} values", curve.times.size(), curve.values.size()));
    }
    for (std::size_t i = 0; i < curve.times.size(); ++i) {
      if (!is_time(curve.times[i])) fail(fmt::format("{}.times[{}]", place, i), kTimeRule);
      if (i > 0 && curve.times[i] < curve.times[i - 1])
        fail(fmt::format("{}.times[{}]", place, i), "descends");
      if (std::isinf(curve.values[i])) fail(fmt::format("{}.values[{}]", place, i), "must be finite, or NaN");
    }
  }

  void attachment(const std::string& place, const Attachment& attachment) const {
    const std::filesystem::path path(attachment.path);
    const bool leaves = path.empty() || path.is_absolute() ||
                        std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
    if (leaves)
      fail(place + ".path", fmt::format("must be relative and stay below the timeline's folder: '{}'",
                                        fit_width(attachment.path, kShownColumns)));
    const bool negative =
        std::any_of(attachment.shape.begin(), attachment.shape.end(), [](auto n) { return n < 0; });
    if (negative) fail(place + ".shape", "must be 0 or more");
    time(place + ".start", attachment.start);
    time(place + ".end", attachment.end);
    if (attachment.end < attachment.start) fail(place + ".end", "is before the start");
  }

  void hash(const std::string& place, const std::string& sha256) const {
    const bool hex = sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!sha256.empty() && (sha256.size() != 64 || !hex))
      fail(place, "must be 64 lower-case hex digits, or empty");
  }

 private:
  static constexpr const char* kTimeRule = "must be a finite number of seconds";

  static bool is_time(double seconds) { return std::abs(seconds) <= kMaxSeconds; }

  void time(const std::string& place, double seconds) const {
    if (!is_time(seconds)) fail(place, kTimeRule);
  }

  [[noreturn]] void fail(const std::string& place, const std::string& what) const {
    throw Error::input("{}: {}: {}", name_, place, what);
  }

  const std::string& name_;
};

template <typename Range>
void sort_spans(Range& range) {
  std::stable_sort(range.begin(), range.end(), [](const auto& a, const auto& b) {
    return a.start != b.start ? a.start < b.start : a.end < b.end;
  });
}

}  // namespace

const Track* find_track(const Timeline& timeline, const std::string& name) {
  for (const Track& track : timeline.tracks) {
    if (track.name == name) return &track;
  }
  return nullptr;
}

const Track& only_track(const Timeline& timeline, const std::string& format) {
  if (timeline.tracks.size() == 1) return timeline.tracks.front();
  if (timeline.tracks.empty()) throw Error::usage("{} holds one track, but the timeline has none", format);
  std::string names;
  for (const Track& track : timeline.tracks)
    names.append(names.empty() ? "" : ", ").append(fit_width(track.name, kShownColumns));
  throw Error::usage("{} holds one track, but the timeline has several ({}): choose one", format, names);
}

void sort_by_time(Timeline& timeline) {
  for (Track& track : timeline.tracks) sort_spans(track.segments);
  for (TextTrack& text : timeline.texts) sort_spans(text.captions);
}

void validate(const Timeline& timeline, const std::string& name) {
  const Validator check(name);
  check.video(timeline.video);
  check.names("tracks", timeline.tracks);
  check.names("curves", timeline.curves);
  check.names("texts", timeline.texts);
  for (std::size_t i = 0; i < timeline.tracks.size(); ++i) {
    const std::string place = fmt::format("tracks[{}]", i);
    check.hash(place + ".source.sha256", timeline.tracks[i].source.sha256);
    check.spans(place + ".segments", timeline.tracks[i].segments);
    check.scores(place + ".segments", timeline.tracks[i].segments);
  }
  for (std::size_t i = 0; i < timeline.curves.size(); ++i) {
    check.hash(fmt::format("curves[{}].source.sha256", i), timeline.curves[i].source.sha256);
    check.curve(fmt::format("curves[{}]", i), timeline.curves[i]);
  }
  for (std::size_t i = 0; i < timeline.texts.size(); ++i) {
    check.hash(fmt::format("texts[{}].source.sha256", i), timeline.texts[i].source.sha256);
    check.spans(fmt::format("texts[{}].captions", i), timeline.texts[i].captions);
  }
  for (std::size_t i = 0; i < timeline.attachments.size(); ++i) {
    check.attachment(fmt::format("attachments[{}]", i), timeline.attachments[i]);
  }
}

}  // namespace zoetrope::timeline
