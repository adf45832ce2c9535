#include "zoetrope/decoding/class_statistics.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/decoding/frame_scores.h"

namespace zoetrope::decoding {

ClassStatistics::ClassStatistics(std::int64_t num_classes) {
  if (num_classes < 1) throw Error::failed("statistics of {} classes", num_classes);
  frames_.assign(static_cast<std::size_t>(num_classes), 0);
  segments_ = frames_;
}

void ClassStatistics::count(std::span<const std::int64_t> transcript, std::span<const std::int64_t> lengths,
                            std::int64_t sign) {
  check_transcript(transcript, std::ssize(frames_));
  if (transcript.size() != lengths.size())
    throw Error::failed("statistics: {} segments but {} lengths", transcript.size(), lengths.size());
  for (std::size_t m = 0; m < transcript.size(); ++m) {
    const auto label = static_cast<std::size_t>(transcript[m]);
    frames_[label] += sign * lengths[m];
    segments_[label] += sign;
  }
}

void ClassStatistics::add(std::span<const std::int64_t> transcript, std::span<const std::int64_t> lengths) {
  count(transcript, lengths, 1);
}

void ClassStatistics::remove(std::span<const std::int64_t> transcript,
                             std::span<const std::int64_t> lengths) {
  count(transcript, lengths, -1);
}

std::vector<double> ClassStatistics::prior() const {
  const auto classes = static_cast<double>(frames_.size());
  const auto unseen = static_cast<double>(std::ranges::count(frames_, 0));
  const auto all = static_cast<double>(std::reduce(frames_.begin(), frames_.end()));
  std::vector<double> prior;
  for (const std::int64_t count : frames_) {
    prior.push_back(count == 0 ? 1 / classes : static_cast<double>(count) / all * (1 - unseen / classes));
  }
  return prior;
}

std::vector<double> ClassStatistics::mean_lengths() const {
  const std::int64_t all = std::reduce(segments_.begin(), segments_.end());
  const auto frames = static_cast<double>(std::reduce(frames_.begin(), frames_.end()));
  const double overall = all == 0 ? 1 : frames / static_cast<double>(all);
  std::vector<double> means;
  for (std::size_t c = 0; c < frames_.size(); ++c) {
    means.push_back(segments_[c] == 0 ? overall
                                      : static_cast<double>(frames_[c]) / static_cast<double>(segments_[c]));
  }
  return means;
}

}  // namespace zoetrope::decoding
