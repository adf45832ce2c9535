#include "zoetrope/media/file_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "zoetrope/core/error.h"
#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

constexpr int kBufferBytes = 1 << 16;

void require_regular(const std::string& path, const struct stat& status) {
  if (S_ISDIR(status.st_mode)) throw Error::input("{}: is a folder, not a video file", path);
  if (!S_ISREG(status.st_mode)) {
    throw Error::input("{}: is a pipe or device; copy it to a regular file first", path);
  }
  if (status.st_size == 0) throw Error::input("{}: the file is empty", path);
}

}  // namespace

FileSource::FileSource(const std::string& path) {
  struct stat status {};
  if (path.empty()) throw Error::input("the name of the video file is empty");
  // Before opening as well: to open a device can already do something to it.
  if (::stat(path.c_str(), &status) != 0) throw Error::input("{}: {}", path, std::strerror(errno));
  require_regular(path, status);
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) throw Error::input("{}: {}", path, std::strerror(errno));
  try {
    if (::fstat(fd_, &status) != 0) throw Error::input("{}: {}", path, std::strerror(errno));
    require_regular(path, status);
    size_ = status.st_size;
    identity_ = {status.st_dev, status.st_ino, size_,
                 std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
    if (!buffer) throw std::bad_alloc();
    io_ = avio_alloc_context(buffer, kBufferBytes, 0, this, &read_callback, nullptr, &seek_callback);
    if (!io_) {
      av_free(buffer);
      throw std::bad_alloc();
    }
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

FileSource::~FileSource() {
  av_freep(&io_->buffer);
  avio_context_free(&io_);
  ::close(fd_);
}

bool FileSource::read_at(std::int64_t offset, void* data, std::size_t count) const {
  if (offset < 0 || offset > size_ || static_cast<std::int64_t>(count) > size_ - offset) return false;
  auto* bytes = static_cast<char*>(data);
  while (count > 0) {
    const ssize_t got = ::pread(fd_, bytes, count, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    offset += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

int FileSource::read_callback(void* self, std::uint8_t* buffer, int size) {
  auto& file = *static_cast<FileSource*>(self);
  if (file.read_since_progress_ > std::max(kMinReadBudget, kMaxReadsPerPacket * file.size_))
    return AVERROR_EXIT;
  for (;;) {
    const ssize_t got = ::pread(file.fd_, buffer, static_cast<std::size_t>(size), file.position_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return AVERROR(errno);
    if (got == 0) return AVERROR_EOF;
    file.position_ += got;
    file.read_since_progress_ += got;
    return static_cast<int>(got);
  }
}

std::int64_t FileSource::seek_callback(void* self, std::int64_t offset, int whence) {
  auto& file = *static_cast<FileSource*>(self);
  if (whence & AVSEEK_SIZE) return file.size_;
  switch (whence & ~AVSEEK_FORCE) {
    case SEEK_SET:
      break;
    case SEEK_CUR:
      offset += file.position_;
      break;
    case SEEK_END:
      offset += file.size_;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  return file.position_ = offset;
}

}  // namespace zoetrope::media
