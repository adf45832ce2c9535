#include "zoetrope/data/feature_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "zoetrope/core/atomic_file.h"
#include "zoetrope/core/error.h"
#include "zoetrope/timeline/limits.h"

namespace zoetrope::data {
namespace {

constexpr std::int64_t kBlockFrames = 64;  // whose cache lines are used whole while they are there

/// IEEE 754 binary16.
float from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = half >> 10 & 0x1fU, fraction = half & 0x3ffU;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000U | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float small = static_cast<float>(fraction) * 0x1p-24F;
  return sign ? -small : small;
}

template <typename T>
float value_at(const std::byte* bytes, std::int64_t index) {
  T value;
  std::memcpy(&value, bytes + static_cast<std::size_t>(index) * sizeof(T), sizeof(T));
  if constexpr (sizeof(T) == 2) return from_half(value);
  return static_cast<float>(value);
}

struct Layout {
  std::int64_t frames, dimensions, frame_step, dimension_step;  // steps in values
};

/// Where the first value that is not finite stands, as {frame, dimension}; {-1, -1} without one.
template <typename T>
std::pair<std::int64_t, std::int64_t> copy(const std::byte* bytes, const Layout& layout, std::int64_t first,
                                           std::int64_t stride, std::int64_t count, std::span<float> out) {
  for (std::int64_t begin = 0; begin < count; begin += kBlockFrames) {
    const std::int64_t end = std::min(begin + kBlockFrames, count);
    for (std::int64_t d = 0; d < layout.dimensions; ++d) {
      float* const row = out.data() + d * count;
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t frame = (first + i) * stride;
        row[i] = value_at<T>(bytes, frame * layout.frame_step + d * layout.dimension_step);
        if (!std::isfinite(row[i])) return {frame, d};
      }
    }
  }
  return {-1, -1};
}

/// A map of a regular file; throws where there is none.
std::pair<const std::byte*, std::size_t> map_file(const std::string& name) {
  const auto fail = [&](int error) -> Error {
    return Error::input("{}: cannot read: {}", name, std::generic_category().message(error));
  };
  const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) throw fail(errno);
  struct stat status = {};
  const bool known = ::fstat(file, &status) == 0;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* map = MAP_FAILED;
  int error = errno;
  if (known && S_ISREG(status.st_mode) && size > 0) {
    map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    error = errno;
  }
  ::close(file);
  if (known && !S_ISREG(status.st_mode)) throw Error::input("{}: no regular file", name);
  if (known && size == 0) throw Error::input("{}: an empty file, no .npy file", name);
  if (map == MAP_FAILED) throw fail(error);
  return {static_cast<const std::byte*>(map), size};
}

bool is_real(NpyType type) {
  return type == NpyType::kFloat16 || type == NpyType::kFloat32 || type == NpyType::kFloat64;
}

}  // namespace

FeatureFile::FeatureFile(const std::filesystem::path& path, FeatureOrder order)
    : name_(path.string()), order_(order) {
  std::tie(bytes_, size_) = map_file(name_);
  try {
    const std::string_view prefix(reinterpret_cast<const char*>(bytes_), std::min(size_, kNpyPrefixBytes));
    header_ = parse_npy_header(prefix, size_, name_);
    if (!is_real(header_.type)) {
      throw Error::input("{}: features of type '{}'; save them as float32 or float16", name_,
                         npy_name(header_.type));
    }
    if (header_.shape.size() != 2)
      throw Error::input("{}: an array of {} sides; features have two, dimensions and frames", name_,
                         header_.shape.size());
    if (num_frames() == 0 || num_dimensions() == 0)
      throw Error::input("{}: an array of {} x {}, without a feature", name_, sides()[0], sides()[1]);
    // Either side may turn out to be time.
    const auto [shorter, longer] = std::minmax({sides()[0], sides()[1]});
    if (longer > timeline::kMaxFrames || shorter > kMaxFeatureDimensions) {
      throw Error::input("{}: an array of {} x {}; at most {} frames of {} dimensions are read", name_,
                         sides()[0], sides()[1], timeline::kMaxFrames, kMaxFeatureDimensions);
    }
  } catch (...) {
    close();
    throw;
  }
}

