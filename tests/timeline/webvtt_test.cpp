#include "zoetrope/timeline/webvtt.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/timeline/complaint.h"
#include "tests/timeline/random_timeline.h"

namespace zoetrope::timeline {
namespace {

std::string webvtt_complaint(const std::string& text) {
  return complaint_of([&] { (void)from_webvtt(text, "x.vtt"); });
}

// What WebVTT holds of a timeline, tracks in the order of their names.
Timeline held_by_webvtt(const Timeline& timeline) {
  Timeline held;
  for (const Track& track : timeline.tracks) {
    if (!track.segments.empty()) held.tracks.push_back({.name = track.name, .segments = track.segments});
  }
  for (const TextTrack& text : timeline.texts) {
    if (!text.captions.empty()) held.texts.push_back({.name = text.name, .captions = text.captions});
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(held.tracks.begin(), held.tracks.end(), by_name);
  std::sort(held.texts.begin(), held.texts.end(), by_name);
  return held;
}

TEST(WebVtt, Writes) {
  Timeline timeline;
  timeline.tracks = {
      {.name = "action", .segments = {{0, 4.2, "pour <milk> & stir", 7, 0.912345}, {4.2, 400'000, "a"}}}};
  timeline.texts = {{.name = "speech", .captions = {{1, 2.0006, "one\ntwo\n\n--> three"}}}};
  EXPECT_EQ(to_webvtt(timeline), R"(WEBVTT

action #1
00:00:00.000 --> 00:00:04.200
<c.label.id-7>pour &lt;milk&gt; &amp; stir</c> <c.score>0.9123</c>

speech #1
00:00:01.000 --> 00:00:02.001
one
two&#10;&#10;--&gt; three

action #2
00:00:04.200 --> 111:06:40.000
<c.label>a</c>
)");
}

TEST(WebVtt, RandomTimelinesComeBack) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const RandomOptions options = {
        .max_seconds = seed % 3 ? 1e4 : 1e9, .milliseconds = true, .four_digit_scores = true};
    const Timeline timeline = RandomTimeline(seed, options).timeline();
    const std::string text = to_webvtt(timeline);
    EXPECT_TRUE(same(held_by_webvtt(from_webvtt(text, "t")), held_by_webvtt(timeline))) << text;
  }
}

TEST(WebVtt, TimesAreRoundedAndClamped) {
  Timeline timeline;
  timeline.tracks = {{.name = "t", .segments = {{-3, 0.0004999, ""}, {1.0005001, 1.9999, ""}}}};
  const Timeline back = from_webvtt(to_webvtt(timeline), "t");
  EXPECT_EQ(back.tracks.at(0).segments.at(0).start, 0);
  EXPECT_EQ(back.tracks[0].segments[0].end, 0);
  EXPECT_EQ(back.tracks[0].segments.at(1).start, 1.001);
  EXPECT_EQ(back.tracks[0].segments[1].end, 2);
}

TEST(WebVtt, ReadsWhatOthersWrite) {
  const Timeline timeline = from_webvtt(
      "\xef\xbb\xbfWEBVTT - a title\r\nKind: captions\r\n\r\n"
      "STYLE\r\n::cue { color: red }\r\n\r\n"
      "REGION\r\nid:fred\r\n\r\n"
      "NOTE a comment\r\nof two lines\r\n\r\n"
      "7\r\n00:01.500-->01:02:03.004 align:start line:0%\r\n<v Fred>Hi, <i>you</i> <00:02.000>&amp; "
      "me&nbsp;&#x263a;&bogus;\r\n\r\n"
      "\r\nNOTE\r\n00:02.000 --> 00:05.000\r\nthat NOTE was an identifier\r\n"
      "00:03.000 --> 00:04.000\r\nno blank line before",
      "t");
  ASSERT_EQ(timeline.texts.size(), 1U);
  EXPECT_EQ(timeline.texts[0].name, "captions");
  const auto& captions = timeline.texts[0].captions;
  ASSERT_EQ(captions.size(), 3U);
  EXPECT_EQ(captions[0].start, 1.5);
  EXPECT_EQ(captions[0].end, 3723.004);
  EXPECT_EQ(captions[0].text, "Hi, you & me\u00a0\u263a&bogus;");
  EXPECT_EQ(captions[1].text, "that NOTE was an identifier");
  EXPECT_EQ(captions[2].text, "no blank line before");
}

TEST(WebVtt, EmptyFileHasNoTracks) {
  EXPECT_TRUE(from_webvtt("WEBVTT", "t").texts.empty());
  EXPECT_EQ(to_webvtt({}), "WEBVTT\n");
}

TEST(WebVtt, RefusesWithTheLine) {
  EXPECT_EQ(webvtt_complaint(""), "x.vtt: no WebVTT: the first line is not \"WEBVTT\"");
  EXPECT_EQ(webvtt_complaint("WEBVTTX\n"), "x.vtt: no WebVTT: the first line is not \"WEBVTT\"");
  EXPECT_EQ(webvtt_complaint("WEBVTT\n\n00:01.000 --> 00:61.000\na"),
            "x.vtt:3: no times of a cue, as in \"00:01.000 --> 00:04.000\"");
  EXPECT_EQ(webvtt_complaint("WEBVTT\n\n1\n00:02.000 --> 00:01.000\na"),
            "x.vtt:4: the cue ends before it starts");
  EXPECT_THAT(webvtt_complaint("WEBVTT\n\n00:01.000 --> 00:02.000\n<c.label>a</c> <c.score>high</c>"),
              testing::HasSubstr("no number in the cue's score"));
}

TEST(WebVtt, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(4);
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const std::string text = damage(to_webvtt(RandomTimeline(seed % 50).timeline()), random);
    (void)webvtt_complaint(text);
  }
}

}  // namespace
}  // namespace zoetrope::timeline
