#include "zoetrope/timeline/json.h"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/timeline/complaint.h"
#include "tests/timeline/random_timeline.h"
#include "zoetrope/core/error.h"
#include "zoetrope/timeline/json_input.h"

namespace zoetrope::timeline {
namespace {

using testing::HasSubstr;

std::string json_complaint(const std::string& text) {
  return complaint_of([&] { (void)from_json(text, "x.json"); });
}

const std::string kHead = R"({"schema": "zoetrope.timeline", "version": 1, )";

TEST(Json, IsLaidOutForPeople) {
  Timeline timeline;
  timeline.video = {.path = "k.mp4", .duration = 62.5};
  timeline.tracks = {{.name = "action",
                      .source = {.name = "net"},
                      .segments = {{0, 4.2, "pour \"milk\"", 7, 0.91}, {4.2, 5, "SIL"}}}};
  timeline.curves = {{.name = "motion", .times = {0, 1, 2, 3, 4}, .values = {1, 2, 3, 4, std::nan("")}}};
  EXPECT_EQ(to_json(timeline), R"({
  "schema": "zoetrope.timeline",
  "version": 1,
  "video": {"path": "k.mp4", "start": 0.0, "duration": 62.5},
  "tracks": [
    {
      "name": "action",
      "source": {"name": "net"},
      "segments": [
        {"start": 0.0, "end": 4.2, "label": "pour \"milk\"", "label_id": 7, "score": 0.91},
        {"start": 4.2, "end": 5.0, "label": "SIL"}
      ]
    }
  ],
  "curves": [
    {
      "name": "motion",
      "times": [0.0, 1.0, 2.0, 3.0, 4.0],
      "values": [1.0, 2.0, 3.0, 4.0, null]
    }
  ],
  "texts": [],
  "attachments": [],
  "warnings": []
}
)");
}

TEST(Json, RandomTimelinesComeBackToTheBit) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Timeline timeline = RandomTimeline(seed, {.max_seconds = seed % 2 ? 1e4 : kMaxSeconds}).timeline();
    const std::string text = to_json(timeline);
    const Timeline back = from_json(text, "t");
    EXPECT_TRUE(same(timeline, back)) << text;
    EXPECT_EQ(to_json(back), text);
  }
}

TEST(Json, InvalidUtf8IsReplaced) {
  Timeline timeline;
  timeline.video.path = "caf\xe9.mp4";
  EXPECT_EQ(from_json(to_json(timeline), "t").video.path, "caf\xef\xbf\xbd.mp4");
}

TEST(Json, UnknownFieldsAreIgnoredAndSegmentsSorted) {
  const Timeline timeline =
      from_json(kHead + R"("future": {"a": [1]}, "tracks": [{"name": "t", "colour": 3, "segments": [
        {"start": 5, "end": 6, "label": "b", "x": []}, {"start": 1, "end": 2, "label": "a", "score": null}]}]})",
                "t");
  EXPECT_EQ(timeline.tracks.at(0).segments.at(0).label, "a");
  EXPECT_FALSE(timeline.tracks[0].segments[0].score);
  EXPECT_EQ(timeline.tracks[0].segments[1].start, 5);
}

TEST(Json, ErrorsNameFileAndPlace) {
  const std::string track = kHead + R"("tracks": [{"name": "a"}, {"name": "b", "segments": [{"start": 1, )";
  EXPECT_EQ(json_complaint(track + R"("end": "2", "label": ""}]}]})"),
            "x.json: tracks[1].segments[0].end: must be a number");
  EXPECT_EQ(json_complaint(track + R"("label": ""}]}]})"),
            "x.json: tracks[1].segments[0]: \"end\" is missing");
  EXPECT_EQ(json_complaint(track + R"("end": 0, "label": ""}]}]})"),
            "x.json: tracks[1].segments[0].end: 0 is before the start, 1");
  EXPECT_EQ(json_complaint(track + R"("end": 2, "label": 3}]}]})"),
            "x.json: tracks[1].segments[0].label: must be a string");
  EXPECT_EQ(json_complaint(track + R"("end": 2, "label": "", "label_id": 1.5}]}]})"),
            "x.json: tracks[1].segments[0].label_id: must be an integer");
  EXPECT_EQ(json_complaint(track + R"("end": 2, "label": "", "label_id": 9223372036854775808}]}]})"),
            "x.json: tracks[1].segments[0].label_id: must be an integer");
  EXPECT_EQ(json_complaint(kHead + R"("tracks": {}})"), "x.json: tracks: must be an array");
  EXPECT_EQ(json_complaint(kHead + R"("tracks": [7]})"), "x.json: tracks[0]: must be an object");
  EXPECT_THAT(json_complaint(kHead + R"("warnings": [)"), HasSubstr("x.json: no JSON: "));
  EXPECT_THAT(json_complaint(kHead + R"("video": {"start": 1e999}})"), HasSubstr("x.json: no JSON: "));
}

TEST(Json, OtherSchemasAndVersionsAreRefused) {
  EXPECT_EQ(json_complaint("[]"), "x.json: must be an object");
  EXPECT_EQ(json_complaint("{}"), "x.json: no timeline of Zoetrope: \"schema\" is not \"zoetrope.timeline\"");
  EXPECT_EQ(json_complaint(R"({"schema": "zoetrope.timeline", "version": 2})"),
            "x.json: version 2 of the timeline's schema, but this program reads version 1");
  EXPECT_EQ(json_complaint(R"({"schema": "zoetrope.timeline"})"), "x.json: \"version\" is missing");
}

TEST(Json, CeilingsAreHeld) {
  const std::string deep = kHead + "\"x\": " + std::string(100'000, '[');
  EXPECT_THAT(json_complaint(deep), HasSubstr("nested deeper than 32 levels"));
  EXPECT_NO_THROW((void)parse_json("[0, 0]", "x", 3));
  EXPECT_THROW((void)parse_json("[0, 0, 0]", "x", 3), Error);
}

TEST(Json, InvalidTimelinesAreNotWritten) {
  Timeline timeline;
  timeline.tracks = {{.name = "t", .segments = {{0, 1, "a", -1, std::numeric_limits<double>::infinity()}}}};
  EXPECT_THROW((void)to_json(timeline), Error);
}

TEST(Json, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(3);
  int refused = 0;
  for (unsigned seed = 0; seed < 1500; ++seed) {
    const std::string text = damage(to_json(RandomTimeline(seed % 50).timeline()), random);
    try {
      validate(from_json(text, "t"));
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(Json, Files) {
  const std::string path = testing::TempDir() + "zoetrope_timeline.json";
  const Timeline timeline = RandomTimeline(9).timeline();
  write_json(timeline, path);
  EXPECT_TRUE(same(read_json(path), timeline));
  std::filesystem::remove(path);
  EXPECT_THROW((void)read_json(path), Error);
}

}  // namespace
}  // namespace zoetrope::timeline
