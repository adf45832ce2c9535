#include "zoetrope/bundle/atomic_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "zoetrope/core/error.h"

namespace zoetrope::bundle {
namespace {

namespace fs = std::filesystem;

std::string words_of(int error) {
  return std::generic_category().message(error);
}

// The names within a folder reach the disk with the folder itself.
void flush(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFolder::AtomicFolder(const fs::path& target) : target_(fs::absolute(target).lexically_normal()) {
  if (!target_.has_filename()) target_ = target_.parent_path();  // "bundles/x3d_s/"
  std::error_code error;
  fs::create_directories(target_.parent_path(), error);
  for (int attempt = 0; temporary_.empty(); ++attempt) {
    const std::string name = fmt::format(".{}.{}-{}", target_.filename().string(), ::getpid(), attempt);
    const fs::path path = target_.parent_path() / name;
    if (fs::create_directory(path, error)) temporary_ = path;
    if (error) throw Error::failed("{}: cannot be written: {}", target.string(), error.message());
  }
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

void AtomicFolder::commit() {
  flush(temporary_);
  // Exchanging leaves the old folder under the temporary name, which the destructor removes.
  const unsigned int how = fs::exists(fs::symlink_status(target_)) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), how) != 0) {
    throw Error::failed("{}: cannot be written: {}", target_.string(), words_of(errno));
  }
  if (how == RENAME_NOREPLACE) temporary_.clear();
  flush(target_.parent_path());
}

}  // namespace zoetrope::bundle
