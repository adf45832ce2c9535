#include "zoetrope/timeline/srt.h"

#include <gmock/gmock.h>

#include "tests/timeline/complaint.h"
#include "tests/timeline/random_timeline.h"

namespace zoetrope::timeline {
namespace {

std::string srt_complaint(const std::string& text) {
  return complaint_of([&] { (void)from_srt(text, "x.srt"); });
}

TEST(Srt, Writes) {
  Timeline timeline;
  timeline.tracks = {{.name = "action", .segments = {{0, 4.2, "pour <b>", 7, 0.91}, {4.2, 4.2, "", -1, 3}}}};
  timeline.texts = {{.name = "speech", .captions = {{1, 400'000, "a ---> b"}}}};
  EXPECT_EQ(to_srt(timeline),
            "1\n00:00:00,000 --> 00:00:04,200\npour <b> (0.91)\n\n"
            "2\n00:00:01,000 --> 111:06:40,000\na -> b\n\n"
            "3\n00:00:04,200 --> 00:00:04,200\n(3)\n");
  timeline.tracks.push_back({.name = "scene", .segments = {{9, 10, "kitchen"}}});
  EXPECT_THAT(to_srt(timeline), testing::HasSubstr("scene: kitchen\n"));
}

TEST(Srt, RandomCaptionsComeBack) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    RandomTimeline random(
        seed, {.max_seconds = seed % 3 ? 1e4 : 1e9, .milliseconds = true, .control_characters = false});
    Timeline timeline;
    timeline.texts = {random.text_track("captions")};
    sort_by_time(timeline);
    const std::string text = to_srt(timeline);
    if (timeline.texts[0].captions.empty()) timeline.texts.clear();
    for (TextTrack& track : timeline.texts) {
      for (Caption& caption : track.captions) {
        for (std::size_t at = 0; (at = caption.text.find("-->")) != std::string::npos;)
          caption.text.erase(at, 1);
        caption.text.erase(caption.text.find_last_not_of('\n') + 1);
      }
    }
    EXPECT_TRUE(same(from_srt(text, "t"), timeline)) << text;
  }
}

TEST(Srt, ReadsWhatOthersWrite) {
  const Timeline timeline = from_srt(
      "\xef\xbb\xbf\r\n1\r\n00:00:01,500 --> 00:00:02,500  X1:40 X2:600\r\n<i>Hello</i>,\r\n\r\nworld 3\r\n"
      "2\r\n0:00:02.5 --> 100:00:00,000\r\n1984\r\n\r\n\r\n"
      "00:00:02,000 --> 00:00:09,000\r\nno number",
      "t");
  ASSERT_EQ(timeline.texts.size(), 1U);
  const auto& captions = timeline.texts[0].captions;
  ASSERT_EQ(captions.size(), 3U);
  EXPECT_EQ(captions[0].text, "<i>Hello</i>,\n\nworld 3");
  EXPECT_EQ(captions[1].text, "no number");
  EXPECT_EQ(captions[2].text, "1984");
  EXPECT_EQ(captions[2].start, 2.5);
  EXPECT_EQ(captions[2].end, 360'000);
}

TEST(Srt, EmptyAndRefused) {
  EXPECT_TRUE(from_srt("", "t").texts.empty());
  EXPECT_EQ(to_srt({}), "");
  EXPECT_EQ(srt_complaint("1\nhello\n"),
            "x.srt:2: no SRT: text before the first cue's times, as in \"00:00:01,000 --> 00:00:04,000\"");
  EXPECT_EQ(srt_complaint("1\n00:00:05,000 --> 00:00:01,000\n"), "x.srt:2: the cue ends before it starts");
}

TEST(Srt, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(5);
  for (unsigned seed = 0; seed < 3000; ++seed) {
    (void)srt_complaint(damage(to_srt(RandomTimeline(seed % 50).timeline()), random));
  }
}

}  // namespace
}  // namespace zoetrope::timeline
