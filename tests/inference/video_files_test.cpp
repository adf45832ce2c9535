#include "zoetrope/inference/video_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "zoetrope/core/error.h"

namespace zoetrope::inference {
namespace {

namespace fs = std::filesystem;

class FindVideos : public testing::Test {
 protected:
  FindVideos() : root_(fs::temp_directory_path() / ("zoetrope_find_" + std::to_string(getpid()))) {
    for (const char* file : {"a.mp4", "a.avi", "b.MKV", "notes.txt", "deep/er/c.webm"}) {
      fs::create_directories((root_ / file).parent_path());
      std::ofstream(root_ / file) << "x";
    }
  }
  ~FindVideos() override { fs::remove_all(root_); }

  std::vector<std::string> results_of(const std::vector<std::string>& inputs) const {
    std::vector<std::string> results;
    for (const VideoFile& video : find_videos(inputs, "out")) results.push_back(video.result.string());
    return results;
  }

  fs::path root_;
};

TEST_F(FindVideos, WalksFoldersAndKeepsTheirShape) {
  EXPECT_EQ(results_of({root_.string()}),
            (std::vector<std::string>{"out/a.avi", "out/a.mp4", "out/b", "out/deep/er/c"}));
}

TEST_F(FindVideos, TakesAFileByAnyNameAndOnlyOnce) {
  const std::string notes = (root_ / "notes.txt").string();
  EXPECT_EQ(results_of({notes, notes, (root_ / "deep/../notes.txt").string()}),
            (std::vector<std::string>{"out/notes"}));
}

TEST_F(FindVideos, RefusesWhatIsMissingEmptyOrWouldCollide) {
  fs::create_directories(root_ / "empty");
  fs::create_directories(root_ / "other");
  std::ofstream(root_ / "other/a.mp4") << "x";
  EXPECT_THROW(results_of({"nowhere.mp4"}), Error);
  EXPECT_THROW(results_of({(root_ / "empty").string()}), Error);
  EXPECT_THROW(results_of({(root_ / "a.mp4").string(), (root_ / "other/a.mp4").string()}), Error);
}

}  // namespace
}  // namespace zoetrope::inference
