#include "zoetrope/synthetic/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/support/temporary_folder.h"
#include "tests/synthetic/worlds.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/media/audio_reader.h"
#include "zoetrope/media/video_reader.h"
#include "zoetrope/synthetic/sounds.h"
#include "zoetrope/synthetic/write_world.h"
#include "zoetrope/timeline/json.h"

namespace zoetrope::synthetic {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Every file of a folder by its path below it; links are their targets.
std::map<std::string, std::string> content_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_symlink())
      files[name] = "-> " + fs::read_symlink(entry.path()).string();
    else if (entry.is_regular_file())
      files[name] = bytes_of(entry.path());
  }
  return files;
}

/// Both kinds of videos, few of each, in few layouts.
WorldOptions mixed_world() {
  WorldOptions world = test::untrimmed_world();
  world.clips.train = 1;
  world.untrimmed.train = 2;
  world.untrimmed.val = world.untrimmed.test = 0;
  world.layouts = {"csv", "folders"};
  return world;
}

TEST(WriteWorld, TwoRunsOnAnyNumberOfThreadsGiveTheSameBytes) {
  const test::TemporaryFolder folder;
  const WorldOptions world = mixed_world();
  write_world(world, folder.path() / "a", {.num_threads = 1});
  write_world(world, folder.path() / "b", {.num_threads = 3});
  const std::map<std::string, std::string> a = content_of(folder.path() / "a"),
                                           b = content_of(folder.path() / "b");
  EXPECT_EQ(a.size(), 10 * 2 + 8 + 3 + 1u);
  EXPECT_TRUE(a == b);
}

