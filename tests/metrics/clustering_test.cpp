#include "zoetrope/metrics/clustering.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "tests/metrics/tables.h"
#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

using LabelList = std::vector<std::int64_t>;

TEST(ClusteringFixture, EachCase) {
  const nlohmann::json fixture = load_fixture("losses_scores.json");
  ASSERT_EQ(fixture["clustering"].size(), 3U);
  for (const auto& example : fixture["clustering"]) {
    const LabelList predicted = example["predicted"], truth = example["target"];
    const ClusterAgreement agreement = match_clusters(predicted, truth);
    LabelList counts;
    for (const auto& row : example["counts"]) counts.insert(counts.end(), row.begin(), row.end());
    EXPECT_EQ(agreement.table.counts, counts);
    EXPECT_EQ(agreement.matched, example["matched"]);
    EXPECT_NEAR(agreement.accuracy(), example["accuracy"], 1e-12);
  }
}

TEST(ClusterAccuracy, NamesDoNotMatter) {
  const LabelList truth = {1, 1, 2, 2, 3, 3, 3}, renamed = {-9, -9, 70, 70, 0, 0, 0};
  const ClusterAgreement agreement = match_clusters(renamed, truth);
  EXPECT_EQ(agreement.accuracy(), 1);
  EXPECT_THAT(agreement.table.rows, ElementsAre(-9, 0, 70));
  EXPECT_THAT(agreement.class_of_row, ElementsAre(0, 2, 1));
}

TEST(ClusterAccuracy, OneClusterMatchesItsLargestClass) {
  const LabelList truth = {0, 0, 0, 1, 1, 2};
  const ClusterAgreement agreement = match_clusters(LabelList(6, 4), truth);
  EXPECT_EQ(agreement.matched, 3);
  EXPECT_EQ(match_clusters({}, {}).accuracy(), 0);
  EXPECT_THROW((void)match_clusters(truth, {}), Error);
  LabelList many(kMaxContingencyLabels + 1);
  std::iota(many.begin(), many.end(), 0);
  EXPECT_THROW((void)match_clusters(many, many), Error);
}

// Groups of points about far corners of a grid, in random order.
struct Groups {
  std::vector<float> features;
  LabelList truth;
};

Groups make_groups(std::size_t num_groups, std::size_t dimensions, std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  LabelList truth;
  for (std::size_t i = 0; i < num_groups * size; ++i)
    truth.push_back(static_cast<std::int64_t>(i % num_groups));
  std::shuffle(truth.begin(), truth.end(), random);
  Groups groups{.features = {}, .truth = truth};
  for (const std::int64_t label : truth) {
    for (std::size_t d = 0; d < dimensions; ++d) {
      const auto corner = static_cast<float>(((label + 1) >> d) & 1) * 100;
      groups.features.push_back(corner + static_cast<float>(random() % 1000) / 100);
    }
  }
  return groups;
}

TEST(KMeans, FindsGroupsThatLieApart) {
  const Groups groups = make_groups(6, 5, 30, 1);
  std::mt19937_64 generator(7);
  const Clusters clusters = k_means(groups.features, 5, {.num_clusters = 6}, generator);
  EXPECT_EQ(match_clusters(clusters.labels, groups.truth).accuracy(), 1);
  EXPECT_GE(clusters.iterations, 1U);
}

// The numbers are those of a separate program in Python that follows the header: draws and roundings are the
// same everywhere.
TEST(KMeans, IsTheSameForASeedOnEveryPlatform) {
  std::mt19937_64 random(3);
  std::vector<float> features(60 * 7);
  for (float& x : features) x = static_cast<float>(random() >> 40) * 0x1p-24F;
  std::mt19937_64 generator(11);
  const Clusters clusters = k_means(features, 7, {.num_clusters = 5, .restarts = 3}, generator);
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::int64_t label : clusters.labels) {
    hash = (hash ^ static_cast<std::uint64_t>(label)) * 1099511628211ULL;
  }
  EXPECT_EQ(hash, 12116068433705492147ULL);
  EXPECT_EQ(clusters.inertia, 0x1.48ebd1ba13dc1p+4);
  EXPECT_EQ(clusters.iterations, 4U);
}

double inertia_of(const std::vector<float>& features, std::size_t dimensions, const Clusters& clusters) {
  double sum = 0;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto label = static_cast<std::size_t>(clusters.labels[i / dimensions]);
    const double difference = features[i] - clusters.centres[label * dimensions + i % dimensions];
    sum += difference * difference;
  }
  return sum;
}

