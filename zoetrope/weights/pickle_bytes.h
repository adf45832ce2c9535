#pragma once
// The bytes of a pickle stream, taken from the front, for the machine that runs it (pickle.cpp). Numbers are
// little-endian. What lies beyond the end or above a ceiling of pickle.h is refused.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/weights/pickle.h"

namespace zoetrope::weights::pickle {

class PickleBytes {
 public:
  /// `name` is for messages, and outlives this.
  PickleBytes(std::string_view bytes, const std::string& name) : all_(bytes), rest_(bytes), name_(name) {}

  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) refuse("it ends within a value; is the file whole?");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  template <typename T>
  T number() {
    T value = 0;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view string(std::uint64_t size) {
    if (size > kMaxStringBytes) refuse("a string of {} bytes, where {} are the most", size, kMaxStringBytes);
    return take(size);
  }

  /// Up to a line feed, which is taken too.
  std::string_view line() {
    const std::size_t end = rest_.substr(0, kMaxGlobalBytes + 1).find('\n');
    if (end == std::string_view::npos)
      refuse("a name is longer than {} bytes, or the file is cut", kMaxGlobalBytes);
    const std::string_view text = take(end);
    take(1);
    return text;
  }

  /// Throws Error (kModel) that names the stream and the place in it.
  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    throw Error::model("{}: pickle refused at byte {}: {}", name_, all_.size() - rest_.size(),
                       fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::string_view all_;
  std::string_view rest_;
  const std::string& name_;
};

}  // namespace zoetrope::weights::pickle
