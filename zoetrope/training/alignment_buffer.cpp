#include "zoetrope/training/alignment_buffer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::training {
namespace {

std::int64_t frames_of(const AlignedVideo& video) {
  return std::reduce(video.lengths.begin(), video.lengths.end());
}

}  // namespace

AlignmentBuffer::AlignmentBuffer(std::int64_t num_classes, std::size_t capacity)
    : capacity_(std::max<std::size_t>(capacity, 1)), statistics_(num_classes) {}

void AlignmentBuffer::add(AlignedVideo video) {
  if (videos_.size() == capacity_) {
    statistics_.remove(videos_.front().transcript, videos_.front().lengths);
    videos_.pop_front();
  }
  statistics_.add(video.transcript, video.lengths);
  videos_.push_back(std::move(video));
  ends_.clear();
  for (const AlignedVideo& each : videos_) ends_.push_back(num_frames() + frames_of(each));
}

std::pair<const AlignedVideo*, std::int64_t> AlignmentBuffer::frame_at(std::int64_t place) const {
  const auto end = std::ranges::upper_bound(ends_, place);
  if (place < 0 || end == ends_.end())
    throw Error::failed("alignment buffer: no frame {} of {}", place, num_frames());
  const auto index = static_cast<std::size_t>(end - ends_.begin());
  return {&videos_[index], index == 0 ? place : place - ends_[index - 1]};
}

bundle::AlignmentSection alignment_section(const AlignmentRecipe& recipe,
                                           const decoding::ClassStatistics& statistics,
                                           std::vector<std::vector<std::int64_t>> transcripts) {
  return {.transcripts = std::move(transcripts),
          .prior = statistics.prior(),
          .mean_lengths = statistics.mean_lengths(),
          .frame_sampling = recipe.frame_sampling,
          .beam = recipe.beam,
          .max_length = recipe.max_length};
}

models::NamedTensors state_of(const AlignmentBuffer& buffer) {
  if (buffer.videos().empty()) return {};
  std::vector<std::int64_t> videos, lengths;
  for (const AlignedVideo& video : buffer.videos()) {
    videos.push_back(static_cast<std::int64_t>(video.video));
    lengths.insert(lengths.end(), video.lengths.begin(), video.lengths.end());
  }
  return {{"buffer.videos", torch::tensor(videos, torch::kLong)},
          {"buffer.lengths", torch::tensor(lengths, torch::kLong)}};
}

std::vector<AlignedVideo> alignments_of(const models::NamedTensors& state,
                                        const data::SegmentationSet& train) {
  const std::vector<std::int64_t> videos = integers_of(state, "buffer.videos");
  const std::vector<std::int64_t> lengths = integers_of(state, "buffer.lengths");
  std::vector<AlignedVideo> aligned;
  std::size_t at = 0;
  for (const std::int64_t video : videos) {
    if (video < 0 || video >= std::ssize(train.videos))
      throw Error::model("its buffer holds a video that is not there");
    const std::vector<std::int64_t>& transcript = train.videos[static_cast<std::size_t>(video)].transcript;
    if (at + transcript.size() > lengths.size()) throw Error::model("its buffer is of other transcripts");
    const auto begin = lengths.begin() + static_cast<std::ptrdiff_t>(at);
    aligned.push_back({.video = static_cast<std::size_t>(video),
                       .transcript = transcript,
                       .lengths = {begin, begin + std::ssize(transcript)}});
    at += transcript.size();
  }
  if (at != lengths.size()) throw Error::model("its buffer is of other transcripts");
  return aligned;
}

std::vector<std::int64_t> integers_of(const models::NamedTensors& state, const char* name) {
  for (const auto& [key, tensor] : state) {
    if (key != name) continue;
    if (tensor.scalar_type() != torch::kLong || tensor.dim() != 1)
      throw Error::model("'{}' is no list of integers", name);
    const torch::Tensor values = tensor.contiguous();
    return {values.data_ptr<std::int64_t>(), values.data_ptr<std::int64_t>() + values.numel()};
  }
  return {};
}

}  // namespace zoetrope::training