// At the end of Lloyd's iterations every centre is the mean of its points, and a point's centre the nearest.
TEST(KMeans, EndsAtAFixedPoint) {
  std::mt19937_64 random(5);
  std::vector<float> features(200 * 3);
  for (float& x : features) x = static_cast<float>(random() % 1000) / 10;
  std::mt19937_64 generator(1);
  const Clusters clusters = k_means(features, 3, {.num_clusters = 9, .restarts = 2}, generator);
  EXPECT_NEAR(clusters.inertia, inertia_of(features, 3, clusters), 1e-6);
  EXPECT_EQ(std::set<std::int64_t>(clusters.labels.begin(), clusters.labels.end()).size(), 9U);
  for (std::size_t i = 0; i < 200; ++i) {
    Clusters other = clusters;
    for (std::int64_t label = 0; label < 9; ++label) {
      other.labels[i] = label;
      EXPECT_GE(inertia_of(features, 3, other), clusters.inertia - 1e-6);
    }
  }
  std::vector<double> sums(27, 0), sizes(9, 0);
  for (std::size_t i = 0; i < 200; ++i) {
    const auto label = static_cast<std::size_t>(clusters.labels[i]);
    ++sizes[label];
    for (std::size_t d = 0; d < 3; ++d) sums[label * 3 + d] += features[i * 3 + d];
  }
  for (std::size_t i = 0; i < 27; ++i) EXPECT_NEAR(clusters.centres[i], sums[i] / sizes[i / 3], 1e-9);
}

TEST(KMeans, MoreRestartsAreNeverWorse) {
  const Groups groups = make_groups(7, 3, 10, 9);
  double previous = kInf;
  for (const std::size_t restarts : {1, 2, 5, 20}) {
    std::mt19937_64 generator(2);
    const Clusters clusters =
        k_means(groups.features, 3, {.num_clusters = 7, .restarts = restarts}, generator);
    EXPECT_LE(clusters.inertia, previous);
    previous = clusters.inertia;
  }
}

TEST(KMeans, NoClusterStaysEmptyWhilePointsDiffer) {
  std::mt19937_64 random(8);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::size_t num_points = 4 + random() % 8;
    std::vector<float> features(num_points);
    for (float& x : features) x = static_cast<float>(random() % 6);
    const std::size_t distinct = std::set<float>(features.begin(), features.end()).size();
    const std::size_t num_clusters = 1 + random() % num_points;
    std::mt19937_64 generator(seed);
    const Clusters clusters = k_means(features, 1, {.num_clusters = num_clusters, .restarts = 1}, generator);
    EXPECT_EQ(std::set<std::int64_t>(clusters.labels.begin(), clusters.labels.end()).size(),
              std::min(num_clusters, distinct));
    if (num_clusters >= distinct) {
      EXPECT_EQ(clusters.inertia, 0);
    }
  }
}

TEST(KMeans, AllPointsEqual) {
  std::mt19937_64 generator(1);
  const Clusters clusters = k_means(std::vector<float>(12, 3), 2, {.num_clusters = 4}, generator);
  EXPECT_THAT(clusters.labels, Each(0));
  EXPECT_THAT(clusters.centres, Each(3.0));
  EXPECT_EQ(clusters.inertia, 0);
}

TEST(KMeans, RefusesWhatDoesNotFit) {
  std::mt19937_64 generator(1);
  const std::vector<float> four = {1, 2, 3, 4}, infinite = {1, 2, 3, kInf}, nan = {kNan, 2};
  EXPECT_THROW((void)k_means(four, 3, {.num_clusters = 1}, generator), Error);
  EXPECT_THROW((void)k_means(four, 0, {.num_clusters = 1}, generator), Error);
  EXPECT_THROW((void)k_means(four, 2, {.num_clusters = 3}, generator), Error);
  EXPECT_THROW((void)k_means(four, 2, {.num_clusters = 0}, generator), Error);
  EXPECT_THROW((void)k_means(four, 2, {.num_clusters = 1, .restarts = 0}, generator), Error);
  EXPECT_THROW((void)k_means(four, 2, {.num_clusters = 1, .max_iterations = 0}, generator), Error);
  EXPECT_THROW((void)k_means(infinite, 1, {.num_clusters = 1}, generator), Error);
  EXPECT_THROW((void)k_means(nan, 1, {.num_clusters = 1}, generator), Error);
  EXPECT_THROW((void)k_means({}, 1, {.num_clusters = 1}, generator), Error);
}

}  // namespace
}  // namespace zoetrope::metrics
