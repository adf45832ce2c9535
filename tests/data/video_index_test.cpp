#include "zoetrope/data/video_index.h"

#include <gmock/gmock.h>

#include "tests/data/annotated.h"

namespace zoetrope::data {
namespace {

TEST(VideoIndex, KnowsVideosAndPicturesByTheirSuffix) {
  EXPECT_TRUE(is_video_name("a/B.MkV"));
  EXPECT_FALSE(is_video_name("a.txt"));
  EXPECT_FALSE(is_video_name("mp4"));
  EXPECT_TRUE(is_picture_name("x.JPEG"));
  EXPECT_FALSE(is_picture_name("x.mp4"));
}

TEST(VideoIndex, FindsByNameInAnyFolder) {
  Annotated files;
  for (const char* name : {"b/one.mp4", "a/one.avi", "a/frames.v2/1.jpg", ".cache/two.mp4", "c/three.webm"})
    files.write(name);
  const VideoIndex videos(files.root());
  EXPECT_EQ(files.relative(videos.find_stem("one").value()), "a/one.avi");
  EXPECT_EQ(files.relative(videos.find_stem("one", "b").value()), "b/one.mp4");
  EXPECT_EQ(files.relative(videos.find_stem("frames.v2").value()), "a/frames.v2");
  EXPECT_EQ(videos.find_stem("two"), std::nullopt);
  EXPECT_EQ(files.relative(videos.find("c/three.mp4").value()), "c/three.webm");
  EXPECT_EQ(files.relative(videos.find("c/three").value()), "c/three.webm");
  EXPECT_EQ(videos.find("three.mp4"), std::nullopt);
  EXPECT_EQ(files.relative(videos.find("./a//one.avi").value()), "a/one.avi");
  EXPECT_EQ(videos.num_ambiguous(), 1U);
}

TEST(VideoIndex, FollowsLinksOnce) {
  Annotated files;
  files.write("store/one.mp4");
  std::filesystem::create_directories(files.root() / "set");
  std::filesystem::create_directory_symlink(files.root() / "store", files.root() / "set/linked");
  std::filesystem::create_directory_symlink(files.root() / "set", files.root() / "store/loop");
  const VideoIndex videos(files.root() / "set");
  EXPECT_EQ(files.relative(videos.find_stem("one").value()), "set/linked/one.mp4");
}

TEST(VideoIndex, WithoutARootNothingIsFound) {
  const VideoIndex videos("");
  EXPECT_EQ(videos.find_stem("one"), std::nullopt);
  EXPECT_EQ(videos.find("."), std::nullopt);
  EXPECT_EQ(videos.expected("one.mp4"), "one.mp4");
  EXPECT_THROW(VideoIndex("no such folder"), Error);
}

}  // namespace
}  // namespace zoetrope::data
