#include "zoetrope/core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

constexpr int kNameAttempts = 100;

// A write call takes at most 2 GiB less a page on Linux.
constexpr std::size_t kMaxWriteBytes = std::size_t{1} << 30;

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code error;
  // A rename over a link would replace the link, and one over /dev/null the device.
  const std::filesystem::path real = std::filesystem::canonical(path_, error);
  if (!error) path_ = real;
  const std::filesystem::file_status status = std::filesystem::status(path_, error);
  if (path_.filename().empty() ||
      (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))) {
    throw Error::failed("{}: cannot be written: it is no regular file; name another", path_.string());
  }
  std::random_device random;
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    // The extension stays last, for writers that choose a format by it.
    temporary_ =
        path_.parent_path() / fmt::format(".zoetrope-{:08x}.tmp{}", random(), path_.extension().string());
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) return;
    if (errno != EEXIST) break;
  }
  throw Error::failed("{}: cannot be written: {}", path_.string(), std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kMaxWriteBytes));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      throw Error::failed("{}: cannot be written: {}", path_.string(),
                          std::strerror(written < 0 ? errno : EIO));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw Error::failed("{}: cannot be written: {}", path_.string(), std::strerror(errno));
  }
  ::close(std::exchange(descriptor_, -1));
  // The new name reaches the disk with its folder. Some file systems cannot flush a folder: the file is whole
  // anyway.
  const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
  const int folder_descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_descriptor < 0) return;
  ::fsync(folder_descriptor);
  ::close(folder_descriptor);
}

}  // namespace zoetrope
