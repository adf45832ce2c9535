#pragma once
// The header of a safetensors file, apart from files and memory: text in, checked entries out. See
// safetensors.h for the rules.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/weights/safetensors.h"

namespace zoetrope::weights {

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;  ///< in the text's order
  Metadata metadata;
};

/// Parses the JSON text of a header whose file holds `data_bytes` bytes after it. Throws Error (kModel) at
/// the first rule that is broken; `path` is for its message.
[[nodiscard]] SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                                         const std::string& path);

/// The JSON text for entries that obey the rules, padded with spaces so that the tensors' bytes begin at a
/// multiple of eight. Throws Error (kUsage) where a string is not UTF-8.
[[nodiscard]] std::string format_safetensors_header(const SafetensorsHeader& header);

/// A name from a file as it may stand in a one-line message: quoted, escaped to ASCII, cut if long.
[[nodiscard]] std::string quoted_name(std::string_view name);

}  // namespace zoetrope::weights
