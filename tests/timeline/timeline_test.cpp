#include "zoetrope/timeline/timeline.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::timeline {
namespace {

Timeline small_timeline() {
  Timeline timeline;
  timeline.video = {.path = "kitchen.mp4", .sha256 = std::string(64, 'a'), .start = 0.5, .duration = 60};
  timeline.tracks = {
      {.name = "shots", .segments = {{.start = 0, .end = 4}, {.start = 4, .end = 4}}},
      {.name = "action", .segments = {{.start = 1, .end = 70, .label = "pour", .score = 0.9}}}};
  timeline.curves = {{.name = "motion", .times = {0, 1, 1}, .values = {3, std::nan(""), 4}}};
  timeline.texts = {{.name = "speech", .captions = {{1, 2, "hello"}}}};
  timeline.attachments = {{.name = "mask", .path = "masks/0.png", .shape = {2, 3}, .start = 0, .end = 1}};
  return timeline;
}

std::string complaint(const std::function<void(Timeline&)>& break_it) {
  Timeline timeline = small_timeline();
  break_it(timeline);
  try {
    validate(timeline, "t.json");
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
}

TEST(Timeline, FindTrack) {
  const Timeline timeline = small_timeline();
  EXPECT_EQ(find_track(timeline, "action"), &timeline.tracks[1]);
  EXPECT_EQ(find_track(timeline, "scene"), nullptr);
}

TEST(Timeline, SortKeepsTheOrderOfEqualSpans) {
  Timeline timeline;
  timeline.tracks = {{.name = "t", .segments = {{2, 3, "c"}, {0, 5, "b"}, {0, 1, "x"}, {0, 1, "a"}}}};
  sort_by_time(timeline);
  std::string order;
  for (const Segment& segment : timeline.tracks[0].segments) order += segment.label;
  EXPECT_EQ(order, "xabc");
}

TEST(Validate, AcceptsWhatIsWhole) {
  EXPECT_EQ(complaint([](Timeline&) {}), "");
  EXPECT_NO_THROW(validate(Timeline{}));
}

TEST(Validate, NamesFilePlaceAndRule) {
  EXPECT_EQ(complaint([](Timeline& t) { t.tracks[1].segments[0].end = 0.5; }),
            "t.json: tracks[1].segments[0].end: 0.5 is before the start, 1");
}

TEST(Validate, RefusesEachBrokenRule) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  using testing::HasSubstr;
  const std::vector<std::pair<std::function<void(Timeline&)>, std::string>> cases = {
      {[=](Timeline& t) { t.video.sha256 = "ABC"; }, "video.sha256"},
      {[=](Timeline& t) { t.video.start = kNan; }, "video.start"},
      {[=](Timeline& t) { t.video.duration = -1; }, "video.duration"},
      {[=](Timeline& t) { t.video.fps = kInfinity; }, "video.fps"},
      {[=](Timeline& t) { t.video.num_frames = -1; }, "video.num_frames"},
      {[=](Timeline& t) { t.video.height = -1; }, "video: width and height"},
      {[=](Timeline& t) { t.tracks[0].name = ""; }, "tracks[0].name"},
      {[=](Timeline& t) { t.tracks[1].name = "shots"; }, "tracks[1].name: is there twice: 'shots'"},
      {[=](Timeline& t) { t.tracks[0].source.sha256 = "x"; }, "tracks[0].source.sha256"},
      {[=](Timeline& t) { t.tracks[0].segments[0].start = -kInfinity; }, "tracks[0].segments[0].start"},
      {[=](Timeline& t) { t.tracks[0].segments[0].end = 2e12; }, "tracks[0].segments[0].end"},
      {[=](Timeline& t) {
         t.tracks[0].segments[1] = {3, 4};
         t.tracks[0].segments[0] = {3, 5};
       },
       "segments[1]: is out of"},
      {[=](Timeline& t) { t.tracks[1].segments[0].score = kNan; }, "tracks[1].segments[0].score"},
      {[=](Timeline& t) { t.tracks[1].segments[0].label_id = -2; }, "tracks[1].segments[0].label_id"},
      {[=](Timeline& t) { t.curves[0].values.pop_back(); }, "curves[0]: has 3 times but 2 values"},
      {[=](Timeline& t) { t.curves[0].times[2] = 0.5; }, "curves[0].times[2]"},
      {[=](Timeline& t) { t.curves[0].values[0] = kInfinity; }, "curves[0].values[0]"},
      {[=](Timeline& t) { t.curves.push_back(t.curves[0]); }, "curves[1].name"},
      {[=](Timeline& t) { t.texts[0].captions[0].end = 0; }, "texts[0].captions[0].end"},
      {[=](Timeline& t) { t.texts[0].name = ""; }, "texts[0].name"},
      {[=](Timeline& t) { t.attachments[0].path = ""; }, "attachments[0].path"},
      {[=](Timeline& t) { t.attachments[0].path = "/etc/passwd"; }, "attachments[0].path"},
      {[=](Timeline& t) { t.attachments[0].path = "masks/../../x"; }, "attachments[0].path"},
      {[=](Timeline& t) { t.attachments[0].shape = {-1}; }, "attachments[0].shape"},
      {[=](Timeline& t) { t.attachments[0].end = -1; }, "attachments[0].end"},
  };
  for (const auto& [break_it, expected] : cases) EXPECT_THAT(complaint(break_it), HasSubstr(expected));
}

}  // namespace
}  // namespace zoetrope::timeline
