#include "zoetrope/inference/network_use.h"

#include <fmt/format.h>

#include <algorithm>

#include "zoetrope/models/multiply_adds.h"

namespace zoetrope::inference {

void NetworkUseSums::add(const NetworkUse& use) {
  all_bins = std::max(all_bins, use.all_bins);
  for (const std::int64_t bins : use.bins) {
    const auto place = static_cast<std::size_t>(bins);
    if (clips_of_bins.size() <= place) clips_of_bins.resize(place + 1);
    ++clips_of_bins[place];
  }
  const auto count = static_cast<double>(use.bins.size());
  clips += std::ssize(use.bins);
  multiply_adds += count * use.multiply_adds;
  all_multiply_adds += count * use.all_multiply_adds;
}

double NetworkUseSums::mean_bins() const {
  double sum = 0;
  for (std::size_t bins = 0; bins < clips_of_bins.size(); ++bins)
    sum += static_cast<double>(bins) * static_cast<double>(clips_of_bins[bins]);
  return clips == 0 ? 0 : sum / static_cast<double>(clips);
}

std::string format_use(const NetworkUseSums& sums) {
  if (sums.clips == 0) return "";
  const auto count = static_cast<double>(sums.clips);
  const auto mean = [&](double sum) { return models::format_count(static_cast<std::int64_t>(sum / count)); };
  constexpr double kPercent = 100;
  return fmt::format(
      "network use ({} clips)\n"
      "  maps kept              {:6.2f} of {}\n"
      "  multiply-adds          {:>6} of {}, {:.1f} %\n{}",
      sums.clips, sums.mean_bins(), sums.all_bins, mean(sums.multiply_adds), mean(sums.all_multiply_adds),
      kPercent * sums.multiply_adds / sums.all_multiply_adds, format_bins(sums));
}

std::string format_bins(const NetworkUseSums& sums) {
  constexpr std::size_t kRows = 16, kWidth = 40;
  const std::vector<std::int64_t>& counts = sums.clips_of_bins;
  if (counts.empty()) return "";
  const std::size_t all = std::max(static_cast<std::size_t>(sums.all_bins), counts.size() - 1);
  const std::size_t step = (all + kRows - 1) / kRows;
  std::vector<std::int64_t> rows((all + step - 1) / step);
  for (std::size_t bins = 1; bins < counts.size(); ++bins) rows[(bins - 1) / step] += counts[bins];
  const std::int64_t most = *std::max_element(rows.begin(), rows.end());
  std::string text;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t first = row * step + 1, last = std::min(first + step - 1, all);
    const std::string range = first == last ? fmt::format("{}", first) : fmt::format("{} to {}", first, last);
    const auto length = static_cast<std::size_t>(rows[row]) * kWidth / static_cast<std::size_t>(most);
    std::string bar;
    bar.append(std::max<std::size_t>(length, rows[row] > 0 ? 1 : 0), '#');
    text += fmt::format("  {:>10} maps {:>6}  {}\n", range, rows[row], bar);
  }
  return text;
}

}  // namespace zoetrope::inference
