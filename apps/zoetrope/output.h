#pragma once
// What commands write to standard output: JSON documents, and numbers as people read them.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace zoetrope::cli {

using Json = nlohmann::ordered_json;

/// Indented, with a final newline. Bytes that are no UTF-8 (file names may hold any) become U+FFFD.
void print_json(const Json& document);
/// On one line, flushed: the reader of a stream sees it at once.
void print_json_line(const Json& document);

[[nodiscard]] std::string bytes_text(std::int64_t bytes);  ///< "1.2 MiB"
[[nodiscard]] std::string duration_text(double seconds);   ///< "12.40 s", "3 min 05 s", "1 h 02 min"

}  // namespace zoetrope::cli
