// The page in a real browser: what it shows, and that pointer, keys and time do what they say.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/page/sample.h"

namespace zoetrope::timeline {
namespace {

using test::Browser;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kFrame = 0.04;  // seconds a frame of the sample

class Viewer : public testing::Test {
 protected:
  static void SetUpTestSuite() { browser_ = std::make_unique<Browser>(); }
  static void TearDownTestSuite() { browser_.reset(); }

  void SetUp() override {
    browser_->resize(1280, 860);
    browser_->prefer_dark(false);
    (void)browser_->console();
  }

  static Browser& browser() { return *browser_; }
  static std::string text(const std::string& id) {
    return browser_->run("return document.getElementById(arguments[0]).textContent",
                         nlohmann::json::array({id}));
  }
  /// The middle of a lane of a row's canvas, as a height in the viewport.
  static double lane_y(int row, double share = 0.5) {
    const Box box = box_of(*browser_, ".row[data-index='" + std::to_string(row) + "'] canvas");
    return box.y + box.height * share;
  }
  /// The presentation time of the frame that a seek brings to the screen.
  static void watch_frames() {
    browser_->run(
        "const video = document.getElementById('video');"
        "const note = (now, frame) => { window.shownFrame = frame.mediaTime; "
        "video.requestVideoFrameCallback(note) };"
        "window.shownFrame = null; video.requestVideoFrameCallback(note)");
  }
  static double frame_on_screen(double expected) {
    const std::string near = "Math.abs(window.shownFrame - " + std::to_string(expected) + ") < 0.002";
    EXPECT_TRUE(browser_->wait_for("window.shownFrame !== null && " + near));
    return browser_->run("return window.shownFrame");
  }

