#include "zoetrope/data/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

Dataset numbered(std::int64_t count) {
  Dataset dataset{.label_sets = {{.name = "digit", .names = {"even", "odd"}},
                                 {.name = "tags", .names = {"a", "b", "c"}, .exclusive = false}}};
  for (std::int64_t i = 0; i < count; ++i) {
    Sample sample{.id = std::to_string(i)};
    sample.labels = {std::vector<std::int64_t>{i % 2}, std::nullopt};
    if (i % 3 == 0) sample.labels[1] = std::vector<std::int64_t>{0, 2};
    dataset.samples.push_back(sample);
  }
  return dataset;
}

// A clip of the sample's number and of what its generator gives; slow for some.
LoadedSample load(const Sample& sample, RandomGenerator& random) {
  const int number = std::stoi(sample.id);
  std::this_thread::sleep_for(std::chrono::milliseconds(number % 3));
  torch::Tensor clip = torch::empty({2, 3}, torch::kUInt8);
  clip.fill_(number);
  clip[1].fill_(static_cast<int>(random() % 256));
  return {.clip = clip};
}

LoaderOptions options_of(std::int64_t batch_size, int workers) {
  return {.shape = {2, 3}, .batch_size = batch_size, .workers = workers, .seed = 7};
}

std::vector<Batch> all_of(Loader& loader) {
  std::vector<Batch> batches;
  while (std::optional<Batch> batch = loader.next()) batches.push_back(std::move(*batch));
  return batches;
}

TEST(Loader, GivesTheSameWithAnyNumberOfWorkers) {
  const Dataset dataset = numbered(23);
  Loader one(dataset, load, options_of(4, 1)), many(dataset, load, options_of(4, 5));
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    one.start(epoch);
    many.start(epoch);
    const auto a = all_of(one), b = all_of(many);
    ASSERT_EQ(a.size(), 5u);
    ASSERT_EQ(b.size(), a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_TRUE(a[i].clips.equal(b[i].clips));
      EXPECT_EQ(a[i].samples, b[i].samples);
      EXPECT_EQ(a[i].step, static_cast<std::int64_t>(i));
    }
  }
}

TEST(Loader, GoesOnInTheMiddleOfAnEpoch) {
  const Dataset dataset = numbered(40);
  Loader whole(dataset, load, options_of(4, 2)), rest(dataset, load, options_of(4, 2));
  whole.start(5);
  const auto all = all_of(whole);
  rest.start(0);
  (void)rest.next();
  rest.start(5, 6);
  const auto last = all_of(rest);
  ASSERT_EQ(last.size(), all.size() - 6);
  for (std::size_t i = 0; i < last.size(); ++i) EXPECT_TRUE(last[i].clips.equal(all[i + 6].clips));
}

TEST(Loader, RanksTogetherSeeTheClipsOfOne) {
  const Dataset dataset = numbered(24);
  Loader whole(dataset, load, options_of(6, 2));
  LoaderOptions half = options_of(6, 2);
  half.world_size = 2;
  Loader first(dataset, load, half);
  half.rank = 1;
  Loader second(dataset, load, half);
  for (Loader* loader : {&whole, &first, &second}) loader->start(1);
  while (std::optional<Batch> batch = whole.next()) {
    const Batch a = *first.next(), b = *second.next();
    const torch::Tensor both = torch::cat({a.clips, b.clips});
    const auto sorted = [](const torch::Tensor& clips) {
      return clips.index_select(0, clips.select(1, 0).select(1, 0).to(torch::kLong).argsort());
    };
    EXPECT_TRUE(sorted(both).equal(sorted(batch->clips)));
  }
}

TEST(Loader, TellsWhatIsLabelledFromWhatIsNot) {
  const Dataset dataset = numbered(6);
  LoaderOptions options = options_of(6, 1);
  options.shuffle = false;
  Loader loader(dataset, load, options);
  loader.start(0);
  const Batch batch = *loader.next();
  EXPECT_TRUE(
      batch.targets[0].equal(torch::tensor({{1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}, {0, 1}}, torch::kFloat)));
  EXPECT_TRUE(batch.known[0].all().item<bool>());
  EXPECT_TRUE(batch.known[1].equal(torch::tensor({true, false, false, true, false, false})));
  EXPECT_TRUE(batch.targets[1][3].equal(torch::tensor({1, 0, 1}, torch::kFloat)));
}

TEST(Loader, ABrokenSampleIsLeftOutAndCounted) {
  const Dataset dataset = numbered(20);
  const SampleSource source = [](const Sample& sample, RandomGenerator& random) {
    if (sample.id == "13") throw Error::input("13.mp4: no video");
    return load(sample, random);
  };
  Loader loader(dataset, source, options_of(5, 2));
  loader.start(0);
  std::int64_t seen = 0;
  for (const Batch& batch : all_of(loader)) {
    EXPECT_EQ(batch.clips.size(0), std::ssize(batch.samples));
    EXPECT_EQ(batch.targets[0].size(0), std::ssize(batch.samples));
    for (std::size_t i = 0; i < batch.samples.size(); ++i)
      EXPECT_EQ(batch.clips[static_cast<std::int64_t>(i)][0][0].item<int>(), batch.samples[i]);
    seen += std::ssize(batch.samples);
  }
  EXPECT_EQ(seen, 19);
  ASSERT_EQ(loader.broken().size(), 1u);
  EXPECT_EQ(loader.broken()[0].sample, 13);
  EXPECT_EQ(loader.broken()[0].reason, "13.mp4: no video");
}

TEST(Loader, TooManyBrokenSamplesEndTheRun) {
  const Dataset dataset = numbered(20);
  const SampleSource source = [](const Sample&, RandomGenerator&) -> LoadedSample {
    throw Error::input("x.mp4: gone");
  };
  Loader loader(dataset, source, options_of(5, 2));
  loader.start(0);
  try {
    (void)all_of(loader);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("2 of 20 samples could not be read"));
    EXPECT_THAT(error.what(), testing::HasSubstr("x.mp4: gone"));
  }
}

TEST(Loader, AFaultThatIsNoFilesIsNotCountedButThrown) {
  const Dataset dataset = numbered(8);
  const SampleSource source = [](const Sample&, RandomGenerator&) -> LoadedSample {
    throw std::logic_error("bug");
  };
  Loader loader(dataset, source, options_of(4, 2));
  loader.start(0);
  EXPECT_THROW((void)loader.next(), std::logic_error);
}

TEST(Loader, BuffersAreUsedAgain) {
  const Dataset dataset = numbered(64);
  Loader loader(dataset, load, options_of(4, 2));
  std::set<const void*> places;
  for (std::int64_t epoch = 0; epoch < 4; ++epoch) {
    loader.start(epoch);
    while (std::optional<Batch> batch = loader.next()) places.insert(batch->clips.data_ptr());
  }
  EXPECT_LE(places.size(), 4u) << "those ahead, the caller's, and one more";
}

}  // namespace
}  // namespace zoetrope::data
