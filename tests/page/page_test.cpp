// The page as text: what goes in, and that nothing of a stranger's gets out of its place.

#include "zoetrope/timeline/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/page/sample.h"
#include "zoetrope/core/error.h"

namespace zoetrope::timeline {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string text_between(const std::string& html, const std::string& open, const std::string& close) {
  const std::size_t begin = html.find(open) + open.size();
  return html.substr(begin, html.find(close, begin) - begin);
}

nlohmann::json data_of(const std::string& html) {
  return nlohmann::json::parse(
      text_between(html, R"(<script type="application/json" id="data">)", "</script>"));
}

TEST(PageHtml, IsTheSameForTheSameTimelineAndHoldsNoOpenPlace) {
  const std::string html = page_html(sample_timeline(), sample_options());
  EXPECT_EQ(html, page_html(sample_timeline(), sample_options()));
  EXPECT_THAT(html, Not(HasSubstr("{{")));
  EXPECT_THAT(html, HasSubstr("<title>nasa_vp9_opus.webm</title>"));
}

TEST(PageHtml, LoadsNothingFromElsewhere) {
  const std::string html = page_html(sample_timeline(), sample_options());
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, Not(HasSubstr("unsafe-inline")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
}

TEST(PageHtml, CarriesTheTimelineAsData) {
  const nlohmann::json data = data_of(page_html(sample_timeline(), sample_options()));
  EXPECT_EQ(data["timeline"]["tracks"][1]["segments"][0]["label"], "walk");
  EXPECT_EQ(data["timeline"]["tracks"][1]["segments"][0]["score"], 0.91);
  EXPECT_FALSE(data["timeline"]["tracks"][1]["segments"][3].contains("score"));
  EXPECT_TRUE(data["timeline"]["curves"][0]["values"][45].is_null());
  EXPECT_EQ(data["page"]["thumbnails"].size(), 3u);
  EXPECT_EQ(data["page"]["video"]["href"], "nasa_vp9_opus.webm");
}

TEST(PageHtml, HostileTextStaysData) {
  const std::string evil = "</script><!--<script>'\"&\u2028\u2029 {{data}}";
  Timeline timeline = sample_timeline();
  timeline.video.path = evil;
  timeline.tracks[0].name = timeline.tracks[1].segments[0].label = timeline.texts[0].captions[0].text = evil;
  timeline.curves[0].unit = "no UTF-8: \xff";
  const std::string html = page_html(timeline, {.title = evil});
  const std::string json = text_between(html, R"(id="data">)", "</script>");
  EXPECT_EQ(json.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(json.find("\u2028"), std::string::npos);
  EXPECT_EQ(text_between(html, "<title>", "</title>"),
            "&lt;/script&gt;&lt;!--&lt;script&gt;&#39;&quot;&amp;\u2028\u2029 {{data}}");
  EXPECT_EQ(data_of(html)["timeline"]["tracks"][0]["name"], evil);
  EXPECT_EQ(data_of(html)["timeline"]["curves"][0]["unit"], "no UTF-8: \ufffd");
}

TEST(PageHtml, PathsOfVideosAreEncodedAndStayRelative) {
  const auto href = [](const std::string& path) {
    return data_of(page_html({}, {.video_href = path}))["page"]["video"]["href"].get<std::string>();
  };
  EXPECT_EQ(href("../a b/100%#1?.mp4"), "../a%20b/100%25%231%3F.mp4");
  EXPECT_EQ(href("javascript:alert(1)"), "javascript%3Aalert%281%29");
  EXPECT_EQ(href("gr\u00fc\u00df.mp4"), "gr%C3%BC%C3%9F.mp4");
  EXPECT_THROW(href("/etc/passwd"), Error);
  EXPECT_THROW(href("//host/video.mp4"), Error);
}

TEST(PageHtml, BytesAreBase64) {
  const auto poster = [](const std::string& bytes) {
    return data_of(page_html({}, {.poster = bytes}))["page"]["poster"].get<std::string>();
  };
  EXPECT_EQ(poster(""), "");  // the vectors of RFC 4648, section 10
  EXPECT_EQ(poster("f"), "Zg==");
  EXPECT_EQ(poster("fo"), "Zm8=");
  EXPECT_EQ(poster("foo"), "Zm9v");
  EXPECT_EQ(poster("foobar"), "Zm9vYmFy");
  EXPECT_EQ(poster("\xff\xfe\xfd"), "//79");
}

TEST(PageHtml, FrameTimesAreKeptOnlyWhereTheRateDoesNotTellThem) {
  Timeline timeline;
  timeline.video = {.path = "",
                    .sha256 = "",
                    .start = 1,
                    .duration = 0.4,
                    .num_frames = 4,
                    .fps = 10,
                    .width = 0,
                    .height = 0};
  const auto steps = [&](const std::vector<double>& times) {
    return data_of(page_html(timeline, {.frame_times = times}))["page"]["frame_steps"];
  };
  EXPECT_TRUE(steps({}).is_null());
  EXPECT_TRUE(steps({1, 1.1, 1.2004, 1.2996}).is_null());
  EXPECT_EQ(steps({1, 1.05, 1.25, 1.3}), (nlohmann::json{1000000, 50000, 200000, 50000}));
  EXPECT_THROW(steps({1, 1.5, 1.2, 1.3}), Error);
}

}  // namespace
}  // namespace zoetrope::timeline
