#include "zoetrope/timeline/formats.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "tests/timeline/complaint.h"

namespace zoetrope::timeline {
namespace {

Timeline two_tracks() {
  Timeline timeline;
  timeline.video = {.path = "videos/kitchen.mp4", .duration = 4, .num_frames = 4, .fps = 1};
  timeline.tracks = {{.name = "action", .segments = {{0, 2, "pour milk", -1, 0.5}, {2, 4, "stir", -1, 0.25}}},
                     {.name = "shots", .segments = {{0, 4, "shot", -1, 1}}}};
  return timeline;
}

TEST(Formats, NamesAndSuffixesAreUnique) {
  std::set<std::string_view> names, suffixes;
  for (const Format& format : formats()) {
    EXPECT_TRUE(names.insert(format.name).second);
    EXPECT_FALSE(format.holds.empty());
    for (const std::string_view suffix : format.suffixes) EXPECT_TRUE(suffixes.insert(suffix).second);
  }
}

TEST(Formats, ByNameAndByPath) {
  EXPECT_EQ(format_of_name("webvtt").name, "webvtt");
  EXPECT_THAT(complaint_of([] { (void)format_of_name("webvt"); }),
              testing::HasSubstr("did you mean 'webvtt'?"));
  EXPECT_EQ(format_of_path("a/b.json").name, "json");
  EXPECT_EQ(format_of_path("a/b.activitynet.json").name, "activitynet");
  EXPECT_EQ(format_of_path("b.vtt").name, "webvtt");
  EXPECT_THAT(complaint_of([] { (void)format_of_path("b.mp4"); }), testing::StartsWith("b.mp4: no format"));
}

TEST(Formats, EachWritesWhatItReads) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "zoetrope_formats";
  std::filesystem::create_directories(folder);
  for (const Format& format : formats()) {
    const std::filesystem::path path = folder / ("kitchen" + std::string(format.suffixes.front()));
    EXPECT_EQ(&format_of_path(path), &format);
    write_timeline(two_tracks(), path, format, {.track = "action"});
    const Timeline back = read_timeline(path, format, {.fps = 1});
    if (format.name == "srt") {
      EXPECT_EQ(back.texts.at(0).captions.at(1).text, "stir (0.25)");
      continue;
    }
    ASSERT_EQ(back.tracks.size(), 1U) << format.name;
    ASSERT_EQ(back.tracks[0].segments.size(), 2U) << format.name;
    EXPECT_EQ(back.tracks[0].segments[1].label, "stir") << format.name;
    EXPECT_EQ(back.tracks[0].segments[1].start, 2) << format.name;
    EXPECT_EQ(back.tracks[0].segments[1].end, 4) << format.name;
  }
  std::filesystem::remove_all(folder);
}

TEST(Formats, TracksAndVideosAreChosenByName) {
  const Format& chapters = format_of_name("chapters");
  EXPECT_THAT(complaint_of([&] { (void)write_as(chapters, two_tracks()); }),
              testing::HasSubstr("(action, shots)"));
  EXPECT_EQ(complaint_of([&] { (void)write_as(chapters, two_tracks(), {.track = "actoin"}); }),
            "no track 'actoin'; did you mean 'action'?");
  const Format& activitynet = format_of_name("activitynet");
  const std::string text =
      R"({"results": {"one": [], "two": [{"segment": [1, 2], "label": "a", "score": 1}]}})";
  EXPECT_EQ(activitynet.read(text, "x", {.video = "two"}).tracks.at(0).segments.size(), 1U);
  EXPECT_EQ(complaint_of([&] { (void)activitynet.read(text, "x", {}); }),
            "x: has 2 videos: choose one by its name");
  EXPECT_EQ(complaint_of([&] { (void)activitynet.read(text, "x", {.video = "twoo"}); }),
            "x: has no video 'twoo'; did you mean 'two'?");
}

}  // namespace
}  // namespace zoetrope::timeline
