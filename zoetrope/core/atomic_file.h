#pragma once
// A file that appears under its name only when it is whole.
//
//   AtomicFile file("out/run.mp4");
//   write_to(file.temporary());  // a new, empty file in the same folder
//   file.commit();               // flushed to the disk and renamed to out/run.mp4, over what was there
//
// Without commit, the destructor removes the temporary file, and what stood under the name before stands
// there still.

#include <filesystem>
#include <string_view>

namespace zoetrope {

class AtomicFile {
 public:
  /// Creates the temporary file; a link is followed to the file that it names. Throws Error (kFailed) if the
  /// folder cannot be written, or if `path` is a folder, a device or a pipe.
  explicit AtomicFile(std::filesystem::path path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] const std::filesystem::path& temporary() const noexcept { return temporary_; }

  /// Appends to the temporary file. Throws Error (kFailed) naming `path` when the disk refuses.
  void write(std::string_view bytes);
  /// Flushes and renames; to be called once. Throws Error (kFailed), and then the temporary file is removed.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

}  // namespace zoetrope
