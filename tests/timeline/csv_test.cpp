#include "zoetrope/timeline/csv.h"

#include <gmock/gmock.h>

#include "tests/timeline/complaint.h"
#include "tests/timeline/random_timeline.h"

namespace zoetrope::timeline {
namespace {

std::string csv_complaint(const std::string& text) {
  return complaint_of([&] { (void)from_csv(text, "x.csv"); });
}

TEST(Csv, Writes) {
  Timeline timeline;
  timeline.tracks = {
      {.name = "action", .segments = {{0, 4.2, "pour milk", 7, 0.91}, {4.2, 5, "stir, \"slowly\"\n "}}}};
  EXPECT_EQ(to_csv(timeline),
            "track,start,end,label,label_id,score\n"
            "action,0,4.2,pour milk,7,0.91\n"
            "action,4.2,5,\"stir, \"\"slowly\"\"\n \",,\n");
}

TEST(Csv, RandomTracksComeBackToTheBit) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Timeline timeline = RandomTimeline(seed, {.max_seconds = seed % 2 ? 1e4 : kMaxSeconds}).timeline();
    Timeline held;
    for (const Track& track : timeline.tracks) {
      if (!track.segments.empty()) held.tracks.push_back({.name = track.name, .segments = track.segments});
    }
    const std::string text = to_csv(timeline);
    EXPECT_TRUE(same(from_csv(text, "t"), held)) << text;
  }
}

TEST(Csv, ReadsWhatOthersWrite) {
  const Timeline timeline = from_csv(
      "\xef\xbb\xbflabel,colour, end ,start\r\n\"a\",red,2,1\r\n\r\nb,\"x\ny\", 3.5 ,0.5\rc,,4,4", "t");
  ASSERT_EQ(timeline.tracks.size(), 1U);
  EXPECT_EQ(timeline.tracks[0].name, "segments");
  ASSERT_EQ(timeline.tracks[0].segments.size(), 3U);
  EXPECT_EQ(timeline.tracks[0].segments[0].label, "b");
  EXPECT_EQ(timeline.tracks[0].segments[0].end, 3.5);
  EXPECT_EQ(timeline.tracks[0].segments[2].label, "c");
  EXPECT_TRUE(from_csv("start,end,label\n", "t").tracks.empty());
}

TEST(Csv, RefusesWithTheLine) {
  EXPECT_EQ(csv_complaint(""), "x.csv:1: no header; it is \"track,start,end,label,label_id,score\"");
  EXPECT_EQ(csv_complaint("start,stop,label"), "x.csv:1: the header has no column \"end\"");
  EXPECT_EQ(csv_complaint("start,end,label\n1,2,a\n1,x,b"), "x.csv:3: end: no number: 'x'");
  EXPECT_EQ(csv_complaint("start,end,label\n1,\"x\ny\",b"), "x.csv:2: end: no number: 'x?y'");
  EXPECT_EQ(csv_complaint("start,end,label\r\n\r\n1,2,\"a\rb\nc\r\nd\"\r1,x,e"),
            "x.csv:7: end: no number: 'x'");
  EXPECT_LT(csv_complaint("start,end,label\n1," + std::string(1'000'000, 'x') + ",b").size(), 200U);
  EXPECT_EQ(csv_complaint("start,end,label\n1"), "x.csv:2: end: no number: ''");
  EXPECT_EQ(csv_complaint("start,end,label\n1,2,\"a"), "x.csv:2: a quoted field has no closing quote");
  EXPECT_EQ(csv_complaint("start,end,label\n1,2,\"a\"b"),
            "x.csv:2: a quoted field goes on after its closing quote");
  EXPECT_EQ(csv_complaint("start,end,label,label_id\n1,2,a,b"), "x.csv:2: label_id: no integer: 'b'");
  EXPECT_EQ(csv_complaint("start,end,label\n2,1,a"),
            "x.csv: tracks[0].segments[0].end: 1 is before the start, 2");
  EXPECT_THAT(csv_complaint("start,end,label\nnan,1,a"), testing::HasSubstr("must be a finite number"));
}

TEST(Csv, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(6);
  for (unsigned seed = 0; seed < 3000; ++seed) {
    (void)csv_complaint(damage(to_csv(RandomTimeline(seed % 50).timeline()), random));
  }
}

}  // namespace
}  // namespace zoetrope::timeline
