#include "zoetrope/data/label_counts.h"

#include <gmock/gmock.h>

namespace zoetrope::data {
namespace {

TEST(LabelCounts, CountsEachSet) {
  Dataset dataset;
  dataset.label_sets = {
      {"scene", {"sea", "wood", "hall"}, true}, {"tag", {"a", "b"}, false}, {"none", {}, true}};
  dataset.samples = {{.labels = {{{1}}, {{0, 1}}, {}}},
                     {.labels = {{{1}}, {}, {}}},
                     {.labels = {{{2}}, std::vector<std::int64_t>{}, {}}}};
  const std::vector<LabelCounts> counts = count_labels(dataset);
  EXPECT_THAT(counts[0].samples, testing::ElementsAre(0, 2, 1));
  EXPECT_EQ(counts[0].most, 1U);
  EXPECT_EQ(counts[0].least, 2U);
  EXPECT_EQ(counts[0].ratio, 2);
  EXPECT_EQ(counts[0].num_empty, 1U);
  EXPECT_EQ(counts[1].labelled, 2);
  EXPECT_EQ(counts[1].unlabelled, 1);
  EXPECT_EQ(counts[1].ratio, 1);
  EXPECT_EQ(counts[2].unlabelled, 3);
  EXPECT_EQ(counts[2].num_empty, 0U);
}

}  // namespace
}  // namespace zoetrope::data
