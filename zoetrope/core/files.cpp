#include "zoetrope/core/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "zoetrope/core/atomic_file.h"
#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

std::string words_of(int error) {
  return std::generic_category().message(error);
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : value_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] bool is_open() const { return value_ >= 0; }
  [[nodiscard]] int value() const { return value_; }

 private:
  int value_;
};

}  // namespace

std::string read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open()) throw Error::input("{}: cannot read: {}", path.string(), words_of(errno));
  std::string bytes;
  std::size_t used = 0;
  while (true) {
    bytes.resize(used + kChunkBytes);
    const ssize_t got = ::read(file.value(), bytes.data() + used, kChunkBytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::input("{}: cannot read: {}", path.string(), words_of(errno));
    used += static_cast<std::size_t>(got);
    if (used > max_bytes)
      throw Error::input("{}: larger than {} bytes, the most that is read", path.string(), max_bytes);
    if (got == 0) break;
  }
  bytes.resize(used);
  return bytes;
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    std::ofstream out(path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
    if (!out) throw Error::failed("{}: cannot be written: {}", path.string(), words_of(errno));
    return;
  }
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace zoetrope
