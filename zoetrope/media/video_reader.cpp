#include "zoetrope/media/video_reader.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/media/frame_converter.h"
#include "zoetrope/media/frame_fetcher.h"
#include "zoetrope/media/frame_stream.h"
#include "zoetrope/media/limits.h"
#include "zoetrope/media/video_track.h"

namespace zoetrope::media {
namespace {

using Indices = std::vector<std::int64_t>;

/// Frames that are decoded from one entry point: indices [begin, end) of the sorted list.
struct Group {
  std::size_t begin = 0, end = 0;
};

std::vector<Group> group_by_entry(const VideoTrack& track, const Indices& sorted) {
  std::vector<Group> groups;
  std::int64_t last_entry = -1;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::int64_t entry = track.in_order_only ? 0 : track.entry_for(sorted[i], 0);
    if (groups.empty() || entry != last_entry) groups.push_back({i, i});
    groups.back().end = i + 1;
    last_entry = entry;
  }
  return groups;
}

}  // namespace

struct VideoReader::Impl {
  MediaInfo info;
  std::shared_ptr<const VideoTrack> track;
  std::size_t info_at = 0;  ///< of the stream in info.video
  int threads = 1;
  std::unique_ptr<FrameFetcher> one;                   ///< for frames of one group: all threads on it
  std::vector<std::unique_ptr<FrameFetcher>> several;  ///< for several groups: side by side, one thread each

  [[nodiscard]] int height() const { return swaps_sides(track->upright) ? track->width : track->height; }
  [[nodiscard]] int width() const { return swaps_sides(track->upright) ? track->height : track->width; }

  /// Decodes frames sorted[i] into rgb[i]; returns which came.
  std::vector<char> decode(const Indices& sorted, torch::Tensor& rgb);

 private:
  void decode_group(FrameFetcher& fetcher, const Indices& sorted, Group group, torch::Tensor& rgb,
                    std::vector<char>& came);
  void decode_side_by_side(const Indices& sorted, const std::vector<Group>& groups, torch::Tensor& rgb,
                           std::vector<char>& came);
};

void VideoReader::Impl::decode_group(FrameFetcher& fetcher, const Indices& sorted, Group group,
                                     torch::Tensor& rgb, std::vector<char>& came) {
  FrameConverter converter(height(), width(), track->upright);
  const std::int64_t frame_bytes = std::int64_t{height()} * width() * 3;
  fetcher.set_needed([&sorted](std::int64_t index) { return std::ranges::binary_search(sorted, index); });
  for (std::size_t i = group.begin; i < group.end; ++i) {
    const AVFrame* frame = fetcher.get(sorted[i]);
    if (!frame) continue;
    converter.convert(*frame, rgb.data_ptr<std::uint8_t>() + static_cast<std::int64_t>(i) * frame_bytes);
    came[i] = 1;
  }
}

void VideoReader::Impl::decode_side_by_side(const Indices& sorted, const std::vector<Group>& groups,
                                            torch::Tensor& rgb, std::vector<char>& came) {
  const std::size_t workers = std::min(groups.size(), static_cast<std::size_t>(threads));
  if (several.size() < workers) several.resize(workers);
  std::atomic<std::size_t> next_group = 0;
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&](std::size_t worker) {
    try {
      if (!several[worker]) several[worker] = std::make_unique<FrameFetcher>(track, 1);
      for (std::size_t g = next_group++; g < groups.size(); g = next_group++) {
        decode_group(*several[worker], sorted, groups[g], rgb, came);
      }
    } catch (...) {
      next_group = groups.size();
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t worker = 1; worker < workers; ++worker) others.emplace_back(work, worker);
    work(0);
  }
  if (failure) std::rethrow_exception(failure);
}

std::vector<char> VideoReader::Impl::decode(const Indices& sorted, torch::Tensor& rgb) {
  std::vector<char> came(sorted.size(), 0);
  const std::vector<Group> groups = group_by_entry(*track, sorted);
  if (groups.size() > 1 && threads > 1 && !track->damaged) {
    decode_side_by_side(sorted, groups, rgb, came);
    return came;
  }
  if (!one) one = std::make_unique<FrameFetcher>(track, threads);
  decode_group(*one, sorted, {0, sorted.size()}, rgb, came);
  return came;
}

VideoReader::VideoReader(const std::string& path, VideoReaderOptions options)
    : impl_(std::make_unique<Impl>()) {
  ScannedFile scanned = scan_file(path, options);
  impl_->info = std::move(scanned.info);
  impl_->track = std::move(scanned.track);
  impl_->threads = options.num_threads > 0 ? options.num_threads : av_cpu_count();
  const auto found = std::ranges::find(impl_->info.video, impl_->track->stream, &VideoStreamInfo::index);
  impl_->info_at = static_cast<std::size_t>(found - impl_->info.video.begin());
}

VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;
VideoReader::~VideoReader() = default;

const MediaInfo& VideoReader::info() const noexcept {
  return impl_->info;
}
int VideoReader::stream_index() const noexcept {
  return impl_->track->stream;
}
const VideoStreamInfo& VideoReader::stream_info() const noexcept {
  return impl_->info.video[impl_->info_at];
}
std::int64_t VideoReader::num_frames() const noexcept {
  return static_cast<std::int64_t>(impl_->track->frames.size());
}
const std::vector<FrameTime>& VideoReader::frame_times() const noexcept {
  return impl_->track->times;
}

Frames VideoReader::frames_at(const std::vector<std::int64_t>& indices) {
  const std::int64_t count = num_frames(), height = impl_->height(), width = impl_->width();
  for (const std::int64_t index : indices) {
    if (index >= 0 && index < count) continue;
    throw Error::usage("{}: frame {} is asked for, but there are {} (0 to {})", impl_->track->path, index,
                       count, count - 1);
  }
  if (static_cast<std::int64_t>(indices.size()) > kMaxResultBytes / (height * width * 3)) {
    throw Error::usage("{}: {} frames of {} x {} are too many for one result; read them as a stream",
                       impl_->track->path, indices.size(), width, height);
  }
  Indices sorted = indices;
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  torch::Tensor rgb =
      torch::empty({static_cast<std::int64_t>(sorted.size()), height, width, 3}, torch::kUInt8);
  const std::vector<char> came = sorted.empty() ? std::vector<char>{} : impl_->decode(sorted, rgb);

  Frames frames;
  std::vector<std::int64_t> rows;
  for (const std::int64_t index : indices) {
    const auto row = static_cast<std::size_t>(std::ranges::lower_bound(sorted, index) - sorted.begin());
    if (!came[row]) {
      frames.lost.push_back(index);
      continue;
    }
    const FrameTime& time = impl_->track->times[static_cast<std::size_t>(index)];
    rows.push_back(static_cast<std::int64_t>(row));
    frames.index.push_back(index);
    frames.pts.push_back(time.pts);
    frames.duration.push_back(time.duration);
  }
  const bool as_decoded = indices == sorted && frames.lost.empty();
  frames.rgb = as_decoded ? rgb : rgb.index_select(0, torch::tensor(rows, torch::kInt64));
  return frames;
}

std::int64_t VideoReader::index_played_at(double seconds) const {
  const std::vector<FrameTime>& times = impl_->track->times;
  const double begin = times.front().pts, end = times.back().pts + times.back().duration;
  if (!(seconds >= begin && seconds < end)) {
    throw Error::usage("{}: {} s is outside the video, which plays from {} to {} s", impl_->track->path,
                       seconds, begin, end);
  }
  return std::ranges::upper_bound(times, seconds, {}, &FrameTime::pts) - times.begin() - 1;
}

Frames VideoReader::frames_played_at(const std::vector<double>& seconds) {
  Indices indices;
  indices.reserve(seconds.size());
  for (const double time : seconds) indices.push_back(index_played_at(time));
  return frames_at(indices);
}

Frames VideoReader::frames_in_range(std::int64_t first, std::int64_t last, std::int64_t stride) {
  if (last < 0) last = num_frames();
  if (first < 0 || last > num_frames() || stride < 1) {
    throw Error::usage("{}: frames {} to {} by {} are asked for, but there are {}", impl_->track->path, first,
                       last, stride, num_frames());
  }
  stride = std::min(stride, num_frames());
  Indices indices;
  for (std::int64_t index = first; index < last; index += stride) indices.push_back(index);
  return frames_at(indices);
}

FrameStream VideoReader::stream(StreamOptions options) const {
  if (options.last < 0) options.last = num_frames();
  if (options.first < 0 || options.last > num_frames() || options.stride < 1 || options.short_side < 0) {
    throw Error::usage(
        "{}: a stream of frames {} to {} by {}, short side {}, is asked for, but there are {} frames",
        impl_->track->path, options.first, options.last, options.stride, options.short_side, num_frames());
  }
  const Indices& some = options.indices;
  const bool ascending = std::ranges::adjacent_find(some, std::greater_equal()) == some.end();
  if (!some.empty() && (!ascending || some.front() < 0 || some.back() >= num_frames())) {
    throw Error::usage("{}: the frames of a stream ascend and lie in 0 to {}", impl_->track->path,
                       num_frames() - 1);
  }
  options.stride = std::min(options.stride, num_frames());
  return FrameStream(std::make_unique<FrameStream::Impl>(impl_->track, options, impl_->threads));
}

}  // namespace zoetrope::media
