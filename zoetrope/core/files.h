#pragma once
// Reading and writing of whole files: bounded on the way in, all or nothing on the way out.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace zoetrope {

/// The bytes of a file (or pipe), as they are. Throws Error (kInput) where it is missing, unreadable, a
/// folder, or larger than `max_bytes`, of which no more is ever held.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// Writes beside the file under another name, then renames: whoever reads `path` sees the old bytes or the
/// new, never a part, also after a crash. Folders are not made. A link is followed; what is no regular file
/// (/dev/stdout) is written in place. Throws Error (kFailed) and leaves no temporary file behind.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace zoetrope
