#include "zoetrope/data/feature_streams.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

std::vector<FeatureFile> open_all(const std::vector<std::filesystem::path>& files, FeatureOrder order) {
  std::vector<FeatureFile> opened;
  for (const std::filesystem::path& file : files) opened.emplace_back(file, order);
  return opened;
}

}  // namespace

FeatureStreams::FeatureStreams(std::vector<FeatureFile> files) : files_(std::move(files)) {
  if (files_.empty()) throw Error::usage("a video without features");
  num_frames_ = files_.front().num_frames();
  for (const FeatureFile& file : files_) num_frames_ = std::min(num_frames_, file.num_frames());
}

FeatureStreams::FeatureStreams(const std::vector<std::filesystem::path>& files, FeatureOrder order)
    : FeatureStreams(open_all(files, order)) {}

std::int64_t FeatureStreams::num_sampled(std::int64_t stride) const {
  return files_.front().num_sampled(stride, num_frames_);
}

std::vector<std::int64_t> FeatureStreams::dimensions() const {
  std::vector<std::int64_t> dimensions;
  for (const FeatureFile& file : files_) dimensions.push_back(file.num_dimensions());
  return dimensions;
}

std::int64_t FeatureStreams::num_dimensions() const {
  const std::vector<std::int64_t> all = dimensions();
  return std::accumulate(all.begin(), all.end(), std::int64_t{0});
}

torch::Tensor FeatureStreams::read(std::int64_t first, std::int64_t count, std::int64_t stride) const {
  torch::Tensor features = torch::empty({1, num_dimensions(), count}, torch::kFloat);
  float* out = features.data_ptr<float>();
  for (const FeatureFile& file : files_) {
    const std::int64_t values = file.num_dimensions() * count;
    file.read_part({out, static_cast<std::size_t>(values)}, first, count, stride);
    out += values;
  }
  return features;
}

}  // namespace zoetrope::data
