#include "zoetrope/inference/clip_stream.h"

#include <algorithm>
#include <map>

#include "zoetrope/core/error.h"

namespace zoetrope::inference {
namespace {

media::FrameIndices sorted_unique(media::FrameIndices indices) {
  std::ranges::sort(indices);
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

/// The clips of one request in the making.
class ClipMaker {
 public:
  explicit ClipMaker(const ClipRequest& request) : request_(request) {
    for (const PlannedClip& clip : request.clips)
      wanted_.insert(wanted_.end(), clip.frames.begin(), clip.frames.end());
    wanted_ = sorted_unique(std::move(wanted_));
  }

  [[nodiscard]] const media::FrameIndices& wanted() const noexcept { return wanted_; }

  /// Takes in a frame; then `use` gets every clip of which no frame is to come any more.
  template <typename Use>
  void take(const media::Frame& frame, const Use& use) {
    if (std::ranges::binary_search(wanted_, frame.index))
      prepared_[frame.index] = request_.prepare(frame.rgb);
    while (next_ < request_.clips.size() && request_.clips[next_].frames.back() <= frame.index) make(use);
  }

  /// After the last frame: clips that still waited for one that could not be decoded.
  template <typename Use>
  void finish(const Use& use) {
    while (next_ < request_.clips.size()) make(use);
  }

 private:
  template <typename Use>
  void make(const Use& use) {
    std::vector<torch::Tensor> frames;
    for (const std::int64_t index : request_.clips[next_].frames) frames.push_back(nearest(index));
    use(next_, torch::stack(frames));
    ++next_;
    if (next_ == request_.clips.size()) return prepared_.clear();
    // The last one before the next clip stays: it stands for a first frame that is lost.
    auto keep = prepared_.upper_bound(request_.clips[next_].frames.front());
    if (keep != prepared_.begin()) prepared_.erase(prepared_.begin(), std::prev(keep));
  }

  [[nodiscard]] torch::Tensor nearest(std::int64_t index) const {
    if (prepared_.empty()) throw Error::input("none of the wanted frames can be decoded");
    const auto after = prepared_.lower_bound(index);
    if (after == prepared_.end()) return std::prev(after)->second;
    if (after == prepared_.begin() || after->first == index) return after->second;
    const auto before = std::prev(after);
    return index - before->first <= after->first - index ? before->second : after->second;
  }

  const ClipRequest& request_;
  media::FrameIndices wanted_;
  std::map<std::int64_t, torch::Tensor> prepared_;
  std::size_t next_ = 0;
};

}  // namespace

std::int64_t stream_clips(const media::VideoReader& reader, std::span<const ClipRequest> requests,
                          const ClipCallback& use, const FrameProgress& progress) {
  std::vector<ClipMaker> makers;
  media::FrameIndices wanted;
  for (const ClipRequest& request : requests) {
    const media::FrameIndices& more = makers.emplace_back(request).wanted();
    wanted.insert(wanted.end(), more.begin(), more.end());
  }
  wanted = sorted_unique(std::move(wanted));
  if (wanted.empty()) return 0;
  const auto use_of = [&use](std::size_t request) {
    return [&use, request](std::size_t clip, const torch::Tensor& frames) { use(request, clip, frames); };
  };
  media::FrameStream stream = reader.stream({.indices = wanted});
  bool any = false;
  while (const std::optional<media::Frame> frame = stream.next()) {
    any = true;
    for (std::size_t i = 0; i < makers.size(); ++i) makers[i].take(*frame, use_of(i));
    if (progress) progress(frame->index + 1, reader.num_frames());
  }
  if (!any) throw Error::input("{}: none of its frames can be decoded", reader.info().path);
  for (std::size_t i = 0; i < makers.size(); ++i) makers[i].finish(use_of(i));
  return stream.lost();
}

}  // namespace zoetrope::inference