 private:
  static std::unique_ptr<Browser> browser_;
};

std::unique_ptr<Browser> Viewer::browser_;

TEST_F(Viewer, ShowsTheVideoItsFactsAndEveryRowWithoutAWordInTheConsole) {
  const PageOnDisk page;
  open_page(browser(), page);
  EXPECT_EQ(text("title"), "nasa_vp9_opus.webm");
  EXPECT_THAT(text("facts"), HasSubstr("320 × 180"));
  EXPECT_EQ(text("warnings-button"), "1 warning");
  EXPECT_EQ(browser().run("return document.getElementById('video').videoWidth"), 320);
  // Ruler, shots, actions, captions, the curve, the overview: none is blank.
  const nlohmann::json painted = browser().run(
      "return [...document.querySelectorAll('.timeline canvas:not(.strip)')].map((canvas) =>"
      " canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((v, i) => i % 4 "
      "=== 3 && v).length)");
  ASSERT_EQ(painted.size(), 6u);
  for (const nlohmann::json& pixels : painted) EXPECT_GT(pixels.get<int>(), 500);
  EXPECT_EQ(browser().run("return document.querySelectorAll('.card').length"), 3);
  EXPECT_THAT(browser().console(), IsEmpty());
}

TEST_F(Viewer, AClickOnTheRulerShowsTheFrameOfThatTime) {
  const PageOnDisk page;
  open_page(browser(), page);
  watch_frames();
  for (const double time : {3.0, 0.72, 1.5}) {
    browser().click(x_of_time(browser(), sample_timeline(), time), box_of(browser(), "#ruler").y + 12);
    EXPECT_NEAR(time_shown(browser()), time, kFrame);
    const double frame = 0.007 + std::floor((time_shown(browser()) - 0.007) / kFrame + 1e-6) * kFrame;
    EXPECT_NEAR(frame_on_screen(frame), frame, 0.002);
  }
}

TEST_F(Viewer, AClickOnASegmentSelectsItAndGoesToItsStartAndThenToThePoint) {
  const PageOnDisk page;
  open_page(browser(), page);
  const double x = x_of_time(browser(), sample_timeline(), 2.8);
  browser().click(x, lane_y(1, 0.25));  // the second "walk", in the upper lane
  EXPECT_NEAR(time_shown(browser()), 2.2, 1e-3);
  EXPECT_EQ(browser().run("return document.getElementById('track-select').selectedOptions[0].textContent"),
            "action");
  EXPECT_EQ(browser().run("return document.querySelector('[aria-selected=true] b').textContent"), "walk");
  browser().click(x, lane_y(1, 0.25));
  EXPECT_NEAR(time_shown(browser()), 2.8, kFrame);
  EXPECT_EQ(browser().run("return document.getElementById('clock-frame').textContent"), "frame 69");
}

TEST_F(Viewer, ADragScrubsAndAListRowSeeks) {
  const PageOnDisk page;
  open_page(browser(), page);
  const Timeline timeline = sample_timeline();
  browser().drag(x_of_time(browser(), timeline, 0.5), lane_y(0), x_of_time(browser(), timeline, 3.4),
                 lane_y(0));
  EXPECT_NEAR(time_shown(browser()), 3.4, kFrame);
  const Box card = box_of(browser(), ".card:nth-child(2)");
  browser().click(card.x + 40, card.y + 40);
  EXPECT_NEAR(time_shown(browser()), 1.007, 1e-3);
  EXPECT_TRUE(browser().wait_for("Math.abs(document.getElementById('video').currentTime - 1.012) < 0.01"));
}

TEST_F(Viewer, ThePlayheadMovesWithTheVideoAndCaptionsFollow) {
  const PageOnDisk page;
  open_page(browser(), page);
  const double before = box_of(browser(), "#playhead").x;
  browser().key(" ");
  EXPECT_TRUE(browser().wait_for("document.getElementById('captions').textContent.includes('They climb')"));
  EXPECT_TRUE(browser().wait_for("document.getElementById('video').currentTime > 0.8"));
  browser().key(" ");
  const double after = box_of(browser(), "#playhead").x;
  EXPECT_GT(after, before + 50);
  EXPECT_NEAR(after + 1, x_of_time(browser(), sample_timeline(), time_shown(browser())), 2);
  EXPECT_EQ(browser().run("return document.getElementById('video').paused"), true);
}

TEST_F(Viewer, KeysMoveByFramesSecondsSegmentsAndTracks) {
  const PageOnDisk page;
  open_page(browser(), page);
  const auto after_key = [&](const std::string& key, const std::string& modifier = "") {
    browser().key(key, modifier);
    return time_shown(browser());
  };
  EXPECT_NEAR(after_key("."), 0.047, 1e-3);
  EXPECT_NEAR(after_key(test::keys::kRight, test::keys::kShift), 0.087, 1e-3);
  EXPECT_NEAR(after_key(","), 0.047, 1e-3);
  EXPECT_NEAR(after_key(test::keys::kRight), 1.047, 1e-3);
  EXPECT_NEAR(after_key(test::keys::kLeft), 0.047, 1e-3);
  EXPECT_NEAR(after_key("]"), 1.007, 1e-3);
  EXPECT_NEAR(after_key("]"), 2.507, 1e-3);
  EXPECT_NEAR(after_key("["), 1.007, 1e-3);
  EXPECT_NEAR(after_key(test::keys::kEnd), 4.007, 1e-3);
  EXPECT_NEAR(after_key(test::keys::kHome), 0.007, 1e-3);
  browser().key(test::keys::kDown);
  EXPECT_EQ(browser().run("return document.querySelector('.row.selected .row-name').textContent"), "action");
  browser().key("?");
  EXPECT_EQ(browser().run("return document.getElementById('help').open"), true);
  browser().key(test::keys::kEscape);
  EXPECT_EQ(browser().run("return document.getElementById('help').open"), false);
}

TEST_F(Viewer, ZoomKeepsThePlayheadAndScrollsWithIt) {
  const PageOnDisk page;
  open_page(browser(), page, "#t=2");
  EXPECT_NEAR(time_shown(browser()), 2, 1e-3);
  const double x = box_of(browser(), "#playhead").x;
  browser().key("+");
  browser().key("+");
  EXPECT_NEAR(box_of(browser(), "#playhead").x, x, 1);
  EXPECT_EQ(text("zoom-span"), "1.00 s");
  browser().key(test::keys::kEnd);  // far out of view: the view follows
  const Box ruler = box_of(browser(), "#ruler");
  EXPECT_NEAR(box_of(browser(), "#playhead").x + 1, ruler.x + ruler.width, 2);
  browser().key("0");
  EXPECT_EQ(text("zoom-span"), "");
}

TEST_F(Viewer, TheAddressNamesTheMoment) {
  const PageOnDisk page;
  open_page(browser(), page, "#t=1.5");
  EXPECT_NEAR(time_shown(browser()), 1.5, 1e-3);
  browser().key(test::keys::kRight);
  EXPECT_TRUE(browser().wait_for("location.hash === '#t=2.5'"));
  browser().run("location.hash = '#t=0.5'");
  EXPECT_TRUE(browser().wait_for("document.getElementById('ruler').ariaValueNow === '0.500'"));
}

TEST_F(Viewer, TheLegendPicksLabels) {
  const PageOnDisk page;
  open_page(browser(), page);
  browser().key(test::keys::kDown);
  EXPECT_EQ(browser().run("return document.querySelectorAll('.item').length"), 4);
  browser().run("document.querySelector('.legend-chips .chip').click()");  // the longest in all: walk
  EXPECT_EQ(browser().run("return document.querySelectorAll('.item').length"), 2);
  EXPECT_EQ(text("panel-count"), "2 of 4");
  browser().click(x_of_time(browser(), sample_timeline(), 3.5),
                  lane_y(1, 0.25));  // "sit" is dimmed: no segment there
  EXPECT_NEAR(time_shown(browser()), 3.5, kFrame);
}

TEST_F(Viewer, HostileTextIsShownAndNeverRun) {
  const std::string evil =
      "</script><script>window.pwned=1</script><img src=x onerror='window.pwned=1'>\u202E{{data}}";
  Timeline timeline = sample_timeline();
  timeline.video.path = evil;
  for (Track& track : timeline.tracks) {
    track.description = track.source.name = evil;
    for (Segment& segment : track.segments) segment.label = evil + std::string(2000, 'w');
  }
  timeline.tracks[1].name = timeline.curves[0].name = timeline.curves[0].unit = timeline.texts[0].name = evil;
  timeline.texts[0].captions[0].text = timeline.warnings[0] = evil;
  timeline.attachments.push_back(
      {.name = evil, .media_type = evil, .path = evil, .shape = {}, .start = 0, .end = 1});
  const PageOnDisk page(timeline);
  open_page(browser(), page, "#t=0.7");
  browser().move(x_of_time(browser(), timeline, 1.2), lane_y(0));
  EXPECT_TRUE(browser().wait_for("!document.getElementById('tip').hidden"));
  browser().run(
      "document.getElementById('warnings-button').click(); document.getElementById('about-button').click()");
  EXPECT_EQ(browser().run("return window.pwned ?? null"), nullptr);
  EXPECT_EQ(text("captions"), evil);
  EXPECT_EQ(browser().run("return document.querySelectorAll('script').length"), 3);
  EXPECT_EQ(browser().run("return document.scrollingElement.scrollWidth <= innerWidth"), true);
  EXPECT_THAT(browser().console(), IsEmpty());
}

TEST_F(Viewer, AnEmptyTimelineIsStillAPlayer) {
  Timeline timeline;
  timeline.video.path = "nasa_vp9_opus.webm";
  PageOptions options;
  options.video_href = "nasa_vp9_opus.webm";
  const PageOnDisk page(timeline, options);
  open_page(browser(), page);
  for (const std::string key : {".", "]", "[", "+", "0", test::keys::kDown, test::keys::kEnd})
    browser().key(key);
  EXPECT_EQ(browser().run("return document.getElementById('panel').hidden"), true);
  EXPECT_THAT(browser().console(), IsEmpty());
}

TEST_F(Viewer, WithoutAVideoThumbnailsStandInAndTimeStillMoves) {
  PageOptions options = sample_options();
  options.video_href = "";
  const PageOnDisk page(sample_timeline(), options);
  open_page(browser(), page);
  EXPECT_THAT(text("notice"), HasSubstr("not part of this page"));
  EXPECT_EQ(browser().run("return document.getElementById('still').naturalWidth"), 160);
  browser().click(x_of_time(browser(), sample_timeline(), 2), box_of(browser(), "#ruler").y + 12);
  EXPECT_NEAR(time_shown(browser()), 2, kFrame);
  browser().key(" ");
  EXPECT_THAT(browser().console(), IsEmpty());
}

TEST_F(Viewer, WithNothingToSeeTheTimelineHasThePageForItself) {
  PageOptions options = sample_options();
  options.video_href = "";
  options.thumbnails = {};
  const PageOnDisk page(sample_timeline(), options);
  open_page(browser(), page);
  EXPECT_EQ(browser().run("return getComputedStyle(document.querySelector('.stage')).display"), "none");
  EXPECT_GT(box_of(browser(), "#panel").width, 0.9 * box_of(browser(), "main").width);
  browser().click(x_of_time(browser(), sample_timeline(), 2), box_of(browser(), "#ruler").y + 12);
  EXPECT_THAT(browser().console(), IsEmpty());
}

TEST_F(Viewer, AMissingVideoIsSaidInWords) {
  PageOptions options = sample_options();
  options.video_href = "gone.mp4";
  const PageOnDisk page(sample_timeline(), options);
  open_page(browser(), page);
  EXPECT_THAT(text("notice"), HasSubstr("cannot be played here"));
  const std::vector<std::string> lines = browser().console();
  ASSERT_EQ(lines.size(), 1u);  // the browser's own, of the file
  EXPECT_THAT(lines[0], HasSubstr("ERR_FILE_NOT_FOUND"));
}

TEST_F(Viewer, AVideoInsideThePageSeeksAndFillsTheFilmStripWithItsFrames) {
  PageOptions options;
  options.video_bytes = test_file("nasa_vp9_opus.webm");
  options.video_media_type = "video/webm";
  const PageOnDisk page(sample_timeline(), options);
  open_page(browser(), page);
  watch_frames();
  browser().click(x_of_time(browser(), sample_timeline(), 2.02), box_of(browser(), "#ruler").y + 12);
  EXPECT_NEAR(frame_on_screen(2.007), 2.007, 0.002);
  // Until a frame reaches it, a place of the strip is transparent; in the end only the lines between places
  // are.
  EXPECT_TRUE(browser().wait_for(
      "(() => { const strip = document.getElementById('strip'); if (strip.hidden) return false;"
      " const pixels = strip.getContext('2d').getImageData(0, 20, strip.width, 1).data;"
      " return pixels.filter((v, i) => i % 4 === 3 && v < 255).length < 40 })()"));
  EXPECT_THAT(browser().console(), IsEmpty());
}

TEST_F(Viewer, AVideoWhoseClockStartsLateKeepsItsOwnTimes) {
  Timeline timeline;
  timeline.video = {.path = "test_non_zero_start.mp4",
                    .sha256 = "",
                    .start = 8.333008,
                    .duration = 0.4,
                    .num_frames = 12,
                    .fps = 30,
                    .width = 200,
                    .height = 112};
  timeline.tracks.push_back(
      {.name = "shots", .description = "", .source = {}, .segments = {{8.5, 8.6, "late", -1, {}}}});
  PageOptions options;
  options.video_href = "test_non_zero_start.mp4";
  const PageOnDisk page(timeline, options);
  open_page(browser(), page, "#t=8.6");
  EXPECT_NEAR(time_shown(browser()), 8.6, 1e-3);
  EXPECT_EQ(text("clock-frame"), "frame 8");
  EXPECT_TRUE(browser().wait_for("Math.abs(document.getElementById('video').currentTime - 8.605) < 0.02"))
      << browser().run("return document.getElementById('video').currentTime");
}

TEST_F(Viewer, FrameTimesOfAVariableRateCountFrames) {
  Timeline timeline = sample_timeline();
  PageOptions options = sample_options();
  options.frame_times = {0.007, 0.5, 2.0, 2.1};
  timeline.video.num_frames = 4;
  const PageOnDisk page(timeline, options);
  open_page(browser(), page, "#t=1.9");
  EXPECT_EQ(text("clock-frame"), "frame 1");
  browser().key(".");
  EXPECT_NEAR(time_shown(browser()), 2.0, 1e-3);
  EXPECT_EQ(text("clock-frame"), "frame 2");
}

}  // namespace
}  // namespace zoetrope::timeline