TEST(WriteWorld, VideosShowAndSoundWhatWasRendered) {
  const test::TemporaryFolder folder;
  WorldOptions world = mixed_world();
  world.encoding.crf = 8;
  const WorldSummary summary = write_world(world, folder.path() / "a");
  EXPECT_EQ(summary.clips, 8);
  EXPECT_EQ(summary.untrimmed, 2);
  EXPECT_EQ(count_videos(world), 10);
  for (const VideoScript& script : plan_world(world)) {
    const std::string path = (folder.path() / "a/videos/train" / (script.id + ".mp4")).string();
    media::VideoReader reader(path);
    ASSERT_EQ(reader.num_frames(), script.num_frames);
    EXPECT_EQ(reader.stream_info().codec, "h264");
    EXPECT_NEAR(reader.stream_info().fps, world.fps, 1e-6);
    const media::Frames frames = reader.frames_in_range(0, -1);
    const FrameRenderer renderer(script, world);
    for (std::int64_t i = 0; i < script.num_frames; ++i) {
      const cv::Mat rendered = renderer.frame(i);
      const cv::Mat back(rendered.rows, rendered.cols, CV_8UC3, frames.rgb[i].data_ptr());
      EXPECT_GT(cv::PSNR(rendered, back), 24) << script.id << " frame " << i;
    }
    const media::Waveform sound = media::read_audio(path);
    EXPECT_EQ(sound.sample_rate, 16'000);
    EXPECT_NEAR(static_cast<double>(sound.samples.size(0)),
                static_cast<double>(sound_of(script, world).size()), 1100);
    EXPECT_GT(sound.samples.abs().max().item<float>(), 0.05F);
    const timeline::Timeline truth = timeline::read_json(fs::path(path).replace_extension(".json"));
    EXPECT_EQ(truth.video.path, script.id + ".mp4");
    EXPECT_EQ(truth.video.num_frames, script.num_frames);
  }
}

TEST(WriteWorld, AWorldWithoutSoundHasNone) {
  const test::TemporaryFolder folder;
  WorldOptions world = mixed_world();
  world.untrimmed.train = 0;
  world.sound.enabled = false;
  write_world(world, folder.path() / "a");
  EXPECT_TRUE(
      media::VideoReader((folder.path() / "a/videos/train/clip_00000.mp4").string()).info().audio.empty());
}

TEST(WriteWorld, TheOptionsItWritesGiveTheSameWorld) {
  const test::TemporaryFolder folder;
  WorldOptions world = mixed_world();
  world.untrimmed.train = 0;
  world.look.domain_shift = 0.5;
  write_world(world, folder.path() / "a");
  const auto read = load_config<WorldOptions>(folder.path() / "a/world.toml");
  write_world(read, folder.path() / "b");
  EXPECT_TRUE(content_of(folder.path() / "a") == content_of(folder.path() / "b"));
}

TEST(WriteWorld, AFolderThatHoldsAnythingIsLeftAloneWithoutForce) {
  const test::TemporaryFolder folder;
  WorldOptions world = mixed_world();
  world.untrimmed.train = 0;
  std::ofstream(folder.file("notes.txt")) << "mine";
  EXPECT_THAT([&] { write_world(world, folder.path()); }, ThrowsMessage<Error>(HasSubstr("--force")));
  write_world(world, folder.path(), {.force = true});
  world.clips.train = 0;
  world.clips.val = 1;
  write_world(world, folder.path(), {.force = true});
  EXPECT_EQ(bytes_of(folder.file("notes.txt")), "mine");
  EXPECT_TRUE(fs::is_empty(folder.path() / "videos/train"));
  EXPECT_THAT([&] { write_world(world, folder.file("notes.txt")); },
              ThrowsMessage<Error>(HasSubstr("is a file")));
}

TEST(WriteWorld, AnInterruptLeavesNoHalfVideoAndNoWorldFile) {
  const test::TemporaryFolder folder;
  install_interrupt_handler();
  std::atomic<int> videos = 0;
  const WriteOptions options{.num_threads = 1, .on_video = [&] {
                               if (++videos == 3) std::raise(SIGINT);
                             }};
  EXPECT_THROW(write_world(mixed_world(), folder.path() / "a", options), Error);
  clear_interrupt();
  EXPECT_EQ(videos, 3);
  EXPECT_FALSE(fs::exists(folder.path() / "a/world.toml"));
  EXPECT_EQ(content_of(folder.path() / "a").size(), 6u);  // three videos and their truths
}

struct Complaint {
  const char* toml;
  const char* words;
};

class WrongWorld : public testing::TestWithParam<Complaint> {};

TEST_P(WrongWorld, IsToldInOneLineThatNamesTheFile) {
  WorldOptions world;
  read_config(parse_toml(GetParam().toml, "w.toml"), world);
  EXPECT_THAT(
      [&] { check_world(world, "w.toml"); },
      ThrowsMessage<Error>(testing::AllOf(testing::StartsWith("w.toml: "), HasSubstr(GetParam().words))));
}

INSTANTIATE_TEST_SUITE_P(
    Worlds, WrongWorld,
    testing::Values(Complaint{"actions = ['rize']", "unknown action 'rize'; did you mean 'rise'?"},
                    Complaint{"actions = ['jump', 'jump']", "'jump' stands twice"},
                    Complaint{"actions = []", "at least one"},
                    Complaint{"actions = ['rise']", "needs its reverse 'fall'"},
                    Complaint{"layouts = ['kinetcs']", "did you mean 'kinetics'?"},
                    Complaint{"actions = ['jump']\nlabel_noise = 0.5", "needs a second action"},
                    Complaint{"clips = {train = 0, val = 0, test = 0}", "no video is asked for"},
                    Complaint{"untrimmed = {step_seconds = [3, 2]}", "untrimmed.step_seconds"},
                    Complaint{"untrimmed = {activities = [{name = 'a', steps = ['jump']}]}",
                              "'jump' is not among 'actions'"},
                    Complaint{"untrimmed = {activities = [{name = 'solo', steps = ['rise']}]}",
                              "a tag of this name"},
                    Complaint{"untrimmed = {activities = [{name = 'a', steps = []}]}", "a name and steps"}));

TEST(World, TheDefaultsAndTheExamplesAreWorlds) {
  check_world(WorldOptions{}, "defaults");
  for (const char* name : {"adaptive.toml", "small.toml", "untrimmed.toml"}) {
    const fs::path path = fs::path(ZOETROPE_TEST_DATA) / "../../recipes/worlds" / name;
    check_world(load_config<WorldOptions>(path), name);
  }
}

}  // namespace
}  // namespace zoetrope::synthetic
