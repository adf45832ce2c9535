#include "zoetrope/media/antialias.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace zoetrope::media {
namespace {

constexpr std::int32_t kHalf = 1 << (FilterTable::kWeightBits - 1);

double triangle(double x) {
  return std::max(0.0, 1 - std::abs(x));
}

double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> FilterTable::kWeightBits, 0, 255));
}

template <int kChannels>
void filter_columns(const std::uint8_t* source, std::uint8_t* target, const FilterTable& columns) {
  for (std::int64_t x = 0; x < columns.output(); ++x) {
    const FilterTable::Taps taps = columns.taps(x);
    const std::uint8_t* pixel = source + taps.first * kChannels;
    std::int32_t sums[kChannels];
    std::fill_n(sums, kChannels, kHalf);
    for (std::int64_t k = 0; k < taps.count; ++k, pixel += kChannels) {
      for (int c = 0; c < kChannels; ++c) sums[c] += taps.weights[k] * pixel[c];
    }
    for (int c = 0; c < kChannels; ++c) *target++ = to_byte(sums[c]);
  }
}

void filter_row(const std::uint8_t* source, std::uint8_t* target, std::int64_t width,
                const FilterTable::Taps& taps, std::vector<std::int32_t>& sums) {
  std::fill(sums.begin(), sums.end(), kHalf);
  for (std::int64_t k = 0; k < taps.count; ++k) {
    const std::uint8_t* row = source + (taps.first + k) * width;
    const std::int32_t weight = taps.weights[k];
    for (std::int64_t i = 0; i < width; ++i) sums[static_cast<std::size_t>(i)] += weight * row[i];
  }
  std::transform(sums.begin(), sums.end(), target, to_byte);
}

}  // namespace

FilterTable::FilterTable(std::int64_t input, std::int64_t output, bool bicubic) : input_(input) {
  const double scale = static_cast<double>(input) / static_cast<double>(output);
  const double stretch = std::max(scale, 1.0);
  const double support = (bicubic ? 2.0 : 1.0) * stretch;
  std::vector<double> raw;
  // Products with reciprocals, not quotients: PIL's order of arithmetic, for the last bit's sake.
  for (std::int64_t i = 0; i < output; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(center - support + 0.5), 0);
    const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(center + support + 0.5), input);
    raw.clear();
    double total = 0;
    for (std::int64_t x = first; x < last; ++x) {
      const double distance = (static_cast<double>(x) - center + 0.5) * (1 / stretch);
      raw.push_back(bicubic ? cubic(distance) : triangle(distance));
      total += raw.back();
    }
    spans_.push_back({.first = first, .count = last - first, .offset = weights_.size()});
    for (const double weight : raw) {
      weights_.push_back(static_cast<std::int32_t>(std::round(weight * (1 / total) * (1 << kWeightBits))));
    }
  }
}

FilterTable::Taps FilterTable::taps(std::int64_t index) const noexcept {
  const Span& span = spans_[static_cast<std::size_t>(index)];
  return {.first = span.first, .count = span.count, .weights = weights_.data() + span.offset};
}

void resize_antialiased(const std::uint8_t* source, std::uint8_t* target, std::int64_t channels,
                        const FilterTable& rows, const FilterTable& columns) {
  const std::int64_t source_width = columns.input() * channels;
  const std::int64_t target_width = columns.output() * channels;
  std::vector<std::uint8_t> narrow;
  if (columns.input() != columns.output()) {
    narrow.resize(static_cast<std::size_t>(rows.input() * target_width));
    for (std::int64_t y = 0; y < rows.input(); ++y) {
      const auto filter = channels == 3 ? filter_columns<3> : filter_columns<1>;
      filter(source + y * source_width, narrow.data() + y * target_width, columns);
    }
    source = narrow.data();
  }
  if (rows.input() == rows.output()) {
    std::memcpy(target, source, static_cast<std::size_t>(rows.output() * target_width));
    return;
  }
  std::vector<std::int32_t> sums(static_cast<std::size_t>(target_width));
  for (std::int64_t y = 0; y < rows.output(); ++y) {
    filter_row(source, target + y * target_width, target_width, rows.taps(y), sums);
  }
}

}  // namespace zoetrope::media
