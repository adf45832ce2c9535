#include "zoetrope/data/label_noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace zoetrope::data {
namespace {

Dataset labelled(std::int64_t count) {
  Dataset dataset{.label_sets = {{.name = "tag", .names = {"a", "b", "c", "d", "e"}, .exclusive = false},
                                 {.name = "class", .names = {"x", "y", "z"}}}};
  for (std::int64_t i = 0; i < count; ++i) {
    Sample sample;
    sample.labels = {std::vector<std::int64_t>{1, 3}, std::vector<std::int64_t>{i % 3}};
    dataset.samples.push_back(sample);
  }
  dataset.samples[0].labels = {std::nullopt, std::nullopt};
  return dataset;
}

double share(const Dataset& dataset, const std::function<bool(const Sample&)>& holds) {
  return static_cast<double>(std::ranges::count_if(dataset.samples, holds)) /
         static_cast<double>(dataset.samples.size());
}

TEST(LabelNoise, LeavesLabelsAloneWithoutAny) {
  Dataset dataset = labelled(20);
  add_label_noise(dataset, {}, 1);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(dataset.samples[i].labels, labelled(20).samples[i].labels);
}

TEST(LabelNoise, LosesAndAddsWithItsProbabilities) {
  Dataset dataset = labelled(4000);
  add_label_noise(dataset, {.missing = 0.3, .wrong = 0.2}, 1);
  const auto says = [](const Sample& sample, std::int64_t tag) {
    return sample.labels[0] && std::ranges::count(*sample.labels[0], tag) == 1;
  };
  EXPECT_NEAR(share(dataset, [&](const Sample& s) { return says(s, 1); }), 0.7, 0.03);
  // Two chances of 0.2 for one of three others.
  EXPECT_NEAR(share(dataset, [&](const Sample& s) { return says(s, 4); }), 1 - 14.0 / 15 * 14 / 15, 0.03);
  EXPECT_NEAR(share(dataset, [](const Sample& s) { return !s.labels[1]; }), 0.3, 0.03);
  std::int64_t wrong = 0, known = 0;
  for (std::size_t i = 1; i < dataset.samples.size(); ++i) {
    const Sample& sample = dataset.samples[i];
    EXPECT_TRUE(std::ranges::is_sorted(*sample.labels[0]));
    if (!sample.labels[1]) continue;
    ++known;
    ASSERT_EQ(sample.labels[1]->size(), 1U);
    wrong += sample.labels[1]->front() != static_cast<std::int64_t>(i) % 3;
  }
  EXPECT_NEAR(static_cast<double>(wrong) / static_cast<double>(known), 0.2, 0.03);
  EXPECT_FALSE(dataset.samples[0].labels[0]);
}

TEST(LabelNoise, FollowsFromTheSeed) {
  Dataset a = labelled(50), b = labelled(50), c = labelled(50);
  add_label_noise(a, {.missing = 0.5}, 1);
  add_label_noise(b, {.missing = 0.5}, 1);
  add_label_noise(c, {.missing = 0.5}, 2);
  const auto same = [](const Dataset& x, const Dataset& y) {
    return std::ranges::equal(x.samples, y.samples, {}, &Sample::labels, &Sample::labels);
  };
  EXPECT_TRUE(same(a, b));
  EXPECT_FALSE(same(a, c));
}

}  // namespace
}  // namespace zoetrope::data
