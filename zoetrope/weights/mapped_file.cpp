#include "zoetrope/weights/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "zoetrope/core/error.h"

namespace zoetrope::weights {

MappedFile::MappedFile(const std::string& path) : path_(path) {
  // Opening a pipe would otherwise wait for a writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) throw Error::input("{}: cannot be read: {}", path, std::strerror(errno));
  struct stat status = {};
  const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  size_ = regular ? static_cast<std::size_t>(status.st_size) : 0;
  if (size_ > 0)
    data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
  const int failure = errno;
  ::close(descriptor);
  if (!regular) throw Error::input("{}: cannot be read: it is no regular file", path);
  if (data_ == MAP_FAILED) throw Error::input("{}: cannot be read: {}", path, std::strerror(failure));
}

MappedFile::~MappedFile() {
  if (data_ && data_ != MAP_FAILED) ::munmap(data_, size_);
}

}  // namespace zoetrope::weights
