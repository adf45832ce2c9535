#include "zoetrope/timeline/frames.h"

#include <gmock/gmock.h>

#include "tests/timeline/complaint.h"
#include "tests/timeline/random_timeline.h"
#include "zoetrope/core/files.h"
#include "zoetrope/timeline/json.h"
#include "zoetrope/timeline/limits.h"
#include "zoetrope/timeline/webvtt.h"

namespace zoetrope::timeline {
namespace {

FrameClock at_rate(double fps, double start = 0) {
  return {.start = start, .fps = fps};
}

Timeline labelled(std::vector<Segment> segments, double fps, std::int64_t num_frames) {
  Timeline timeline;
  timeline.video.fps = fps;
  timeline.video.num_frames = num_frames;
  timeline.tracks = {{.name = "t", .segments = std::move(segments)}};
  return timeline;
}

std::string frames_complaint(const std::string& text, const FrameClock& clock) {
  return complaint_of([&] { (void)from_frames(text, "x.txt", clock); });
}

TEST(Frames, ReadsRunsAndLeavesBackgroundOut) {
  const Timeline timeline = from_frames("a\na\nbackground\nb\r\nb\n", "t", at_rate(2, 10));
  ASSERT_EQ(timeline.tracks.size(), 1U);
  EXPECT_EQ(timeline.tracks[0].name, "segments");
  const auto& segments = timeline.tracks[0].segments;
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].label, "a");
  EXPECT_EQ(segments[0].start, 10);
  EXPECT_EQ(segments[0].end, 11);
  EXPECT_EQ(segments[1].start, 11.5);
  EXPECT_EQ(segments[1].end, 12.5);
  EXPECT_EQ(timeline.video.num_frames, 5);
  EXPECT_EQ(timeline.video.duration, 2.5);
}

TEST(Frames, NoBackgroundMeansEveryLabelIsASegment) {
  EXPECT_EQ(from_frames("SIL\na\nSIL", "t", at_rate(1), "").tracks.at(0).segments.size(), 3U);
  EXPECT_EQ(from_frames("SIL\na\nSIL", "t", at_rate(1), "SIL").tracks.at(0).segments.size(), 1U);
}

TEST(Frames, BoundariesGoToTheNearestFrame) {
  EXPECT_EQ(to_frames(labelled({{1.4, 2.6, "a"}}, 1, 4)), "background\na\na\nbackground\n");
  // The middle of frame 1 is 1.5: a segment that starts just there has the frame, one that ends there has
  // not.
  EXPECT_EQ(to_frames(labelled({{0, 1.5, "a"}, {1.5, 3, "b"}}, 1, 3)), "a\nb\nb\n");
  EXPECT_EQ(to_frames(labelled({{-5, 100, "a"}}, 1, 2)), "a\na\n");
  EXPECT_EQ(to_frames(labelled({{1, 1, "a"}}, 1, 2)), "background\nbackground\n");
}

TEST(Frames, TheLatestStartHasTheFrame) {
  EXPECT_EQ(to_frames(labelled({{0, 6, "a"}, {1, 5, "b"}, {2, 3, "c"}}, 1, 6)), "a\nb\nc\nb\nb\na\n");
  EXPECT_EQ(to_frames(labelled({{0, 2, "best"}, {0, 2, "second"}, {0, 3, "longer"}}, 1, 3)),
            "best\nbest\nlonger\n");
}

