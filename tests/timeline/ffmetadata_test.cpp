#include "zoetrope/timeline/ffmetadata.h"

#include <gmock/gmock.h>

#include "tests/timeline/complaint.h"
#include "tests/timeline/random_timeline.h"

namespace zoetrope::timeline {
namespace {

std::string ffmetadata_complaint(const std::string& text) {
  return complaint_of([&] { (void)from_ffmetadata(text, "x.ffmeta"); });
}

TEST(FfMetadata, Writes) {
  Timeline timeline;
  timeline.tracks = {{.name = "parts", .segments = {{0, 4.2, "a=b; #1\\\nc", 7, 0.91}}}};
  EXPECT_EQ(to_ffmetadata(timeline),
            ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=4200\ntitle=a\\=b\\; \\#1\\\\\\\nc\n");
}

TEST(FfMetadata, RandomTracksComeBack) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomTimeline random(seed, {.max_seconds = seed % 3 ? 1e4 : 1e9, .milliseconds = true});
    Timeline timeline;
    timeline.tracks = {random.track("chapters")};
    for (Segment& segment : timeline.tracks[0].segments)
      segment = {segment.start, segment.end, segment.label};
    sort_by_time(timeline);
    const std::string text = to_ffmetadata(timeline);
    if (timeline.tracks[0].segments.empty()) timeline.tracks.clear();
    EXPECT_TRUE(same(from_ffmetadata(text, "t"), timeline)) << text;
  }
}

// As `ffmpeg -i chapters.mkv -f ffmetadata -` writes it, and with what people type by hand.
TEST(FfMetadata, ReadsWhatOthersWrite) {
  const Timeline timeline = from_ffmetadata(
      ";FFMETADATA1\r\nencoder=Lavf59.27.100\r\n# a "
      "comment\r\n\r\n[CHAPTER]\r\nSTART=1000000000\r\nEND=2500000000\r\n"
      "title=Intro\r\nartist=x\r\n[STREAM]\r\ntitle=of a "
      "stream\r\n[CHAPTER]\nTIMEBASE=1/25\nSTART=-25\nEND=0\n",
      "t");
  ASSERT_EQ(timeline.tracks.size(), 1U);
  EXPECT_EQ(timeline.tracks[0].name, "chapters");
  const auto& segments = timeline.tracks[0].segments;
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].start, -1);
  EXPECT_EQ(segments[0].label, "");
  EXPECT_EQ(segments[1].start, 1);
  EXPECT_EQ(segments[1].end, 2.5);
  EXPECT_EQ(segments[1].label, "Intro");
}

TEST(FfMetadata, NeedsExactlyOneTrack) {
  Timeline timeline;
  EXPECT_EQ(complaint_of([&] { (void)to_ffmetadata(timeline); }),
            "FFMETADATA holds one track, but the timeline has none");
  timeline.tracks = {{.name = "shots"}, {.name = "parts"}};
  EXPECT_EQ(complaint_of([&] { (void)to_ffmetadata(timeline); }),
            "FFMETADATA holds one track, but the timeline has several (shots, parts): choose one");
}

TEST(FfMetadata, RefusesWithTheLine) {
  const std::string head = ";FFMETADATA1\n[CHAPTER]\n";
  EXPECT_EQ(ffmetadata_complaint("title=x"),
            "x.ffmeta: no FFMETADATA: the first line is not \";FFMETADATA1\"");
  EXPECT_EQ(ffmetadata_complaint(head + "START=x"), "x.ffmeta:3: START: no integer: 'x'");
  EXPECT_EQ(ffmetadata_complaint(head + "title=a\\\nb\nEND=1.5"), "x.ffmeta:5: END: no integer: '1.5'");
  EXPECT_EQ(ffmetadata_complaint(head + "START=1\n"),
            "x.ffmeta:3: the chapter that ends here has no START or no END");
  EXPECT_EQ(ffmetadata_complaint(head + "START=2\nEND=1\n"),
            "x.ffmeta:4: the chapter that ends here has its END before its START");
  EXPECT_EQ(ffmetadata_complaint(head + "TIMEBASE=1/0\n"), "x.ffmeta:3: TIMEBASE must be above zero");
  EXPECT_EQ(ffmetadata_complaint(head + "TIMEBASE=1\n"),
            "x.ffmeta:3: TIMEBASE must be a fraction, as in 1/1000");
  EXPECT_EQ(ffmetadata_complaint(head + "nothing\n"),
            "x.ffmeta:3: neither a section nor a tag, as in \"title=Opening\"");
}

TEST(FfMetadata, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(7);
  for (unsigned seed = 0; seed < 3000; ++seed) {
    Timeline timeline;
    timeline.tracks = {RandomTimeline(seed % 50).track("t")};
    sort_by_time(timeline);
    (void)ffmetadata_complaint(damage(to_ffmetadata(timeline), random));
  }
}

}  // namespace
}  // namespace zoetrope::timeline
