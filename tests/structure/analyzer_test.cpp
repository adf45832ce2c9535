#include "zoetrope/structure/analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/structure/scenes.h"
#include "zoetrope/core/error.h"
#include "zoetrope/structure/analyze.h"
#include "zoetrope/structure/timeline_tracks.h"

namespace zoetrope::structure {
namespace {

Structure analyze_stills(const cv::Mat& still, int count, double fps = 25) {
  StructureAnalyzer analyzer;
  for (int i = 0; i < count; ++i) analyzer.push(still, i / fps, 1 / fps);
  return analyzer.finish();
}

// What must hold of every structure.
void expect_whole(const Structure& s) {
  ASSERT_FALSE(s.shots.empty());
  ASSERT_FALSE(s.parts.empty());
  ASSERT_FALSE(s.camera.empty());
  ASSERT_FALSE(s.representatives.empty());
  const auto expect_tiles = [&](const auto& segments) {
    EXPECT_DOUBLE_EQ(segments.front().begin, s.begin);
    EXPECT_DOUBLE_EQ(segments.back().end, s.end);
    for (std::size_t i = 1; i < segments.size(); ++i) {
      EXPECT_DOUBLE_EQ(segments[i].begin, segments[i - 1].end);
      EXPECT_LT(segments[i].begin, segments[i].end);
    }
  };
  expect_tiles(s.shots);
  expect_tiles(s.parts);
  expect_tiles(s.camera);
  timeline::Timeline timeline;
  add_to_timeline(s, timeline);
  EXPECT_NO_THROW(timeline::validate(timeline));
}

TEST(Analyzer, NoFrameGivesAnEmptyStructure) {
  const Structure structure = StructureAnalyzer().finish();
  EXPECT_EQ(structure.num_frames, 0);
  EXPECT_TRUE(structure.shots.empty());
  EXPECT_TRUE(structure.parts.empty());
  timeline::Timeline timeline;
  add_to_timeline(structure, timeline);
  EXPECT_TRUE(timeline.tracks.empty());
}

TEST(Analyzer, OneFrameTenFramesAndAStill) {
  const cv::Mat still = compose::clip_named("test.avi").frames[0];
  for (const int count : {1, 2, 10, 200}) {
    const Structure structure = analyze_stills(still, count);
    expect_whole(structure);
    EXPECT_EQ(structure.shots.size(), 1U);
    EXPECT_EQ(structure.parts.size(), 1U);
    EXPECT_TRUE(structure.transitions.empty());
  }
}

TEST(Analyzer, EvenPicturesOfAnyShadeAreOneShot) {
  for (const int level : {0, 128, 255}) {
    const Structure structure = analyze_stills(cv::Mat(90, 160, CV_8UC3, cv::Scalar::all(level)), 100);
    expect_whole(structure);
    EXPECT_EQ(structure.shots.size(), 1U);
    for (const MotionSample& sample : structure.motion) EXPECT_NEAR(sample.motion, 0, 1e-6);
  }
}

TEST(Analyzer, AnySizeOfFrame) {
  cv::RNG random(3);
  for (const cv::Size size : {cv::Size(1, 1), {16, 2000}, {3000, 8}, {90, 160}, {1920, 1080}, {7, 5}}) {
    cv::Mat noise(size, CV_8UC3);
    random.fill(noise, cv::RNG::UNIFORM, 0, 256);
    expect_whole(analyze_stills(noise, 12));
  }
}

TEST(Analyzer, GreyPicturesHaveCutsToo) {
  compose::Video video = compose::compose({{&compose::clip_named("test.avi"), 0, 50, compose::Join::kCut, 0},
                                           {&compose::clip_named("two_men"), 0, 50, compose::Join::kCut, 0}},
                                          25);
  for (cv::Mat& frame : video.frames) {
    cv::Mat grey;
    cv::cvtColor(frame, grey, cv::COLOR_RGB2GRAY);
    frame = cv::Mat();
    cv::cvtColor(grey, frame, cv::COLOR_GRAY2RGB);
  }
  const Structure structure = compose::analyze(video);
  expect_whole(structure);
  ASSERT_EQ(structure.transitions.size(), 1U);
  EXPECT_DOUBLE_EQ(structure.transitions[0].begin, 2);
}

TEST(Analyzer, TimesAreTheFramesOwn) {
  // Uneven frame times, from a negative start: a cut after 40 frames.
  const compose::Video video =
      compose::compose({{&compose::clip_named("test.avi"), 0, 40, compose::Join::kCut, 0},
                        {&compose::clip_named("two_men"), 0, 40, compose::Join::kCut, 0}},
                       25);
  StructureAnalyzer analyzer;
  double time = -1.5, cut = 0;
  for (std::size_t i = 0; i < video.frames.size(); ++i) {
    const double duration = 0.02 + 0.015 * static_cast<double>(i % 5);
    if (i == 40) cut = time;
    analyzer.push(video.frames[i], time, duration);
    time += duration;
  }
  const Structure structure = analyzer.finish();
  expect_whole(structure);
  EXPECT_DOUBLE_EQ(structure.begin, -1.5);
  EXPECT_DOUBLE_EQ(structure.end, time);
  ASSERT_EQ(structure.transitions.size(), 1U);
  EXPECT_DOUBLE_EQ(structure.transitions[0].begin, cut);
}

TEST(Analyzer, ASlideShowOfOneFrameASecond) {
  StructureAnalyzer analyzer;
  const std::vector<std::string> scenes = {"test.avi", "two_men", "arm_wrestling"};
  for (int i = 0; i < 30; ++i)
    analyzer.push(compose::clip_named(scenes[i / 10]).frames[static_cast<std::size_t>(i)], i, 1);
  const Structure structure = analyzer.finish();
  expect_whole(structure);
  EXPECT_EQ(structure.shots.size(), 3U);
  EXPECT_EQ(structure.parts.size(), 3U);
}

TEST(Analyzer, RefusesWhatItCannotRead) {
  const cv::Mat picture(8, 8, CV_8UC3, cv::Scalar::all(9));
  StructureAnalyzer analyzer;
  EXPECT_THROW(analyzer.push(cv::Mat(), 0, 0.04), Error);
  EXPECT_THROW(analyzer.push(cv::Mat(8, 8, CV_8UC1), 0, 0.04), Error);
  EXPECT_THROW(analyzer.push(picture, std::numeric_limits<double>::quiet_NaN(), 0.04), Error);
  EXPECT_THROW(analyzer.push(picture, 0, -1), Error);
  analyzer.push(picture, 0, 0.04);
  EXPECT_THROW(analyzer.push(picture, 0, 0.04), Error);
}

TEST(Analyzer, TheNumberOfThreadsDoesNotMatter) {
  std::mt19937 generator(9);
  const compose::Video video = compose::compose_randomly(
      compose::test_clips(), {compose::Join::kCut, compose::Join::kDissolve}, 4, 25, 2, 3, 1, generator);
  const int threads = cv::getNumThreads();
  std::vector<Structure> structures;
  for (const int count : {1, 2, 5}) {
    cv::setNumThreads(count);
    structures.push_back(compose::analyze(video));
  }
  cv::setNumThreads(threads);
  for (std::size_t i = 1; i < structures.size(); ++i) {
    const Structure &a = structures[0], &b = structures[i];
    ASSERT_EQ(a.motion.size(), b.motion.size());
    for (std::size_t k = 0; k < a.motion.size(); ++k) {
      EXPECT_EQ(a.motion[k].motion, b.motion[k].motion);
      EXPECT_EQ(a.motion[k].camera.pan, b.motion[k].camera.pan);
    }
    ASSERT_EQ(a.transitions.size(), b.transitions.size());
    for (std::size_t k = 0; k < a.transitions.size(); ++k)
      EXPECT_EQ(a.transitions[k].score, b.transitions[k].score);
    ASSERT_EQ(a.parts.size(), b.parts.size());
    for (std::size_t k = 0; k < a.parts.size(); ++k) EXPECT_EQ(a.parts[k].contrast, b.parts[k].contrast);
  }
}

TEST(Analyzer, MotionIsLeftOutWhereAShotEnds) {
  const compose::Video video =
      compose::compose({{&compose::clip_named("test.avi"), 0, 50, compose::Join::kCut, 0},
                        {&compose::clip_named("two_men"), 0, 50, compose::Join::kCut, 0}},
                       25);
  const Structure structure = compose::analyze(video);
  for (const MotionSample& sample : structure.motion) EXPECT_TRUE(sample.end < 2 || sample.begin >= 2);
  timeline::Timeline timeline;
  add_to_timeline(structure, timeline);
  const auto motion = std::find_if(timeline.curves.begin(), timeline.curves.end(),
                                   [](const timeline::Curve& curve) { return curve.name == "motion"; });
  ASSERT_NE(motion, timeline.curves.end());
  EXPECT_EQ(
      std::count_if(motion->values.begin(), motion->values.end(), [](double v) { return std::isnan(v); }), 1);
}

TEST(Analyzer, TheTimelineTakesAStructureOnce) {
  const Structure structure = analyze_stills(compose::clip_named("test.avi").frames[0], 10);
  timeline::Timeline timeline;
  add_to_timeline(structure, timeline);
  std::vector<std::string> names;
  for (const timeline::Track& track : timeline.tracks) names.push_back(track.name);
  EXPECT_THAT(names, testing::ElementsAre("shots", "transitions", "camera", "parts", "representative"));
  EXPECT_THROW(add_to_timeline(structure, timeline), Error);
}

TEST(AnalyzeStructure, ReadsAFile) {
  // A dissolve near 5 s (drawn by its editor) and a cut near 8 s.
  const media::VideoReader reader(std::string(ZOETROPE_TEST_DATA) + "/videos/nasa_13013.mp4");
  std::int64_t last = 0;
  const Structure structure = analyze_structure(reader, {}, [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(done, last + 1);
    EXPECT_EQ(total, reader.num_frames());
    last = done;
  });
  EXPECT_EQ(last, reader.num_frames());
  EXPECT_EQ(structure.num_frames, reader.num_frames());
  EXPECT_EQ(structure.lost_frames, 0);
  expect_whole(structure);
  ASSERT_EQ(structure.transitions.size(), 2U);
  EXPECT_EQ(structure.transitions[0].kind, TransitionKind::kDissolve);
  EXPECT_NEAR(structure.transitions[0].begin, 5, 0.5);
  EXPECT_EQ(structure.transitions[1].kind, TransitionKind::kCut);
  EXPECT_NEAR(structure.transitions[1].begin, 8.1, 0.1);
  EXPECT_EQ(structure.parts.size(), 3U);
}

TEST(HalvingBuffer, KeepsABoundedNumberThatAllWeighTheSame) {
  HalvingBuffer<Sample> buffer(8);
  for (int i = 0; i < 1000; ++i) {
    Sample sample{.begin = i * 1.0, .end = i + 1.0};
    sample.brightness = static_cast<float>(i);
    buffer.push(sample);
    ASSERT_LE(buffer.items().size(), 8U);
  }
  const std::vector<Sample>& items = buffer.items();
  EXPECT_DOUBLE_EQ(items.front().begin, 0);
  EXPECT_DOUBLE_EQ(items.back().end, 1000);
  for (std::size_t i = 0; i + 1 < items.size(); ++i) {
    EXPECT_DOUBLE_EQ(items[i].seconds(), items[0].seconds());
    EXPECT_DOUBLE_EQ(items[i].end, items[i + 1].begin);
    EXPECT_NEAR(items[i].brightness, (items[i].begin + items[i].end - 1) / 2, 1e-2);
  }
}

}  // namespace
}  // namespace zoetrope::structure