FeatureFile::FeatureFile(FeatureFile&& other) noexcept
    : name_(std::move(other.name_)),
      order_(other.order_),
      header_(std::move(other.header_)),
      bytes_(std::exchange(other.bytes_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

FeatureFile& FeatureFile::operator=(FeatureFile&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(order_, other.order_);
  std::swap(header_, other.header_);
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  return *this;
}

FeatureFile::~FeatureFile() {
  close();
}

void FeatureFile::close() noexcept {
  if (bytes_) ::munmap(const_cast<std::byte*>(bytes_), size_);
  bytes_ = nullptr;
}

bool FeatureFile::is_frames_first() const noexcept {
  return order_ == FeatureOrder::kFramesFirst;
}

std::int64_t FeatureFile::num_frames() const noexcept {
  return header_.shape[is_frames_first() ? 0 : 1];
}

std::int64_t FeatureFile::num_dimensions() const noexcept {
  return header_.shape[is_frames_first() ? 1 : 0];
}

std::int64_t FeatureFile::num_sampled(std::int64_t stride, std::int64_t num_frames) const {
  if (stride < 1) throw Error::usage("a stride of {} frames; it must be 1 or more", stride);
  const std::int64_t frames = num_frames < 0 ? this->num_frames() : std::min(num_frames, this->num_frames());
  return (frames + stride - 1) / stride;
}

void FeatureFile::read(std::span<float> out, std::int64_t stride, std::int64_t num_frames) const {
  read_part(out, 0, num_sampled(stride, num_frames), stride);
}

void FeatureFile::read_part(std::span<float> out, std::int64_t first, std::int64_t count,
                            std::int64_t stride) const {
  if (first < 0 || count < 0 || first + count > num_sampled(stride)) {
    throw Error::usage("{}: frames {} to {} of {} are asked for", name_, first, first + count,
                       num_sampled(stride));
  }
  Layout layout{this->num_frames(), num_dimensions(), 1, 1};
  if (static_cast<std::int64_t>(out.size()) != count * layout.dimensions) {
    throw Error::usage("{}: room for {} values where {} x {} are asked for", name_, out.size(),
                       layout.dimensions, count);
  }
  // Fortran order is C order of the sides swapped.
  const bool frames_vary_slowest = is_frames_first() != header_.fortran_order;
  (frames_vary_slowest ? layout.frame_step : layout.dimension_step) =
      frames_vary_slowest ? layout.dimensions : layout.frames;
  const std::byte* const values = bytes_ + header_.values_begin;
  std::pair<std::int64_t, std::int64_t> bad = {-1, -1};
  if (header_.type == NpyType::kFloat16) bad = copy<std::uint16_t>(values, layout, first, stride, count, out);
  if (header_.type == NpyType::kFloat32) bad = copy<float>(values, layout, first, stride, count, out);
  if (header_.type == NpyType::kFloat64) bad = copy<double>(values, layout, first, stride, count, out);
  // Else a long file that is read part by part would be in memory as a whole in the end.
  if (count < num_sampled(stride)) ::madvise(const_cast<std::byte*>(bytes_), size_, MADV_DONTNEED);
  if (bad.first >= 0)
    throw Error::input("{}: the value at frame {}, dimension {} is not finite", name_, bad.first, bad.second);
}

FeatureFile open_of_width(const std::filesystem::path& path, std::int64_t num_dimensions) {
  FeatureFile file(path);
  if (file.num_dimensions() != num_dimensions && file.num_frames() == num_dimensions)
    return FeatureFile(path, FeatureOrder::kFramesFirst);
  return file;
}

void write_features(const std::filesystem::path& path, std::span<const float> values,
                    std::int64_t num_dimensions) {
  if (num_dimensions < 1 || static_cast<std::int64_t>(values.size()) % num_dimensions != 0) {
    throw Error::usage("{}: {} values are not of {} dimensions", path.string(), values.size(),
                       num_dimensions);
  }
  const std::array<std::int64_t, 2> shape = {num_dimensions,
                                             static_cast<std::int64_t>(values.size()) / num_dimensions};
  AtomicFile file(path);
  file.write(make_npy_header(NpyType::kFloat32, shape));
  file.write({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  file.commit();
}

}  // namespace zoetrope::data
