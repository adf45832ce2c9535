#pragma once
// One process at a time: a lock on a file, which ends with the process that holds it, however that ends.
//
//   const FileLock lock(folder / "lock", [] { log_info("another process works on this; waiting"); });

#include <filesystem>
#include <functional>

namespace zoetrope {

class FileLock {
 public:
  /// Makes the file where it is not there, and waits until no other holds it; `on_wait` is called once where
  /// that takes time. Throws Error: kFailed where the file cannot be opened or locked, kInterrupted after a
  /// signal.
  explicit FileLock(const std::filesystem::path& path, const std::function<void()>& on_wait = {});
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int file_ = -1;
};

}  // namespace zoetrope
