#include "apps/zoetrope/lists.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "zoetrope/core/error.h"

namespace zoetrope::cli {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

template <typename Number>
std::optional<Number> parse_number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::int64_t parse_index(const std::string& text, const std::string& list) {
  const auto value = parse_number<std::int64_t>(text);
  if (!value) throw Error::usage("--index {}: '{}' is no whole number", list, text);
  return *value;
}

void append_range(const std::vector<std::string>& parts, const std::string& list, std::int64_t size,
                  std::vector<std::int64_t>& indices) {
  if (parts.size() > 3) throw Error::usage("--index {}: a range is first:last:step", list);
  const auto bound = [&](std::size_t i, std::int64_t missing) {
    if (parts[i].empty()) return missing;
    const std::int64_t value = parse_index(parts[i], list);
    return std::min(value < 0 ? std::max<std::int64_t>(0, value + size) : value, size);
  };
  const std::int64_t step = parts.size() == 3 && !parts[2].empty() ? parse_index(parts[2], list) : 1;
  if (step < 1) throw Error::usage("--index {}: the step must be at least 1", list);
  const std::int64_t last = bound(1, size);
  for (std::int64_t i = bound(0, 0); i < last; i += std::min(step, size)) indices.push_back(i);
}

}  // namespace

std::vector<std::int64_t> parse_indices(const std::string& list, std::int64_t size) {
  std::vector<std::int64_t> indices;
  for (const std::string& item : split(list, ',')) {
    const std::vector<std::string> parts = split(item, ':');
    if (parts.size() > 1) {
      append_range(parts, list, size, indices);
      continue;
    }
    const std::int64_t value = parse_index(item, list);
    const std::int64_t index = value < 0 ? value + size : value;
    if (index < 0 || index >= size) {
      throw Error::usage("--index {}: the video has {} frames, 0 to {}", value, size, size - 1);
    }
    indices.push_back(index);
  }
  if (indices.empty())
    throw Error::usage("--index {}: no frame of the video's {} is in that range", list, size);
  return indices;
}

std::vector<double> parse_times(const std::string& list) {
  std::vector<double> times;
  for (const std::string& item : split(list, ',')) {
    double seconds = 0;
    const std::vector<std::string> parts = split(item, ':');
    for (const std::string& part : parts) {
      const auto value = parse_number<double>(part);
      const bool negative = value && *value < 0 && parts.size() > 1;
      if (!value || !std::isfinite(*value) || negative || parts.size() > 3) {
        throw Error::usage(
            "--time {}: '{}' is no time; write seconds, minutes:seconds or hours:minutes:seconds", list,
            item);
      }
      seconds = seconds * 60 + *value;
    }
    times.push_back(seconds);
  }
  return times;
}

}  // namespace zoetrope::cli
