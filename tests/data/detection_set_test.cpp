#include "zoetrope/data/detection_set.h"

#include <gmock/gmock.h>

#include "tests/data/annotated.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kTruth = R"({"database": {
  "b": {"subset": "testing", "duration": 9.5, "annotations": []},
  "a": {"subset": "training", "duration": 12, "fps": 30, "annotations": [
    {"label": "Jump", "segment": [4, 6.5]}, {"label": "Dive", "segment": [0, 2]}, {"label": "Jump", "segment": [8, 13]}]}}})";

class Detections {
 public:
  Detections() { files_.write("truth.json", kTruth); }
  void features(const std::string& name, std::int64_t dimensions, std::int64_t frames) {
    const auto path = files_.root() / "features" / (name + ".npy");
    std::filesystem::create_directories(path.parent_path());
    write_features(path, std::vector<float>(static_cast<std::size_t>(dimensions * frames)), dimensions);
  }
  [[nodiscard]] DetectionSet read(DetectionOptions options) const {
    options.annotations = files_.root() / "truth.json";
    if (!options.features.empty()) options.features = files_.root() / options.features;
    return read_detection_set(options);
  }
  [[nodiscard]] std::string complaint(const DetectionOptions& options) const {
    try {
      (void)read(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "";
  }
  [[nodiscard]] std::string complaint_about(const std::string& text) {
    const auto path = files_.write("x.json", text);
    try {
      (void)read_annotated_videos(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "";
  }
  Annotated files_;
};

TEST(DetectionSet, ClassesAreThoseOfTheWholeFile) {
  const Detections files;
  const DetectionSet set = files.read({.subset = "training"});
  EXPECT_THAT(set.classes, ElementsAre("Dive", "Jump"));
  ASSERT_EQ(set.videos.size(), 1U);
  const DetectionVideo& video = set.videos[0];
  EXPECT_EQ(video.annotated.name, "a");
  EXPECT_EQ(video.annotated.duration, 12);
  EXPECT_THAT(video.labels, ElementsAre(1, 0, 1));
  EXPECT_THAT(video.classes, ElementsAre(0, 1));
  EXPECT_EQ(video.annotated.segments[2].end, 13);  // beyond the duration, as it stands
  EXPECT_EQ(files.read({}).videos.size(), 2U);
  EXPECT_THAT(files.complaint({.subset = "validation"}),
              HasSubstr("no video of subset 'validation'; there are testing, training"));
}

TEST(DetectionSet, ClassesThatAreNotKeptAreLeftOut) {
  const Detections files;
  const DetectionSet set = files.read({.classes = {"Jump"}});
  EXPECT_THAT(set.classes, ElementsAre("Jump"));
  ASSERT_EQ(set.videos.size(), 1U);  // "b" has no segment
  EXPECT_THAT(set.videos[0].labels, ElementsAre(0, 0));
  EXPECT_EQ(set.videos[0].annotated.segments[1].start, 8);
  const Dataset labels = labels_of_videos(set);
  EXPECT_EQ(labels.samples.at(0).id, "a");
  EXPECT_EQ(labels_of(labels, 0), "Jump");
  EXPECT_THAT(files.complaint({.classes = {"Jum"}}),
              HasSubstr("truth.json: no segment is of class 'Jum'; did you mean 'Jump'?"));
  EXPECT_THAT(files.complaint({.subset = "testing", .classes = {"Jump"}}),
              HasSubstr("no video of subset 'testing' has one of the classes that are kept"));
}

TEST(DetectionSet, TwoStreamsAreFoundAndCompared) {
  Detections files;
  files.features("rgb/a", 4, 20);
  files.features("flow/v_a", 4, 19);
  const DetectionOptions options{.subset = "training", .features = "features"};
  EXPECT_THAT(files.complaint(options), HasSubstr("v_a.npy: 19 frames, but "));
  EXPECT_THAT(files.complaint(options), HasSubstr("a.npy has 20; a max_length_difference of 1 would"));
  const DetectionSet set =
      files.read({.subset = "training", .features = "features", .max_length_difference = 1});
  EXPECT_EQ(set.videos[0].num_frames, 19);
  ASSERT_EQ(set.videos[0].streams.size(), 2U);
  EXPECT_EQ(set.videos[0].streams[1].filename(), "v_a.npy");
  files.features("a", 8, 20);
  EXPECT_EQ(files.read({.subset = "training", .features = "features", .streams = {}}).videos[0].num_frames,
            20);
  EXPECT_THAT(files.complaint({.subset = "testing", .features = "features"}),
              HasSubstr("b.npy: not there; the annotations name video 'b'"));
}

TEST(DetectionSet, VideosOfOneStreamHaveAsManyDimensions) {
  Detections files;
  for (const char* stream : {"rgb", "flow"}) {
    files.features(std::string(stream) + "/a", 4, 20);
    files.features(std::string(stream) + "/b", 4, 20);
  }
  EXPECT_THAT(files.read({.features = "features"}).videos[0].dimensions, ElementsAre(4, 4));
  files.features("flow/b", 5, 20);
  EXPECT_THAT(files.complaint({.features = "features"}), HasSubstr("features of "));
  EXPECT_THAT(files.complaint({.features = "features"}), HasSubstr(" dimensions, but "));
}

TEST(AnnotatedVideos, ResultsKeepTheirOrder) {
  Detections files;
  const auto path = files.files_.write(
      "r.json",
      R"({"results": {"a": [{"label": "x", "score": 0.2, "segment": [5, 6]}, {"label": "y", "score": 0.9, "segment": [1, 2]}]}})");
  const std::vector<AnnotatedVideo> videos = read_annotated_videos(path);
  ASSERT_EQ(videos.size(), 1U);
  EXPECT_EQ(videos[0].segments[0].score, 0.2);
  EXPECT_EQ(videos[0].segments[1].label, "y");
}

TEST(AnnotatedVideos, JsonOfAnotherShapeIsNamed) {
  Detections files;
  EXPECT_THAT(files.complaint_about("[1]"), HasSubstr("must be an object"));
  EXPECT_THAT(files.complaint_about("{}"), HasSubstr("neither \"database\""));
  EXPECT_THAT(files.complaint_about(R"({"results": {"a": [{"label": "x", "segment": [5]}]}})"),
              HasSubstr("results.a[0].segment: must be [start, end]"));
  EXPECT_THAT(files.complaint_about(R"({"results": {"a": [{"label": "x", "segment": [5, 2]}]}})"),
              HasSubstr("results.a[0].segment: ends before it starts"));
  EXPECT_THAT(files.complaint_about(R"({"results": {"a": [{"label": "x", "segment": [0, 1e30]}]}})"),
              HasSubstr("is outside of"));
  EXPECT_THAT(files.complaint_about(R"({"results": {"a": [{"segment": [0, 1]}]}})"),
              HasSubstr("results.a[0]: \"label\" is missing"));
  EXPECT_THAT(files.complaint_about(R"({"database": {"a": {"annotations": {}}}})"),
              HasSubstr("database.a.annotations: must be an array"));
  EXPECT_THAT(files.complaint_about(R"({"database": )"), HasSubstr("no JSON"));
}

}  // namespace
}  // namespace zoetrope::data
