#pragma once
// Tables of scores for the tests of classification and multi-label metrics: out of the fixtures, or random.

#include <cstdint>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "zoetrope/metrics/multilabel.h"

namespace zoetrope::metrics {

inline constexpr float kInf = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

inline nlohmann::json load_fixture(const std::string& name) {
  std::ifstream file(std::string(ZOETROPE_TEST_DATA) + "/metrics/" + name);
  return nlohmann::json::parse(file);
}

/// A TagTable with its data.
struct OwnedTags {
  std::size_t num_classes = 0;
  std::vector<float> scores = {};
  std::vector<std::uint8_t> positives = {};

  TagTable view() const { return {{scores, num_classes}, positives}; }
  std::size_t num_samples() const { return num_classes == 0 ? 0 : scores.size() / num_classes; }
};

/// `scores` [video][class], `labels` the positive classes of each video.
inline OwnedTags tags_of(const nlohmann::json& scores, const nlohmann::json& labels) {
  OwnedTags tags{.num_classes = scores.at(0).size()};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (const double score : scores[i]) tags.scores.push_back(static_cast<float>(score));
    tags.positives.resize(tags.scores.size(), 0);
    for (const std::size_t label : labels.at(i)) tags.positives.at(i * tags.num_classes + label) = 1;
  }
  return tags;
}

/// With equal scores among them: they are whole numbers below `levels`.
inline OwnedTags random_tags(std::size_t num_samples, std::size_t num_classes, std::mt19937& random,
                             unsigned levels = 20) {
  OwnedTags tags{.num_classes = num_classes};
  for (std::size_t i = 0; i < num_samples * num_classes; ++i) {
    tags.scores.push_back(static_cast<float>(random() % levels));
    tags.positives.push_back(random() % 4 == 0 ? 1 : 0);
  }
  return tags;
}

/// Element (i, j) of the result is (rows[i], columns[j]) of `tags`.
inline OwnedTags permuted(const OwnedTags& tags, const std::vector<std::size_t>& rows,
                          const std::vector<std::size_t>& columns) {
  OwnedTags result{.num_classes = columns.size()};
  for (const std::size_t row : rows) {
    for (const std::size_t column : columns) {
      result.scores.push_back(tags.scores.at(row * tags.num_classes + column));
      result.positives.push_back(tags.positives.at(row * tags.num_classes + column));
    }
  }
  return result;
}

}  // namespace zoetrope::metrics
