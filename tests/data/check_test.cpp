#include "zoetrope/data/check.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <atomic>
#include <csignal>
#include <limits>
#include <opencv2/imgcodecs.hpp>

#include "tests/data/annotated.h"
#include "tests/support/video_files.h"
#include "zoetrope/core/interrupt.h"

namespace zoetrope::data {
namespace {

using ::testing::HasSubstr;

Dataset dataset_of(const std::vector<std::filesystem::path>& paths) {
  Dataset dataset;
  for (const std::filesystem::path& path : paths)
    dataset.samples.push_back({.id = path.string(), .path = path});
  return dataset;
}

void write_picture(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  cv::Mat picture(48, 64, CV_8UC3);
  cv::randu(picture, 0, 255);
  ASSERT_TRUE(cv::imwrite(path.string(), picture));
}

TEST(CheckFiles, WholeVideosAndPicturesAreFine) {
  Annotated files;
  test::encode_video((files.root() / "a.mp4").string(), {.frames = 30});
  write_picture(files.root() / "clip/1.png");
  write_picture(files.root() / "clip/2.jpg");
  write_picture(files.root() / "still.jpg");
  std::atomic<int> called = 0;
  const Dataset dataset = dataset_of(
      {files.root() / "a.mp4", files.root() / "clip", files.root() / "still.jpg", files.root() / "a.mp4"});
  const CheckReport report = check_files(dataset, {.workers = 2, .on_file = [&] { ++called; }});
  EXPECT_EQ(report.files, 3);
  EXPECT_EQ(report.frames, 33);
  EXPECT_TRUE(report.problems.empty()) << report.problems[0].problem;
  EXPECT_EQ(called, 3);
}

TEST(CheckFiles, MissingBrokenAndDamagedAreTold) {
  Annotated files;
  const std::string whole = (files.root() / "a.mp4").string();
  test::encode_video(whole, {.frames = 60});
  std::vector<std::uint8_t> bytes = test::read_bytes(whole);
  test::encode_video((files.root() / "b.ts").string(), {.frames = 60});
  std::vector<std::uint8_t> stream = test::read_bytes((files.root() / "b.ts").string());
  std::fill(stream.begin() + static_cast<std::ptrdiff_t>(stream.size() / 2),
            stream.begin() + static_cast<std::ptrdiff_t>(stream.size() * 3 / 4), 0);
  test::write_bytes((files.root() / "b.ts").string(), stream);
  bytes.resize(bytes.size() / 3);
  test::write_bytes((files.root() / "cut.mp4").string(), bytes);
  files.write("text.mp4", "no video");
  std::filesystem::create_directories(files.root() / "empty");
  write_picture(files.root() / "clip/1.jpg");
  const std::vector<std::uint8_t> jpeg = test::read_bytes((files.root() / "clip/1.jpg").string());
  test::write_bytes((files.root() / "clip/2.jpg").string(), {jpeg.begin(), jpeg.begin() + 400});
  files.write("clip/3.png", "\x89PNG");

  Dataset dataset = dataset_of({files.root() / "gone.mp4", files.root() / "text.mp4", files.root() / "empty",
                                files.root() / "clip", files.root() / "cut.mp4", files.root() / "b.ts",
                                files.root() / "a.mp4"});
  dataset.samples.back().start = 5;
  const CheckReport report = check_files(dataset);
  ASSERT_EQ(report.problems.size(), 7U);
  const auto fault = [&](std::size_t i) { return std::string(name_of(report.problems[i].fault)); };
  EXPECT_EQ(fault(0), "missing");
  EXPECT_EQ(report.problems[0].problem, "is not there");
  EXPECT_EQ(fault(1), "broken");
  EXPECT_EQ(fault(2), "broken");
  EXPECT_EQ(report.problems[2].problem, "a folder without pictures");
  EXPECT_EQ(fault(3), "damaged");
  EXPECT_EQ(report.problems[3].problem, "2 frames of 3 cannot be decoded; 2.jpg: the picture is cut off");
  EXPECT_EQ(fault(4), "broken");
  EXPECT_EQ(fault(5), "damaged");
  EXPECT_GT(report.problems[5].lost_frames, 0);
  EXPECT_EQ(report.problems[6].problem, "the segment from 5 s begins after the video's end, 2.00 s");
  for (const FileProblem& each : report.problems) EXPECT_EQ(each.problem.find('\n'), std::string::npos);

  EXPECT_EQ(check_files(dataset, {.decode = false}).problems.size(), 1U);
}

TEST(CheckFeatures, MissingBrokenAndOtherSizesAreTold) {
  const Annotated files;
  std::filesystem::create_directories(files.root() / "flow");
  const std::vector<float> values = {0, 1, 2, 3, 4, std::numeric_limits<float>::quiet_NaN()};
  const auto path = [&](const char* name) { return files.root() / name; };
  write_features(path("whole.npy"), std::span(values).first(4), 2);
  write_features(path("nan.npy"), values, 2);
  test::write_bytes(path("text.npy").string(), {'t', 'e', 'x', 't'});
  write_features(path("wide.npy"), std::span(values).first(3), 3);
  write_features(path("flow/whole.npy"), std::span(values).first(3), 1);
  const std::vector<WantedFeatures> wanted = {{.path = path("whole.npy"), .num_frames = 2},
                                              {.path = path("gone.npy")},
                                              {.path = path("nan.npy"), .num_frames = 3},
                                              {.path = path("text.npy")},
                                              {.path = path("nan.npy"), .num_frames = 5},
                                              {.path = path("wide.npy")},
                                              {.path = path("flow/whole.npy"), .beside = path("whole.npy")}};
  const CheckReport report = check_features(wanted, 0);
  EXPECT_EQ(report.files, 7);
  EXPECT_EQ(report.frames, 2);
  ASSERT_EQ(report.problems.size(), 6U);
  EXPECT_EQ(report.problems[0].fault, FileFault::kMissing);
  EXPECT_EQ(report.problems[1].fault, FileFault::kBroken);
  EXPECT_THAT(report.problems[1].problem, HasSubstr("frame 2"));
  EXPECT_EQ(report.problems[2].fault, FileFault::kBroken);
  EXPECT_EQ(report.problems[3].problem, "3 frames, but its labels are 5");
  EXPECT_THAT(report.problems[4].problem, HasSubstr("features of 3 dimensions, but "));
  EXPECT_EQ(report.problems[5].fault, FileFault::kLength);
  EXPECT_THAT(report.problems[5].problem, HasSubstr("whole.npy are 2"));
  EXPECT_EQ(check_features(wanted, 0, {.decode = false}).problems.size(), 1U);
  // Allowed to differ by two frames, only what is missing, broken, or of other dimensions is told.
  EXPECT_EQ(check_features(wanted, 2).problems.size(), 5U);
}

TEST(CheckFiles, CtrlCStopsIt) {
  Annotated files;
  files.write("a.mp4", "no video");
  install_interrupt_handler();
  std::raise(SIGINT);
  EXPECT_THROW((void)check_files(dataset_of({files.root() / "a.mp4"})), Error);
  clear_interrupt();
}

}  // namespace
}  // namespace zoetrope::data