TEST(Frames, RealLabelsComeBack) {
  const std::string path = std::string(ZOETROPE_TEST_DATA) + "/timeline/50salads_rgb-01-1.txt";
  const std::string text = read_text_file(path, 100'000);
  const Timeline timeline = from_frames(text, path, at_rate(1));
  EXPECT_EQ(timeline.video.num_frames, 325);
  EXPECT_EQ(timeline.tracks.at(0).segments.at(0).label, "cut_tomato");
  EXPECT_EQ(timeline.tracks[0].segments[0].end, 54);
  EXPECT_EQ(to_frames(timeline), text);
}

std::string random_frames(RandomTimeline& random, int num_frames) {
  std::string text;
  while (num_frames > 0) {
    const std::string label =
        std::vector<std::string>{"a", "pour milk", "background", "日本 語"}[random.below(4)];
    for (int i = std::min(num_frames, 1 + random.below(9)); i > 0; --i, --num_frames) text += label + "\n";
  }
  return text;
}

TEST(Frames, AnyFramesComeBackAtAnyRate) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomTimeline random(seed);
    const std::string text = random_frames(random, 1 + random.below(200));
    const double fps =
        std::vector<double>{1, 15, 25, 30000.0 / 1001, 59.94, 0.6, 1000.0 / 3, 1e-3}[random.below(8)];
    const Timeline timeline = from_frames(text, "t", at_rate(fps, random.time()));
    EXPECT_EQ(to_frames(timeline), text) << fps;
    EXPECT_EQ(to_frames(from_json(to_json(timeline), "t")), text) << fps;
  }
}

TEST(Frames, FramesSurviveFormatsThatRoundToMilliseconds) {
  RandomTimeline random(1);
  const std::string text = random_frames(random, 500);
  const Timeline timeline = from_frames(text, "t", at_rate(30000.0 / 1001));
  Timeline back = from_webvtt(to_webvtt(timeline), "t");
  back.video = timeline.video;
  EXPECT_EQ(to_frames(back), text);
}

TEST(Frames, GivenTimesMayBeUneven) {
  FrameClock clock;
  clock.times = {0, 0.1, 1, 5};
  const Timeline timeline = from_frames("a\nb\nb\nc\n", "t", clock);
  EXPECT_EQ(timeline.tracks.at(0).segments.at(1).start, 0.1);
  EXPECT_EQ(timeline.tracks[0].segments[1].end, 5);
  EXPECT_EQ(timeline.tracks[0].segments.at(2).end, 9);  // as long as the frame before
  EXPECT_EQ(to_frames(timeline, clock), "a\nb\nb\nc\n");
  clock.fps = 10;
  EXPECT_EQ(from_frames("a\nb\nb\nc\n", "t", clock).tracks[0].segments[2].end, 5.1);
}

TEST(Frames, NumberOfFramesMayComeFromTheDuration) {
  Timeline timeline = labelled({{0, 1, "a"}}, 4, 0);
  timeline.video.duration = 1.5;
  EXPECT_EQ(to_frames(timeline), "a\na\na\na\nbackground\nbackground\n");
}

TEST(Frames, RefusesWhatItCannotKnowOrHold) {
  EXPECT_THAT(frames_complaint("a\n", {}), testing::HasSubstr("give the frame rate"));
  EXPECT_EQ(frames_complaint("a\n\nb\n", at_rate(1)), "x.txt:2: a frame without a class name");
  FrameClock timed;
  timed.times = {0, 1};
  EXPECT_EQ(frames_complaint("a\n", timed), "x.txt: 1 frames, but times for 2");
  timed.times = {1, 0};
  EXPECT_NE(frames_complaint("a\nb", timed), "");
  EXPECT_NE(frames_complaint("a\nb", at_rate(1e-300)), "");
  const auto writing = [](const Timeline& timeline) {
    return complaint_of([&] { (void)to_frames(timeline); });
  };
  EXPECT_THAT(writing(labelled({}, 0, 5)), testing::HasSubstr("must be known"));
  EXPECT_THAT(writing(labelled({}, 5, 0)), testing::HasSubstr("must be known"));
  EXPECT_THAT(writing(labelled({{0, 1, ""}}, 5, 5)), testing::HasSubstr("a label must be a line"));
  EXPECT_THAT(writing(labelled({{0, 1, "a\nb"}}, 5, 5)), testing::HasSubstr("a label must be a line"));
  EXPECT_THAT(writing(labelled({}, 5, kMaxFrames + 1)), testing::HasSubstr("more than"));
  EXPECT_THAT(writing(labelled({{0, 1e6, std::string(100'000, 'x')}}, 1, 1'000'000)),
              testing::HasSubstr("larger than"));
}

}  // namespace
}  // namespace zoetrope::timeline
