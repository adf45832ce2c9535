#pragma once
// Antialiased resizing of 8-bit pictures, as PIL does it: each output pixel is the filter's average over all
// input pixels under it. The filter is stretched by the scale where the picture shrinks, cut at the edges and
// normalised; columns first, then rows, each pass rounded to 8 bits, with weights in fixed point. Nothing
// among the libraries that Zoetrope links does this for 8 bits.

#include <cstdint>
#include <vector>

namespace zoetrope::media {

/// The filter's weights for one axis.
class FilterTable {
 public:
  /// Bicubic has a = -0.5; otherwise bilinear (a triangle).
  FilterTable(std::int64_t input, std::int64_t output, bool bicubic);

  struct Taps {
    std::int64_t first = 0;  ///< index of the first input pixel
    std::int64_t count = 0;
    const std::int32_t* weights = nullptr;  ///< `count` of them, in units of 2^-kWeightBits
  };
  static constexpr int kWeightBits = 22;

  [[nodiscard]] std::int64_t input() const noexcept { return input_; }
  [[nodiscard]] std::int64_t output() const noexcept { return static_cast<std::int64_t>(spans_.size()); }
  [[nodiscard]] Taps taps(std::int64_t index) const noexcept;

 private:
  struct Span {
    std::int64_t first = 0, count = 0;
    std::size_t offset = 0;
  };
  std::int64_t input_;
  std::vector<Span> spans_;
  std::vector<std::int32_t> weights_;
};

/// One picture of `channels` interleaved channels, rows without padding: from columns.input() x rows.input()
/// pixels to columns.output() x rows.output().
void resize_antialiased(const std::uint8_t* source, std::uint8_t* target, std::int64_t channels,
                        const FilterTable& rows, const FilterTable& columns);

}  // namespace zoetrope::media
