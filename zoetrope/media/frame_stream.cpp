#include "zoetrope/media/frame_stream.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "zoetrope/media/frame_converter.h"
#include "zoetrope/media/frame_fetcher.h"
#include "zoetrope/media/frame_scaler.h"
#include "zoetrope/media/transforms.h"

namespace zoetrope::media {
namespace {

constexpr std::size_t kDecodedAhead = 4;  // frames in the decoder's own format, waiting for conversion

}  // namespace

FrameStream::Impl::Impl(std::shared_ptr<const VideoTrack> track, StreamOptions options, int threads)
    : track_(std::move(track)),
      options_(options),
      threads_(threads),
      decoded_(kDecodedAhead),
      ready_(options.queue) {
  const auto run = [](auto& output, auto work) {
    try {
      work();
      output.close();
    } catch (...) {
      output.close(std::current_exception());
    }
  };
  decoder_ = std::thread([this, run] { run(decoded_, [this] { decode(); }); });
  converter_ = std::thread([this, run] { run(ready_, [this] { convert(); }); });
}

FrameStream::Impl::~Impl() {
  stop_ = true;
  decoded_.cancel();
  ready_.cancel();
  decoder_.join();
  converter_.join();
}

void FrameStream::Impl::decode() {
  FrameFetcher fetcher(track_, threads_);
  fetcher.set_stop(&stop_);
  const std::vector<std::int64_t>& some = options_.indices;
  if (!some.empty()) {
    fetcher.set_needed([&some](std::int64_t index) { return std::ranges::binary_search(some, index); });
  } else if (options_.stride > 1) {
    fetcher.set_needed([this](std::int64_t index) {
      return index >= options_.first && (index - options_.first) % options_.stride == 0;
    });
  }
  const std::int64_t steps = (options_.last - options_.first + options_.stride - 1) / options_.stride;
  const std::int64_t count = some.empty() ? steps : static_cast<std::int64_t>(some.size());
  for (std::int64_t i = 0; i < count && !stop_; ++i) {
    const std::int64_t index =
        some.empty() ? options_.first + i * options_.stride : some[static_cast<std::size_t>(i)];
    const AVFrame* frame = fetcher.get(index);
    if (!frame) {
      if (!stop_) ++lost_;
      continue;
    }
    Decoded decoded{index, make_frame()};
    if (av_frame_ref(decoded.frame.get(), frame) < 0) throw std::bad_alloc();
    if (!decoded_.push(std::move(decoded))) return;
  }
}

void FrameStream::Impl::convert() {
  const bool swap = swaps_sides(track_->upright);
  std::int64_t height = swap ? track_->width : track_->height;
  std::int64_t width = swap ? track_->height : track_->width;
  if (options_.short_side > 0) std::tie(height, width) = short_side_size(height, width, options_.short_side);
  std::optional<FrameScaler> scaler;
  if (options_.short_side > 0) {
    scaler.emplace(static_cast<int>(swap ? width : height), static_cast<int>(swap ? height : width));
  }
  FrameConverter converter(static_cast<int>(height), static_cast<int>(width), track_->upright);
  while (std::optional<Decoded> decoded = decoded_.pop()) {
    const FrameTime& time = track_->times[static_cast<std::size_t>(decoded->index)];
    Frame frame{torch::empty({height, width, 3}, torch::kUInt8), decoded->index, time.pts, time.duration};
    const AVFrame& picture = scaler ? scaler->scale(*decoded->frame) : *decoded->frame;
    converter.convert(picture, frame.rgb.data_ptr<std::uint8_t>());
    decoded.reset();
    if (!ready_.push(std::move(frame))) return;
  }
}

FrameStream::FrameStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FrameStream::FrameStream(FrameStream&&) noexcept = default;
FrameStream& FrameStream::operator=(FrameStream&&) noexcept = default;
FrameStream::~FrameStream() = default;

std::optional<Frame> FrameStream::next() {
  return impl_->next();
}
std::int64_t FrameStream::lost() const noexcept {
  return impl_->lost();
}

}  // namespace zoetrope::media
