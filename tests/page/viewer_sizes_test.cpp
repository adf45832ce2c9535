// The page on a phone, in the dark, and with more segments than anyone reads.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "tests/page/sample.h"

namespace zoetrope::timeline {
namespace {

// For every element with text of its own: the contrast of WCAG 2.1 with what lies behind it, and its size in
// pixels.
constexpr const char* kMeasureText = R"js(
  const parse = (colour) => { const v = colour.match(/[\d.]+/g).map(Number); return v.length < 4 ? [...v, 1] : v };
  const over = (top, below) => [0, 1, 2].map((k) => top[k] * top[3] + below[k] * (1 - top[3])).concat(1);
  const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const behind = (element) => { const chain = [];
    for (let e = element; e; e = e.parentElement) chain.unshift(parse(getComputedStyle(e).backgroundColor));
    return chain.reduce((below, top) => over(top, below), [255, 255, 255, 1]) };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest('svg, script, option, :disabled')) continue;
    const style = getComputedStyle(element), back = behind(element), front = over(parse(style.color), back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    found.push([element.id || element.className || element.tagName, (a + 0.05) / (b + 0.05), parseFloat(style.fontSize)]);
  }
  return found;
)js";

class ViewerSizes : public testing::Test {
 protected:
  static void SetUpTestSuite() { browser_ = std::make_unique<test::Browser>(); }
  static void TearDownTestSuite() { browser_.reset(); }

  void SetUp() override {
    browser_->prefer_dark(false);
    (void)browser_->console();
  }

  static test::Browser& browser() { return *browser_; }
  static void expect_readable(double least_size) {
    const nlohmann::json found = browser_->run(kMeasureText);
    EXPECT_GT(found.size(), 20u);
    for (const nlohmann::json& text : found) {
      EXPECT_GE(text[1].get<double>(), 4.5) << "contrast of " << text;
      EXPECT_GE(text[2].get<double>(), least_size) << "size of " << text;
    }
  }

 private:
  static std::unique_ptr<test::Browser> browser_;
};

std::unique_ptr<test::Browser> ViewerSizes::browser_;

TEST_F(ViewerSizes, LightAndDarkDifferAndBothCanBeRead) {
  browser().resize(1280, 860);
  const PageOnDisk page;
  std::vector<std::string> grounds;
  for (const bool dark : {false, true}) {
    browser().prefer_dark(dark);
    open_page(browser(), page);
    grounds.push_back(browser().run("return getComputedStyle(document.body).backgroundColor"));
    expect_readable(10.5);
    browser().key(test::keys::kDown);
    expect_readable(10.5);
  }
  EXPECT_NE(grounds[0], grounds[1]);
  browser().key("t");  // the reader's choice goes before the system's
  EXPECT_EQ(browser().run("return getComputedStyle(document.body).backgroundColor"), grounds[0]);
  browser().key("t");
}

TEST_F(ViewerSizes, APhoneShowsAllOfItWithoutScrollingSideways) {
  browser().resize(360, 740, true);
  const PageOnDisk page;
  open_page(browser(), page);
  EXPECT_EQ(browser().run("return document.scrollingElement.scrollWidth"), 360);
  expect_readable(12);
  const nlohmann::json narrow = browser().run(
      "return [...document.querySelectorAll('button, select')].filter((e) => e.checkVisibility())"
      ".map((e) => [e.id, e.getBoundingClientRect()]).filter(([, b]) => Math.min(b.width, b.height) < 24 || "
      "b.right > 360 || b.x < 0)");
  EXPECT_EQ(narrow, nlohmann::json::array());
  browser().run("document.getElementById('ruler').scrollIntoView({ block: 'center' })");
  browser().click(x_of_time(browser(), sample_timeline(), 3), box_of(browser(), "#ruler").y + 10);
  EXPECT_NEAR(time_shown(browser()), 3, 0.04);
  EXPECT_THAT(browser().console(), testing::IsEmpty());
}

TEST_F(ViewerSizes, ManySizesOfWindowsKeepEverythingInside) {
  const PageOnDisk page;
  for (const auto& [width, height] :
       {std::pair{900, 620}, {1024, 768}, {1366, 700}, {1920, 1080}, {2560, 1300}, {700, 500}}) {
    browser().resize(width, height);
    open_page(browser(), page);
    EXPECT_EQ(
        browser().run("return document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"),
        0);
    const Box picture = box_of(browser(), "#picture");
    EXPECT_NEAR(picture.width / picture.height, 320.0 / 180, 0.02) << width;
    EXPECT_GT(picture.height, 140) << width << " x " << height;
  }
}

TEST_F(ViewerSizes, TwentyThousandSegmentsAreFluid) {
  browser().resize(1280, 860);
  Timeline timeline;
  timeline.video = {.path = "long.mp4",
                    .sha256 = "",
                    .start = 0,
                    .duration = 7200,
                    .num_frames = 180000,
                    .fps = 25,
                    .width = 1920,
                    .height = 1080};
  Track track{.name = "action", .description = "", .source = {}, .segments = {}};
  std::mt19937 generator(7);
  for (int i = 0; i < 20000; ++i) {
    const double start = i * 0.36 + generator() % 1000 * 1e-4;
    const double length = 0.2 + generator() % 1000 * 4e-3;
    track.segments.push_back(
        {start, std::min(start + length, 7200.0), "label " + std::to_string(generator() % 60), -1, 0.5});
  }
  timeline.tracks.push_back(track);
  const PageOnDisk page(timeline, {});
  double fastest = 1e9;  // of three: the machine may be busy with something else
  for (int load = 0; load < 3 && fastest >= 2; ++load) {
    const auto begin = std::chrono::steady_clock::now();
    open_page(browser(), page);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    fastest = std::min(fastest, taken.count());
  }
  EXPECT_LT(fastest, 2.0);
  EXPECT_LT(browser().run("return document.querySelectorAll('*').length").get<int>(), 500);
  // Zooming in and out at every frame: the median of the time from one frame to the next.
  const nlohmann::json median = browser().run(
      "return new Promise((done) => { const times = []; let last = performance.now();"
      "  const tick = (now) => { times.push(now - last); last = now;"
      "    document.getElementById(times.length % 8 < 4 ? 'zoom-in' : 'zoom-out').click();"
      "    if (times.length < 40) requestAnimationFrame(tick); else done(times.sort((a, b) => a - b)[20]) };"
      "  requestAnimationFrame(tick) })");
  EXPECT_LT(median.get<double>(), 100);
  browser().key(test::keys::kEnd);
  EXPECT_TRUE(browser().wait_for("document.querySelector('.item:last-child').ariaPosInSet > 19900"));
  EXPECT_THAT(browser().console(), testing::IsEmpty());
}

}  // namespace
}  // namespace zoetrope::timeline
