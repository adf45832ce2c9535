#pragma once
// The zip archives that torch.save writes (torch 1.6 and later), and no others.
//
// Zip (APPNOTE.TXT 6.3, "ZIP64") as PyTorch writes it: entries are stored, never compressed or encrypted; the
// end record is the file's last 22 bytes, without a comment; sizes may be in ZIP64 fields. Everything else is
// refused, so that no entry can grow when it is read, and none can hide from another zip reader.
//
// The archive is not trusted: entries lie within the file, apart from one another, and bear the same name in
// both of the places where zip writes it. Names are only ever compared, never used as paths.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "zoetrope/weights/mapped_file.h"

namespace zoetrope::weights {

/// Ceilings on what an archive may list.
inline constexpr std::uint64_t kMaxZipEntries = 200'000;
inline constexpr std::size_t kMaxZipNameBytes = 4096;

/// Whether a file that begins with these bytes claims to be a zip archive.
[[nodiscard]] bool looks_like_zip(std::string_view bytes) noexcept;

class ZipArchive {
 public:
  struct Entry {
    std::string_view name;
    std::uint64_t header = 0;  ///< where its local header begins in the file
    std::uint64_t begin = 0;   ///< where its bytes begin in the file
    std::uint64_t size = 0;
  };

  /// Throws Error (kModel) at the first rule that is broken.
  explicit ZipArchive(std::shared_ptr<const MappedFile> file);

  /// In the order of the archive's directory. Names are views into the file.
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// nullptr if there is no entry of that very name.
  [[nodiscard]] const Entry* find(std::string_view name) const;
  [[nodiscard]] std::string_view bytes(const Entry& entry) const;
  [[nodiscard]] const std::shared_ptr<const MappedFile>& file() const noexcept { return file_; }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace zoetrope::weights
