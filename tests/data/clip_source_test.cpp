#include "zoetrope/data/clip_source.h"

#include <gtest/gtest.h>

#include <fstream>

#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

const std::string kVideos = std::string(ZOETROPE_TEST_DATA) + "/videos/";

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

Dataset of_videos(const std::vector<std::string>& names) {
  Dataset dataset{.label_sets = {{.names = {"a", "b"}}}};
  for (const std::string& name : names) {
    dataset.samples.push_back({.id = name, .path = kVideos + name, .labels = {std::vector<std::int64_t>{0}}});
  }
  return dataset;
}

constexpr ClipTiming kTiming = {.frames = 4, .stride = 2};

TEST(ClipSource, MemoryDoesNotGrowOverEpochs) {
  // Codecs, sizes and one file that cannot be read: what leaks in loaders are decoders and errors.
  Dataset dataset =
      of_videos({"testsrc2_mpeg4.mp4", "demo_mjpeg.avi", "testsrc2_vp8.webm", "part_0.mp4", "README.md"});
  const ClipSourceOptions options{.timing = kTiming, .size = 48};
  Loader loader(dataset, training_source(dataset, options),
                {.shape = {3, kTiming.frames, 48, 48}, .batch_size = 2, .workers = 2, .max_broken = 0.5});
  constexpr std::int64_t kEpochs = 40, kWarmUp = 15;
  std::int64_t before = 0, after = 0, clips = 0;
  for (std::int64_t epoch = 0; epoch < kEpochs; ++epoch) {
    loader.start(epoch);
    while (const std::optional<Batch> batch = loader.next()) clips += std::ssize(batch->samples);
    std::int64_t& most = epoch < kWarmUp ? before : after;
    most = std::max(most, resident_bytes());
  }
  EXPECT_GT(clips, kEpochs * 2);
  EXPECT_LT(after, before + (std::int64_t{8} << 20)) << "grew by " << (after - before) / 1024 << " KiB";
}

TEST(ClipSource, ClipsAreOfTheStatedShapeAndTheMiddleOneIsAlwaysTheSame) {
  const Dataset dataset = of_videos({"part_0.mp4"});
  const SampleSource source = centre_source({.timing = kTiming, .size = 32});
  RandomGenerator one = keyed_generator(1, {}), other = keyed_generator(2, {});
  const torch::Tensor first = source(dataset.samples[0], one).clip,
                      again = source(dataset.samples[0], other).clip;
  EXPECT_EQ(first.sizes(), torch::IntArrayRef({3, 4, 32, 32}));
  EXPECT_EQ(first.dtype(), torch::kUInt8);
  EXPECT_TRUE(torch::equal(first, again));
}

TEST(ClipSource, SegmentsTakeAFrameOfEachPartOfTheVideo) {
  const Dataset dataset = of_videos({"part_0.mp4"});
  const ClipSourceOptions options{.timing = {.frames = 3, .segments = true}, .size = 32};
  RandomGenerator random = keyed_generator(1, {});
  const torch::Tensor middle = centre_source(options)(dataset.samples[0], random).clip;
  EXPECT_EQ(middle.sizes(), torch::IntArrayRef({3, 3, 32, 32}));
  const ClipSourceOptions one{.timing = {.frames = 1, .segments = true}, .size = 32};
  EXPECT_TRUE(
      torch::equal(middle.select(1, 1), centre_source(one)(dataset.samples[0], random).clip.select(1, 0)))
      << "the second of three parts has the video's middle in its middle";
  EXPECT_EQ(training_source(dataset, options)(dataset.samples[0], random).clip.size(1), 3);
}

TEST(ClipSource, AMirrorSwapsLabelsInTheSetThatHasThem) {
  Dataset dataset = of_videos({"part_0.mp4"});
  dataset.label_sets = {{.name = "scene", .names = {"hall", "lawn"}},
                        {.name = "action", .names = {"nod", "left", "right"}}};
  dataset.samples[0].labels = {std::vector<std::int64_t>{1}, std::vector<std::int64_t>{2}};
  ClipSourceOptions options{.timing = kTiming, .size = 32};
  options.augment.picture.flip = 1;
  options.augment.flip_pairs = {"left:right"};
  RandomGenerator random = keyed_generator(1, {});
  const LoadedSample loaded = training_source(dataset, options)(dataset.samples[0], random);
  ASSERT_TRUE(loaded.labels.has_value());
  EXPECT_EQ((*loaded.labels)[0], std::vector<std::int64_t>{1});
  EXPECT_EQ((*loaded.labels)[1], std::vector<std::int64_t>{1});
  options.augment.flip_pairs = {"left:rihgt"};
  EXPECT_THROW((void)training_source(dataset, options), Error);
  options.augment.flip_pairs = {"up:down"};
  EXPECT_THROW((void)training_source(dataset, options), Error);
}

}  // namespace
}  // namespace zoetrope::data
