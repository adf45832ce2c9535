#pragma once
// The one result type of Zoetrope: everything that the program says of a video.
//
//   Timeline t;
//   t.video = {.path = "kitchen.mp4", .duration = 62.5};
//   const Segment pour = {.start = 0, .end = 4.2, .label = "pour milk", .score = 0.91};
//   t.tracks.push_back({.name = "action", .segments = {pour}});
//
// A clip's class is a track with one segment; tags are a track of many labels over the same span; a
// segmentation is a track without gaps; a detection is a track with gaps. Features are no results and live
// elsewhere (.npy).
//
// Times are seconds on the video's own clock (its presentation times, which need not begin at zero); every
// span is half open, [start, end). Ids are a model's class ids, or -1 where a label has none. Text is UTF-8.
// (Every member has an initialiser, so that naming a few gives no warning.)

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zoetrope::timeline {

/// No time lies farther from zero than this many seconds (some 30,000 years), so that milliseconds and frame
/// numbers fit their integers; clocks that count from 1970 are well within.
inline constexpr double kMaxSeconds = 1e12;

/// What the timeline speaks of. Fields that are unknown are empty or zero.
struct VideoSource {
  std::string path{};    ///< as it was given to the program
  std::string sha256{};  ///< of the file's bytes, 64 lower-case hex digits
  double start = 0;      ///< seconds: presentation time of the first frame
  double duration = 0;   ///< seconds from `start` to the end of the last frame
  std::int64_t num_frames = 0;
  double fps = 0;          ///< average frame rate
  std::int64_t width = 0;  ///< pixels as shown, after rotation
  std::int64_t height = 0;
};

/// A labelled span of time. Several labels of one span are several segments.
struct Segment {
  double start = 0;
  double end = 0;
  std::string label{};
  std::int64_t label_id = -1;
  std::optional<double> score{};  ///< in the unit that the track's description names; absent is not zero
};

/// Where a track came from.
struct Source {
  std::string name{};    ///< a bundle's or method's name: "shots", "mucon_breakfast"
  std::string sha256{};  ///< the bundle's hash; empty for what needs no model
};

struct Track {
  std::string name{};         ///< not empty, unique among the tracks: "shots", "action"
  std::string description{};  ///< one sentence for people: what the labels and scores mean
  Source source{};
  std::vector<Segment> segments{};  ///< sorted by start, then end; those of one span best first
};

/// A quantity over time. `times` never descend; `values` are finite, or NaN where nothing is known.
struct Curve {
  std::string name{};  ///< not empty, unique among the curves
  std::string description{};
  std::string unit{};
  Source source{};
  std::vector<double> times{};
  std::vector<double> values{};
};

struct Caption {
  double start = 0;
  double end = 0;
  std::string text{};
};

struct TextTrack {
  std::string name{};  ///< not empty, unique among the texts
  std::string description{};
  Source source{};
  std::vector<Caption> captions{};  ///< sorted by start, then end
};

/// What is not a segment: a mask, the tokens that were kept. The bytes are a file beside the timeline.
struct Attachment {
  std::string name{};
  std::string media_type{};           ///< "image/png", "application/x-npy"
  std::string path{};                 ///< relative to the timeline's own file, and below its folder
  std::vector<std::int64_t> shape{};  ///< of an array; empty otherwise
  double start = 0;                   ///< the span that it speaks of
  double end = 0;
};

struct Timeline {
  VideoSource video{};
  std::vector<Track> tracks{};
  std::vector<Curve> curves{};
  std::vector<TextTrack> texts{};
  std::vector<Attachment> attachments{};
  std::vector<std::string> warnings{};  ///< what a reader of the results must know: lost frames
};

/// The track of that name, or nullptr.
[[nodiscard]] const Track* find_track(const Timeline& timeline, const std::string& name);

/// The only track, for formats that hold one. Throws Error (kUsage), naming those there are, where it is not
/// the only.
[[nodiscard]] const Track& only_track(const Timeline& timeline, const std::string& format);

/// Puts segments and captions into the order that this header asks for; what has the same span keeps its
/// order.
void sort_by_time(Timeline& timeline);

/// Throws Error (kInput) at the first rule of this header that is broken, as "NAME:
/// tracks[2].segments[0].end: ...": end before start, a time or score that is no finite number, segments out
/// of order, two tracks of one name, a curve whose times descend or whose lengths differ, a hash that is
/// none, an attachment whose path leaves the timeline's folder. Overlapping segments are no error, nor are
/// segments that reach beyond the video (published annotations do). Every writer of this folder validates
/// what it writes, every reader what it has read.
void validate(const Timeline& timeline, const std::string& name = "timeline");

}  // namespace zoetrope::timeline
