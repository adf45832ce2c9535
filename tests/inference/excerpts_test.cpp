#include "zoetrope/inference/excerpts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "zoetrope/core/error.h"

namespace zoetrope::inference {
namespace {

namespace fs = std::filesystem;

class Excerpts : public testing::Test {
 protected:
  Excerpts()
      : path_(fs::temp_directory_path() / ("zoetrope_excerpts_" + std::to_string(getpid()) + ".mp4")) {}
  ~Excerpts() override { fs::remove(path_); }

  fs::path path_;
};

TEST_F(Excerpts, HoldTheFramesOfTheirSpansForAsLongAsTheyWereOnScreen) {
  media::VideoReader reader(ZOETROPE_TEST_DATA "/videos/nasa_13013.mp4");
  const std::vector<Span> spans = {{1.0, 2.0}, {8.0, 8.5}};
  write_excerpts(reader, spans, path_);

  media::VideoReader written(path_.string());
  const std::int64_t first = reader.index_played_at(1.0) + 1;  // a frame counts where it begins
  const std::int64_t second = reader.index_played_at(8.0) + 1;
  EXPECT_EQ(written.num_frames(), 30 + 15);
  EXPECT_NEAR(written.stream_info().duration, 1.5, 0.04);
  EXPECT_FALSE(written.info().audio.empty());
  // The same pictures, as far as H.264 keeps them.
  const torch::Tensor expected = reader.frames_at({first, second}).rgb.to(torch::kFloat32);
  const torch::Tensor found = written.frames_at({0, 30}).rgb.to(torch::kFloat32);
  ASSERT_EQ(found.sizes(), expected.sizes());
  EXPECT_LT((found - expected).abs().mean().item<float>(), 4);
}

TEST_F(Excerpts, AreScaledAndSilentOnDemand) {
  media::VideoReader reader(ZOETROPE_TEST_DATA "/videos/nasa_13013.mp4");
  write_excerpts(reader, {{0, 0.5}}, path_, {.short_side = 90, .sound = false});
  media::VideoReader written(path_.string());
  EXPECT_EQ(written.stream_info().height, 90);
  EXPECT_EQ(written.stream_info().width, 160);
  EXPECT_TRUE(written.info().audio.empty());
}

TEST_F(Excerpts, OfNothingAreAnErrorAndLeaveNoFile) {
  media::VideoReader reader(ZOETROPE_TEST_DATA "/videos/nasa_13013.mp4");
  EXPECT_THROW(write_excerpts(reader, {}, path_), Error);
  EXPECT_THROW(write_excerpts(reader, {{100, 200}}, path_), Error);
  EXPECT_FALSE(fs::exists(path_));
}

}  // namespace
}  // namespace zoetrope::inference
