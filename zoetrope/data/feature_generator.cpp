#include "zoetrope/data/feature_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/random.h"
#include "zoetrope/data/annotation_file.h"
#include "zoetrope/data/feature_file.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;

// What a choice is for, as part of its key.
constexpr std::uint64_t kMeans = 1, kPairs = 2, kVideo = 3;

void check(const GeneratorOptions& options, std::int64_t num_classes) {
  const bool ok = num_classes >= 1 && options.dimensions >= 1 &&
                  options.dimensions <= kMaxFeatureDimensions && options.noise >= 0 && options.drift >= 0 &&
                  options.drift_frames > 0 && options.pair_distance >= 0 && options.confusable_pairs >= 0;
  if (!ok) throw Error::usage("made-up features: numbers below 0, or no class or dimension");
  if (options.confusable_pairs > num_classes / 2) {
    throw Error::usage("made-up features: {} confusable pairs of {} classes; at most half as many pairs",
                       options.confusable_pairs, num_classes);
  }
}

/// A line for each id.
std::string lines_of(LabelSpan ids, const std::vector<std::string>& classes) {
  std::string text;
  for (const std::int64_t id : ids) text += classes.at(static_cast<std::size_t>(id)) + "\n";
  return text;
}

/// The number of each video's group, in the order of the videos; groups are numbered as they appear.
std::vector<std::int64_t> groups_of(const VideoLabels& videos, const std::string& until) {
  std::map<std::string, std::int64_t> known;
  std::vector<std::int64_t> groups;
  for (const auto& [name, labels] : videos) {
    const std::string group = until.empty() ? name : name.substr(0, name.find(until));
    groups.push_back(known.emplace(group, std::ssize(known)).first->second);
  }
  return groups;
}

void write_splits(const fs::path& folder, const VideoLabels& videos, const std::vector<std::int64_t>& groups,
                  std::int64_t num_splits) {
  for (std::int64_t split = 0; split < num_splits; ++split) {
    std::string train, test;
    auto group = groups.begin();
    for (const auto& [name, labels] : videos)
      (*group++ % num_splits == split ? test : train) += name + ".txt\n";
    write_file_atomically(folder / fmt::format("train.split{}.bundle", split + 1), train);
    write_file_atomically(folder / fmt::format("test.split{}.bundle", split + 1), test);
  }
}

}  // namespace

FeatureGenerator::FeatureGenerator(std::int64_t num_classes, const GeneratorOptions& options)
    : options_(options), num_classes_(num_classes) {
  check(options, num_classes);
  const auto dimensions = static_cast<std::size_t>(options.dimensions);
  means_.resize(static_cast<std::size_t>(num_classes) * dimensions);
  RandomGenerator random = keyed_generator(options.seed, {kMeans});
  for (float& value : means_) value = static_cast<float>(normal(random));
  std::vector<std::int64_t> order(static_cast<std::size_t>(num_classes));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  random = keyed_generator(options.seed, {kPairs});
  shuffle(order, random);
  for (std::size_t p = 0; p < static_cast<std::size_t>(options.confusable_pairs); ++p) {
    const std::int64_t first = order[2 * p], second = order[2 * p + 1];
    pairs_.emplace_back(std::min(first, second), std::max(first, second));
    for (std::size_t d = 0; d < dimensions; ++d) {
      const float from = means_[static_cast<std::size_t>(first) * dimensions + d];
      float& to = means_[static_cast<std::size_t>(second) * dimensions + d];
      to = from + static_cast<float>(options.pair_distance) * (to - from);
    }
  }
}

std::span<const float> FeatureGenerator::mean_of(std::int64_t label) const {
  if (label < 0 || label >= num_classes_)
    throw Error::usage("made-up features: label {} of {} classes", label, num_classes_);
  const auto dimensions = static_cast<std::size_t>(options_.dimensions);
  return std::span(means_).subspan(static_cast<std::size_t>(label) * dimensions, dimensions);
}

std::vector<float> FeatureGenerator::make(LabelSpan labels, std::uint64_t video) const {
  const auto dimensions = static_cast<std::size_t>(options_.dimensions);
  RandomGenerator random = keyed_generator(options_.seed, {kVideo, video});
  std::vector<double> walk(dimensions);
  for (double& value : walk) value = normal(random);
  const double keep = std::exp(-1 / options_.drift_frames), renew = std::sqrt(1 - keep * keep);
  std::vector<float> features(dimensions * labels.size());
  for (std::size_t t = 0; t < labels.size(); ++t) {
    const std::span<const float> mean = mean_of(labels[t]);
    for (std::size_t d = 0; d < dimensions; ++d) {
      features[d * labels.size() + t] =
          static_cast<float>(mean[d] + options_.drift * walk[d] + options_.noise * normal(random));
      walk[d] = keep * walk[d] + renew * normal(random);
    }
  }
  return features;
}

void write_generated_set(const fs::path& root, const VideoLabels& videos,
                         const std::vector<std::string>& classes, const GeneratorOptions& options,
                         const GeneratedSplits& splits, const std::function<void()>& on_video) {
  const std::vector<std::int64_t> groups = groups_of(videos, splits.group_until);
  const std::int64_t num_groups = groups.empty() ? 0 : *std::max_element(groups.begin(), groups.end()) + 1;
  if (splits.count < 1 || num_groups < 2 * splits.count) {
    throw Error::usage("made-up features: {} splits of {} groups of videos; at least two groups a split",
                       splits.count, num_groups);
  }
  for (const auto& [name, labels] : videos) {
    if (fs::path(name).filename() != name || name == "." || name == "..")
      throw Error::input("'{}' should be the name of a video, without folders", shown(name));
  }
  const FeatureGenerator generator(static_cast<std::int64_t>(classes.size()), options);
  for (const char* folder : {"features", "groundTruth", "transcripts", "sets", "splits"}) {
    std::error_code failed;
    fs::create_directories(root / folder, failed);
    if (failed) throw Error::failed("{}: cannot be made: {}", (root / folder).string(), failed.message());
  }
  std::string mapping;
  for (std::size_t c = 0; c < classes.size(); ++c) mapping += fmt::format("{} {}\n", c, classes[c]);
  write_file_atomically(root / "mapping.txt", mapping);
  std::uint64_t index = 0;
  for (const auto& [name, labels] : videos) {
    write_features(root / "features" / (name + ".npy"), generator.make(labels, index++), options.dimensions);
    const std::vector<std::int64_t> transcript = transcript_of(labels);
    write_file_atomically(root / "groundTruth" / (name + ".txt"), lines_of(labels, classes));
    write_file_atomically(root / "transcripts" / (name + ".txt"), lines_of(transcript, classes));
    write_file_atomically(root / "sets" / (name + ".txt"), lines_of(set_of(transcript), classes));
    if (on_video) on_video();
  }
  write_splits(root / "splits", videos, groups, splits.count);
}

}  // namespace zoetrope::data
