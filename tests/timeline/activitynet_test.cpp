#include "zoetrope/timeline/activitynet.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/timeline/complaint.h"
#include "tests/timeline/random_timeline.h"
#include "zoetrope/core/files.h"

namespace zoetrope::timeline {
namespace {

std::string activitynet_complaint(const std::string& text) {
  return complaint_of([&] { (void)from_activitynet(text, "x.json"); });
}

ActivityNetFile load_activitynet(const std::string& name) {
  const std::string path = std::string(ZOETROPE_TEST_DATA) + "/timeline/" + name;
  return from_activitynet(read_text_file(path, 100'000), path);
}

TEST(ActivityNet, ReadsTruth) {
  const ActivityNetFile file = load_activitynet("activitynet_truth.json");
  EXPECT_EQ(file.version, "VERSION 1.3");
  ASSERT_EQ(file.videos.size(), 2U);
  const ActivityNetVideo& video = file.videos.at("bYUmtLBL7W4");
  EXPECT_EQ(video.subset, "validation");
  EXPECT_EQ(video.timeline.video.duration, 224.49);
  EXPECT_EQ(video.timeline.video.path, "bYUmtLBL7W4");
  ASSERT_EQ(video.timeline.tracks.size(), 1U);
  EXPECT_EQ(video.timeline.tracks[0].name, "annotations");
  ASSERT_EQ(video.timeline.tracks[0].segments.size(), 3U);
  EXPECT_EQ(video.timeline.tracks[0].segments[0].start, 11.553655226209049);
  EXPECT_EQ(video.timeline.tracks[0].segments[0].label, "Wakeboarding");
  EXPECT_FALSE(video.timeline.tracks[0].segments[0].score);
}

TEST(ActivityNet, ReadsResults) {
  const ActivityNetFile file = load_activitynet("activitynet_results.json");
  ASSERT_EQ(file.videos.size(), 2U);
  const Track& track = file.videos.at("bYUmtLBL7W4").timeline.tracks.at(0);
  EXPECT_EQ(track.name, "detections");
  ASSERT_EQ(track.segments.size(), 10U);
  const auto first_of_file = std::find_if(track.segments.begin(), track.segments.end(),
                                          [](const Segment& s) { return s.score == 0.6533445119857788; });
  ASSERT_NE(first_of_file, track.segments.end());
  EXPECT_EQ(first_of_file->start, 0);
  EXPECT_EQ(first_of_file->end, 206.3465619982159);
}

TEST(ActivityNet, WhatIsReadIsWrittenAgain) {
  const ActivityNetFile truth = load_activitynet("activitynet_truth.json");
  const std::string truth_text = to_activitynet_truth(truth);
  EXPECT_EQ(to_activitynet_truth(from_activitynet(truth_text, "t")), truth_text);
  const ActivityNetFile results = load_activitynet("activitynet_results.json");
  const ActivityNetFile back = from_activitynet(to_activitynet_results(results), "t");
  for (const auto& [name, video] : results.videos)
    EXPECT_TRUE(same(back.videos.at(name).timeline, video.timeline));
}

TEST(ActivityNet, WritesTheFormOfTheEvaluators) {
  ActivityNetFile file;
  file.external_data = true;
  file.videos["v"].timeline.tracks = {
      {.name = "t", .segments = {{1.5, 4, "Diving", 3, 0.9}, {2, 3, "Diving"}}}};
  file.videos["v"].timeline.video = {.duration = 62.5, .fps = 30};
  file.videos["v"].subset = "validation";
  EXPECT_EQ(to_activitynet_results(file), R"({
  "version": "VERSION 1.3",
  "results": {
    "v": [
      {"label": "Diving", "score": 0.9, "segment": [1.5, 4.0]},
      {"label": "Diving", "score": 1.0, "segment": [2.0, 3.0]}
    ]
  },
  "external_data": {"used": true, "details": ""}
}
)");
  EXPECT_EQ(to_activitynet_truth(file), R"({
  "version": "VERSION 1.3",
  "taxonomy": [],
  "database": {
    "v": {
      "duration": 62.5,
      "subset": "validation",
      "fps": 30.0,
      "annotations": [
        {"label": "Diving", "segment": [1.5, 4.0]},
        {"label": "Diving", "segment": [2.0, 3.0]}
      ]
    }
  }
}
)");
}

TEST(ActivityNet, RandomVideosComeBackToTheBit) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    RandomTimeline random(seed, {.max_seconds = seed % 2 ? 1e4 : kMaxSeconds});
    ActivityNetFile file;
    for (int i = random.below(4); i > 0; --i) {
      Timeline& timeline = file.videos[random.text(false)].timeline;
      timeline.tracks = {random.track("detections")};
      for (Segment& segment : timeline.tracks[0].segments) {
        segment.label_id = -1;
        segment.score = segment.score.value_or(0.5);
      }
      sort_by_time(timeline);
    }
    const ActivityNetFile back = from_activitynet(to_activitynet_results(file), "t");
    ASSERT_EQ(back.videos.size(), file.videos.size());
    for (auto& [name, video] : file.videos) {
      video.timeline.video.path = name;
      EXPECT_TRUE(same(back.videos.at(name).timeline, video.timeline));
    }
  }
}

TEST(ActivityNet, RefusesWithThePlace) {
  EXPECT_EQ(activitynet_complaint("{}"),
            "x.json: no JSON of ActivityNet: needs either \"results\" or \"database\"");
  EXPECT_EQ(activitynet_complaint(R"({"results": {}, "database": {}})"),
            "x.json: no JSON of ActivityNet: needs either \"results\" or \"database\"");
  const std::string head = R"({"results": {"v": [{"label": "a", "score": 1, "segment": )";
  EXPECT_EQ(activitynet_complaint(head + "[1]}]}}"), "x.json: results.v[0].segment: must be [start, end]");
  EXPECT_EQ(activitynet_complaint(R"({"results": {"a\nb": [{}]}})"),
            "x.json: results.a?b[0]: \"segment\" is missing");
  EXPECT_EQ(activitynet_complaint(head + "[2, 1]}]}}"),
            "x.json: results.v[0].segment: ends before it starts");
  EXPECT_EQ(activitynet_complaint(head + "[2, \"3\"]}]}}"),
            "x.json: results.v[0].segment[1]: must be a number");
  EXPECT_EQ(activitynet_complaint(R"({"database": {"v": {"annotations": [{"segment": [1, 2]}]}}})"),
            "x.json: database.v.annotations[0]: \"label\" is missing");
}

TEST(ActivityNet, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(8);
  const std::string results = to_activitynet_results(load_activitynet("activitynet_results.json"));
  const std::string truth = to_activitynet_truth(load_activitynet("activitynet_truth.json"));
  for (int i = 0; i < 1500; ++i) (void)activitynet_complaint(damage(i % 2 ? results : truth, random));
}

}  // namespace
}  // namespace zoetrope::timeline
