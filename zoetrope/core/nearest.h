#pragma once
// The nearest known name to a mistyped one, for "unknown key 'lerning_rate'; did you mean 'learning_rate'?".

#include <span>
#include <string>
#include <string_view>

namespace zoetrope {

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours count one
/// each.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate of least distance to `name`, or "" if even that one differs in more than a third of its
/// letters (at least two). Ties go to the earlier candidate.
[[nodiscard]] std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// "; did you mean 'NEAREST'?", or "" if nothing is near: to be appended to a message.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace zoetrope
