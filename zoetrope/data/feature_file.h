#pragma once
// Features of long videos: an .npy file of a vector a frame, mapped into memory and not read before it is
// used.
//
//   data::FeatureFile file("features/P03_cam01.npy", data::FeatureOrder::kDimensionsFirst);
//   std::vector<float> features(file.num_dimensions() * file.num_sampled(15));
//   file.read(features, 15);                             // [D, ceil(T / 15)]: frames 0, 15, 30, ...
//
// Stored are [D, T] or [T, D], in float16, float32 or float64, in C or Fortran order. A file alone does not
// say which of its sides is time: segmentation_set.h finds out by the labels. The map is private and is never
// written to; a file that another program cuts short while it is mapped ends this one (SIGBUS).

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "zoetrope/core/config.h"
#include "zoetrope/data/npy_header.h"

namespace zoetrope::data {

/// Ceiling on the dimensions of a feature; its frames have timeline::kMaxFrames.
inline constexpr std::int64_t kMaxFeatureDimensions = 1'000'000;

enum class FeatureOrder {
  kDimensionsFirst,  ///< [D, T], as the field's segmentation data has it
  kFramesFirst       ///< [T, D]
};
inline EnumNames<FeatureOrder> config_names(FeatureOrder) {
  return {{"dimensions_first", FeatureOrder::kDimensionsFirst}, {"frames_first", FeatureOrder::kFramesFirst}};
}

class FeatureFile {
 public:
  /// Throws Error (kInput) of one line that names the file: no .npy, not of two sides, of integers, cut off,
  /// empty, or beyond the ceilings.
  explicit FeatureFile(const std::filesystem::path& path,
                       FeatureOrder order = FeatureOrder::kDimensionsFirst);
  FeatureFile(FeatureFile&& other) noexcept;
  FeatureFile& operator=(FeatureFile&& other) noexcept;
  ~FeatureFile();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::int64_t num_frames() const noexcept;
  [[nodiscard]] std::int64_t num_dimensions() const noexcept;
  /// The sides of the array as its header has them.
  [[nodiscard]] std::array<std::int64_t, 2> sides() const noexcept {
    return {header_.shape[0], header_.shape[1]};
  }

  /// How many frames are 0, stride, 2 stride, ...; of the first `num_frames` alone where that is given.
  [[nodiscard]] std::int64_t num_sampled(std::int64_t stride, std::int64_t num_frames = -1) const;

  /// Those frames: `out` is [num_dimensions, num_sampled]. Throws Error (kUsage) for another size, kInput
  /// for a value that is not finite, which it places by frame and dimension.
  void read(std::span<float> out, std::int64_t stride = 1, std::int64_t num_frames = -1) const;

  /// A part of the same, for videos that are taken piece by piece, whose memory is then that of a piece: of
  /// the frames 0, stride, 2 stride, ..., `count` from number `first` on; `out` is [num_dimensions, count].
  void read_part(std::span<float> out, std::int64_t first, std::int64_t count, std::int64_t stride = 1) const;

 private:
  void close() noexcept;
  [[nodiscard]] bool is_frames_first() const noexcept;

  std::string name_;
  FeatureOrder order_ = FeatureOrder::kDimensionsFirst;
  NpyHeader header_;
  const std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
};

/// The file in the order in which its features have that many dimensions: [D, T] where both orders do, or none.
/// Throws Error as FeatureFile.
[[nodiscard]] FeatureFile open_of_width(const std::filesystem::path& path, std::int64_t num_dimensions);

/// [D, T] in float32; appears only when whole. Throws Error (kFailed) where it cannot be written.
void write_features(const std::filesystem::path& path, std::span<const float> values,
                    std::int64_t num_dimensions);

}  // namespace zoetrope::data
