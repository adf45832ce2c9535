#include "zoetrope/inference/report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "zoetrope/core/files.h"
#include "zoetrope/inference/analysis.h"

namespace zoetrope::inference {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNasa = ZOETROPE_TEST_DATA "/videos/nasa_13013.mp4";
constexpr const char* kArmWrestling = ZOETROPE_TEST_DATA "/videos/part_0.mp4";

class Report : public testing::Test {
 protected:
  Report() : folder_(fs::temp_directory_path() / ("zoetrope_report_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~Report() override { fs::remove_all(folder_); }

  std::string page(const char* video, const ReportOptions& options) {
    media::VideoReader reader(video);
    timeline::Timeline timeline = analyze_video(reader);
    write_report(timeline, reader, folder_ / "page.html", options);
    return read_text_file(folder_ / "page.html", 1 << 28);
  }
  bool preview_exists() const { return fs::exists(folder_ / "page.preview.mp4"); }

  fs::path folder_;
};

TEST_F(Report, CarriesASmallVideoOrLinksIt) {
  const auto video_bytes = static_cast<std::size_t>(fs::file_size(kArmWrestling));
  const std::string carried = page(kArmWrestling, {});
  const std::string linked = page(kArmWrestling, {.video = PageVideo::kLink});
  EXPECT_GT(carried.size(), linked.size() + video_bytes);
  EXPECT_NE(linked.find("part_0.mp4"), std::string::npos);
  EXPECT_FALSE(preview_exists()) << "browsers play the file itself";
}

TEST_F(Report, MakesAPreviewOfWhatBrowsersDoNotPlay) {
  constexpr const char* kAvi = ZOETROPE_TEST_DATA "/videos/demo_mjpeg.avi";
  page(kAvi, {.video = PageVideo::kLink});
  ASSERT_TRUE(preview_exists());
  media::VideoReader original(kAvi), preview((folder_ / "page.preview.mp4").string());
  EXPECT_EQ(preview.num_frames(), original.num_frames());
  EXPECT_NEAR(preview.stream_info().duration, original.stream_info().duration, 0.05);
  EXPECT_TRUE(plays_in_browsers(preview.info(), preview.stream_index()));
}

TEST_F(Report, CarriesPicturesAlone) {
  const std::string html = page(kNasa, {.video = PageVideo::kNone, .max_thumbnails = 8});
  EXPECT_LT(html.size(), fs::file_size(kNasa));
  EXPECT_NE(html.find("/9j/"), std::string::npos) << "a JPEG in base64";
}

TEST(Analysis, SaysWhatItSpeaksOf) {
  media::VideoReader reader(kNasa);
  std::int64_t last = 0;
  const timeline::Timeline timeline = analyze_video(reader, {}, [&](std::int64_t frames) {
    EXPECT_GE(frames, last);
    last = frames;
  });
  EXPECT_EQ(last, 390);
  EXPECT_EQ(timeline.video.num_frames, 390);
  EXPECT_EQ(timeline.video.width, 480);
  EXPECT_EQ(timeline.video.sha256.size(), 64u);
  for (const char* name : {"shots", "parts", "camera", "representative"}) {
    const timeline::Track* track = timeline::find_track(timeline, name);
    ASSERT_NE(track, nullptr) << name;
    EXPECT_FALSE(track->segments.empty()) << name;
  }
  EXPECT_FALSE(timeline.curves.empty());
}

}  // namespace
}  // namespace zoetrope::inference
