#include "tests/page/sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

namespace zoetrope::timeline {

std::string test_file(const std::string& name) {
  std::ifstream file(std::string(ZOETROPE_TEST_DATA "/page/") + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

Timeline sample_timeline() {
  Timeline timeline;
  timeline.video = {.path = "films/nasa_vp9_opus.webm",
                    .sha256 = std::string(64, '0'),
                    .start = 0.007,
                    .duration = 4,
                    .num_frames = 100,
                    .fps = 25,
                    .width = 320,
                    .height = 180};
  timeline.tracks.push_back({.name = "shots",
                             .description = "Continuous takes.",
                             .source = {.name = "shots", .sha256 = ""},
                             .segments = {{0.007, 1.007, "shot 1", -1, {}},
                                          {1.007, 2.507, "shot 2", -1, {}},
                                          {2.507, 4.007, "shot 3", -1, {}}}});
  timeline.tracks.push_back({.name = "action",
                             .description = "Scores are probabilities.",
                             .source = {.name = "a_bundle", .sha256 = std::string(64, 'a')},
                             .segments = {{0.2, 1.0, "walk", 3, 0.91},
                                          {0.8, 2.0, "wave", 4, 0.5},
                                          {2.2, 3.0, "walk", 3, 0.25},
                                          {3.2, 3.9, "sit", 5, {}}}});
  Curve curve{.name = "motion",
              .description = "Mean flow.",
              .unit = "px/frame",
              .source = {},
              .times = {},
              .values = {}};
  for (int i = 0; i < 100; ++i) {
    curve.times.push_back(0.007 + i * 0.04);
    curve.values.push_back(i >= 40 && i < 50 ? std::numeric_limits<double>::quiet_NaN()
                                             : 2 + std::sin(i * 0.2));
  }
  timeline.curves.push_back(curve);
  timeline.texts.push_back({.name = "speech",
                            .description = "",
                            .source = {},
                            .captions = {{0.5, 1.5, "They climb into the lift."}, {2.0, 3.5, "It rises."}}});
  timeline.warnings = {"2 frames could not be decoded"};
  return timeline;
}

PageOptions sample_options() {
  PageOptions options;
  options.video_href = "nasa_vp9_opus.webm";
  for (int shot = 0; shot < 3; ++shot) {
    options.thumbnails.push_back({"shots", shot, 0.5 + shot, test_file("thumbnail.jpg"), 160, 90});
  }
  return options;
}

PageOnDisk::PageOnDisk(const Timeline& timeline, const PageOptions& options) {
  for (const char* name : {"nasa_vp9_opus.webm", "test_non_zero_start.mp4"}) {
    std::filesystem::copy_file(std::string(ZOETROPE_TEST_DATA "/page/") + name, folder_.path() / name);
  }
  std::ofstream(folder_.path() / "page.html", std::ios::binary) << page_html(timeline, options);
}

std::string PageOnDisk::url() const {
  return "file://" + (folder_.path() / "page.html").string();
}

void open_page(test::Browser& browser, const PageOnDisk& page, const std::string& fragment) {
  browser.open(page.url() + fragment);
  ASSERT_TRUE(browser.wait_for("document.body.classList.contains('ready')"));
  ASSERT_TRUE(browser.wait_for("document.body.matches('.playable, .still')"));
  ASSERT_TRUE(browser.wait_for("!document.getElementById('video').seeking"));
}

Box box_of(test::Browser& browser, const std::string& selector) {
  const nlohmann::json box = browser.run(
      "const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.x, b.y, b.width, "
      "b.height]",
      nlohmann::json::array({selector}));
  return {box[0], box[1], box[2], box[3]};
}

double x_of_time(test::Browser& browser, const Timeline& timeline, double time) {
  const Box ruler = box_of(browser, "#ruler");
  return ruler.x + (time - timeline.video.start) / timeline.video.duration * ruler.width;
}

double time_shown(test::Browser& browser) {
  return std::stod(browser.run("return document.getElementById('ruler').ariaValueNow").get<std::string>());
}

}  // namespace zoetrope::timeline
