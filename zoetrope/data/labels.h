#pragma once
// The names of classes, in the order of their ids: of a data set, and of a model's outputs.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace zoetrope::data {

/// Ceilings on a file of labels; the largest vocabularies of the field have some 20'000.
inline constexpr std::uint64_t kMaxLabelFileBytes = std::uint64_t{16} << 20;
inline constexpr std::size_t kMaxLabels = 200'000;
inline constexpr std::size_t kMaxLabelBytes = 1000;

/// Labels from a text, whose content says which layout it has; `name` is for messages:
///   - one a line; spaces around them, and an empty last line, do not count
///   - JSON {"id2label": {"0": "abseiling", ...}}, as Hugging Face's config.json has it, or that inner table
///     alone
///   - JSON {"abseiling": 0, ...}, as the lists of Kinetics have it, or {"Holding something": "0", ...}, as
///     that of Something-Something
///   - JSON ["abseiling", ...]
/// Throws Error (kInput) for anything else: ids with a gap or twice, an empty label, more than the ceilings.
[[nodiscard]] std::vector<std::string> parse_labels(std::string_view text, const std::string& name);

[[nodiscard]] std::vector<std::string> read_labels(const std::filesystem::path& path);

/// One a line, as parse_labels reads them. Throws Error (kUsage) for a label that is empty, too long, begins
/// or ends with a space or holds a line break, and for labels that would read as JSON.
[[nodiscard]] std::string format_labels(const std::vector<std::string>& labels);

}  // namespace zoetrope::data
