#include "zoetrope/timeline/frames.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/core/text_width.h"
#include "zoetrope/timeline/limits.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::timeline {
namespace {

bool is_known(const FrameClock& clock) {
  return clock.fps > 0 || !clock.times.empty();
}

void check_clock(const FrameClock& clock) {
  const bool rate_ok = clock.fps >= 0 && std::isfinite(clock.fps) && std::isfinite(clock.start);
  const bool times_ok = std::is_sorted(clock.times.begin(), clock.times.end());
  if (!rate_ok || !times_ok)
    throw Error::usage("frame text: the rate must be above 0 and the frames' times ascend");
}

std::int64_t count_frames(const VideoSource& video, const FrameClock& clock) {
  const auto num_times = static_cast<std::int64_t>(clock.times.size());
  if (num_times > 0) return num_times;
  if (video.num_frames > 0) return video.num_frames;
  const double frames = video.duration * clock.fps;
  if (!(frames < static_cast<double>(kMaxFrames))) return kMaxFrames + 1;
  return std::llround(frames);
}

void check_line(const std::string& label, std::string_view what) {
  const bool is_line = !label.empty() && label.find_first_of("\r\n") == std::string::npos;
  if (!is_line)
    throw Error::input("frame text: a {} must be a line, not '{}'", what, fit_width(label, kShownColumns));
}

}  // namespace

double FrameClock::edge(std::int64_t i) const {
  if (times.empty()) return start + static_cast<double>(i) / fps;
  const auto index = static_cast<std::size_t>(i);
  if (index < times.size()) return times[index];
  if (fps > 0) return times.back() + 1 / fps;
  return times.size() == 1 ? times[0] : 2 * times.back() - times[times.size() - 2];
}

std::vector<std::int64_t> segments_of_frames(const Track& track, const FrameClock& clock,
                                             std::int64_t num_frames) {
  const std::vector<Segment>& segments = track.segments;
  std::vector<std::int64_t> indices(static_cast<std::size_t>(num_frames), -1);
  // Segments that have begun, the one to prefer on top. One that has ended is dropped once it comes to the
  // top: nothing below it is preferred before.
  std::vector<std::size_t> begun;
  std::size_t next = 0;
  for (std::int64_t i = 0; i < num_frames; ++i) {
    const double middle = (clock.edge(i) + clock.edge(i + 1)) / 2;
    while (next < segments.size() && segments[next].start <= middle) {
      std::size_t end = next;
      while (end < segments.size() && segments[end].start == segments[next].start) ++end;
      for (std::size_t k = end; k > next; --k) begun.push_back(k - 1);
      next = end;
    }
    while (!begun.empty() && segments[begun.back()].end <= middle) begun.pop_back();
    if (!begun.empty()) indices[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(begun.back());
  }
  return indices;
}

std::string to_frames(const Timeline& timeline, const FrameClock& given, const std::string& background) {
  validate(timeline);
  const Track& track = only_track(timeline, "frame text");
  const FrameClock clock = is_known(given) ? given : FrameClock{timeline.video.start, timeline.video.fps};
  check_clock(clock);
  const std::int64_t num_frames = is_known(clock) ? count_frames(timeline.video, clock) : 0;
  if (num_frames <= 0)
    throw Error::usage("frame text: the video's frame rate and number of frames must be known");
  if (num_frames > kMaxFrames) throw Error::input("frame text: more than {} frames", kMaxFrames);
  check_line(background, "background");
  for (const Segment& segment : track.segments) check_line(segment.label, "label");

  std::string out;
  for (const std::int64_t index : segments_of_frames(track, clock, num_frames)) {
    out += index < 0 ? background : track.segments[static_cast<std::size_t>(index)].label;
    out += '\n';
    if (out.size() > kMaxFileBytes) throw Error::input("frame text: larger than {} bytes", kMaxFileBytes);
  }
  return out;
}

Timeline from_frames(std::string_view text, const std::string& name, const FrameClock& clock,
                     const std::string& background) {
  if (!is_known(clock)) throw Error::usage("{}: frame text has no times: give the frame rate", name);
  check_clock(clock);
  Timeline timeline;
  Track& track = timeline.tracks.emplace_back(Track{.name = "segments"});
  LineReader lines(text, name);
  std::string_view line, label;
  std::int64_t start = 0, num_frames = 0;
  const auto end_run = [&] {
    if (num_frames == start || label == background) return;
    track.segments.push_back({clock.edge(start), clock.edge(num_frames), std::string(label)});
  };
  for (; lines.next(line); ++num_frames) {
    if (trim(line).empty()) lines.fail("a frame without a class name");
    if (num_frames == kMaxFrames) lines.fail(fmt::format("more than {} frames", kMaxFrames));
    if (line == label) continue;
    end_run();
    label = line;
    start = num_frames;
  }
  end_run();
  const auto num_times = static_cast<std::int64_t>(clock.times.size());
  if (num_times > 0 && num_times != num_frames) {
    throw Error::input("{}: {} frames, but times for {}", name, num_frames, num_times);
  }
  timeline.video.start = clock.edge(0);
  timeline.video.duration = clock.edge(num_frames) - clock.edge(0);
  timeline.video.num_frames = num_frames;
  timeline.video.fps = clock.fps;
  validate(timeline, name);
  return timeline;
}

}  // namespace zoetrope::timeline
