#pragma once
// A whole file in memory, by mapping: opening it reads nothing, and only the pages that are looked at are
// ever loaded.
//
// The pages are private: writing to them changes this process' view, never the file. As with any mapping,
// another program that shortens the file meanwhile ends this one: files that may be in use are replaced by
// renaming.

#include <cstddef>
#include <string>
#include <string_view>

namespace zoetrope::weights {

class MappedFile {
 public:
  /// Throws Error (kInput) if the file cannot be read, or is no regular file (a folder, a pipe, a device).
  explicit MappedFile(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] char* data() const noexcept { return static_cast<char*>(data_); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return {data(), size_}; }

 private:
  std::string path_;
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace zoetrope::weights
