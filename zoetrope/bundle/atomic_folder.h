#pragma once
// A folder that appears under its name only when it is whole: core/atomic_file.h for several files at once.
//
//   AtomicFolder folder("bundles/x3d_s");
//   write_file_atomically(folder.path() / "labels.txt", text);
//   folder.commit();  // flushed, and renamed to bundles/x3d_s
//
// Without commit, the destructor removes what was written, and what stood under the name before stands there
// still.

#include <filesystem>

namespace zoetrope::bundle {

class AtomicFolder {
 public:
  /// Makes an empty folder beside `target`. Throws Error (kFailed) where that cannot be.
  explicit AtomicFolder(const std::filesystem::path& target);
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;
  ~AtomicFolder();

  /// The folder to write to.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return temporary_; }

  /// Renames to the target; a folder that is there is exchanged with this one in the same step, and then
  /// removed. To be called once. Throws Error (kFailed).
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
};

}  // namespace zoetrope::bundle
