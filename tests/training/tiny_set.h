#pragma once
// A data set of temporal segmentation that a small network learns in seconds: five classes whose features say
// them, with noise; every video is the background, two of four actions in an order, the background.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "zoetrope/core/random.h"
#include "zoetrope/data/feature_file.h"
#include "zoetrope/data/segmentation_set.h"

namespace zoetrope::training {

inline const std::vector<std::string> kTinyClasses = {"none", "pour", "stir", "cut", "fry"};

/// Transcript v mod 12 of the twelve ordered pairs of actions; every fifth video is of the test part.
inline void write_tiny_set(const std::filesystem::path& root, int videos, double noise = 0.3) {
  namespace fs = std::filesystem;
  for (const char* folder : {"features", "groundTruth", "splits"}) fs::create_directories(root / folder);
  std::ofstream mapping(root / "mapping.txt");
  for (std::size_t c = 0; c < kTinyClasses.size(); ++c) mapping << c << ' ' << kTinyClasses[c] << '\n';
  std::ofstream train(root / "splits/train.split1.bundle"), test(root / "splits/test.split1.bundle");
  RandomGenerator random = keyed_generator(11, {});
  const std::size_t dimensions = kTinyClasses.size();
  for (int v = 0; v < videos; ++v) {
    const std::string name = "v" + std::to_string(v);
    const int first = v / 3 % 4, second = (first + 1 + v % 3) % 4;
    std::vector<std::size_t> labels;
    for (const int action : {0, 1 + first, 1 + second, 0}) {
      const auto length = static_cast<std::size_t>(uniform_integer(random, 6, 14));
      labels.insert(labels.end(), length, static_cast<std::size_t>(action));
    }
    std::vector<float> values(dimensions * labels.size());
    std::ofstream truth(root / "groundTruth" / (name + ".txt"));
    for (std::size_t t = 0; t < labels.size(); ++t) {
      for (std::size_t d = 0; d < dimensions; ++d)
        values[d * labels.size() + t] =
            static_cast<float>((labels[t] == d ? 1.0 : 0.0) + noise * normal(random));
      truth << kTinyClasses[labels[t]] << '\n';
    }
    data::write_features(root / "features" / (name + ".npy"), values, static_cast<std::int64_t>(dimensions));
    (v % 5 == 4 ? test : train) << name << ".txt\n";
  }
}

}  // namespace zoetrope::training
