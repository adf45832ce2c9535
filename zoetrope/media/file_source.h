#pragma once
// A regular file as FFmpeg's input. FFmpeg never sees a name that it could open: it reads through this
// object, so a name cannot become a URL, and a file cannot name another file or a device.

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "zoetrope/media/ffmpeg.h"

namespace zoetrope::media {

class FileSource {
 public:
  /// Throws Error (kInput), a line of its own each, if the path is missing, a folder, a pipe or device,
  /// unreadable, or empty.
  explicit FileSource(const std::string& path);
  ~FileSource();
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  [[nodiscard]] AVIOContext* io() noexcept { return io_; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }

  /// What tells a changed file from the one that was scanned.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const Identity&) const = default;
  };
  [[nodiscard]] const Identity& identity() const noexcept { return identity_; }

  /// Bytes [offset, offset + count) of the file into `data`; false where the file ends before.
  [[nodiscard]] bool read_at(std::int64_t offset, void* data, std::size_t count) const;

  /// A packet came: the budget of limits.h for reads without one starts anew.
  void progress() noexcept { read_since_progress_ = 0; }

 private:
  static int read_callback(void* self, std::uint8_t* buffer, int size);
  static std::int64_t seek_callback(void* self, std::int64_t offset, int whence);

  int fd_ = -1;
  AVIOContext* io_ = nullptr;
  std::int64_t size_ = 0;
  std::int64_t position_ = 0;
  std::int64_t read_since_progress_ = 0;
  Identity identity_;
};

}  // namespace zoetrope::media
