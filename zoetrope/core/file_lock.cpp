#include "zoetrope/core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"

namespace zoetrope {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(100);  // between two tries

}  // namespace

FileLock::FileLock(const std::filesystem::path& path, const std::function<void()>& on_wait)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  const auto fail = [&] {
    const int reason = errno;
    if (file_ >= 0) ::close(file_);
    throw Error::failed("{}: cannot be locked: {}", path.string(), std::generic_category().message(reason));
  };
  if (file_ < 0) fail();
  for (bool waits = false; ::flock(file_, LOCK_EX | LOCK_NB) != 0; waits = true) {
    if (errno != EWOULDBLOCK && errno != EINTR) fail();
    if (interrupted()) {
      ::close(file_);
      throw_if_interrupted();
    }
    if (!waits && on_wait) on_wait();
    std::this_thread::sleep_for(kPatience);
  }
}

FileLock::~FileLock() {
  ::close(file_);
}

}  // namespace zoetrope
