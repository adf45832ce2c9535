#include "zoetrope/data/npy_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment = 64;  // of the values, as NumPy writes

struct Type {
  std::string_view name;
  NpyType type;
  std::size_t bytes;
};
constexpr std::array<Type, 9> kTypes = {{{"<f2", NpyType::kFloat16, 2},
                                         {"<f4", NpyType::kFloat32, 4},
                                         {"<f8", NpyType::kFloat64, 8},
                                         {"|i1", NpyType::kInt8, 1},
                                         {"<i2", NpyType::kInt16, 2},
                                         {"<i4", NpyType::kInt32, 4},
                                         {"<i8", NpyType::kInt64, 8},
                                         {"|u1", NpyType::kUInt8, 1},
                                         {"|b1", NpyType::kBool, 1}}};

const Type& entry_of(NpyType type) {
  return *std::find_if(kTypes.begin(), kTypes.end(), [type](const Type& each) { return each.type == type; });
}

/// Reads the header's dictionary: three keys, each once, in any order.
class HeaderReader {
 public:
  HeaderReader(const std::string& path, std::string_view text) : path_(path), rest_(text) {}

  NpyHeader read() {
    NpyHeader header;
    expect('{');
    int found = 0;  // keys, a bit each
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !(found & 1)) {
        header.type = dtype();
        found |= 1;
      } else if (key == "fortran_order" && !(found & 2)) {
        header.fortran_order = truth();
        found |= 2;
      } else if (key == "shape" && !(found & 4)) {
        header.shape = shape();
        found |= 4;
      } else {
        fail("an unknown or repeated key '" + key + "'");
      }
      if (!take(',') && found != 7) break;
    }
    if (found != 7) fail("a key is missing");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error::input("{}: a damaged .npy header: {}", path_, what);
  }

  void skip_spaces() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip_spaces();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(fmt::format("'{}' is missing", c));
  }
  std::string quoted() {
    expect('\'');
    const auto end = rest_.find('\'');
    if (end == std::string_view::npos) fail("a name does not end");
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool truth() {
    skip_spaces();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    fail("fortran_order is neither True nor False");
  }
  NpyType dtype() {
    const std::string name = quoted();
    for (const auto& [known, type, bytes] : kTypes) {
      if (known == name || (name.size() == 3 && name[0] == '<' && known.substr(1) == name.substr(1)))
        return type;
    }
    throw Error::input("{}: values of type '{}' are not read; save them as float32", path_, name);
  }
  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> sides;
    expect('(');
    while (!take(')')) {
      skip_spaces();
      std::int64_t side = -1;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), side);
      if (error != std::errc() || side < 0 || sides.size() >= kMaxNpyDimensions) fail("the shape is none");
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      sides.push_back(side);
      if (!take(',') && !rest_.starts_with(")")) fail("the shape does not end");
    }
    return sides;
  }

  std::string path_;
  std::string_view rest_;
};

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// Bytes of the values; throws where they overflow.
std::uint64_t count_bytes(const std::string& name, const NpyHeader& header) {
  std::uint64_t bytes = npy_bytes(header.type);
  for (const std::int64_t side : header.shape) {
    if (side > 0 && bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) /
                                static_cast<std::uint64_t>(side))
      throw Error::input("{}: its shape is larger than any memory", name);
    bytes *= static_cast<std::uint64_t>(side);
  }
  return bytes;
}

}  // namespace

std::string_view npy_name(NpyType type) {
  return entry_of(type).name;
}

std::size_t npy_bytes(NpyType type) {
  return entry_of(type).bytes;
}

NpyHeader parse_npy_header(std::string_view prefix, std::uint64_t file_size, const std::string& name) {
  std::size_t at = 0;
  const auto take = [&](std::size_t count) {
    if (prefix.size() - at < count) throw Error::input("{}: it ends within its header", name);
    at += count;
    return prefix.substr(at - count, count);
  };
  if (take(kMagic.size()) != kMagic) throw Error::input("{}: no .npy file", name);
  const std::string_view version = take(2);
  if (version[0] < 1 || version[0] > 3) throw Error::input("{}: an unknown version of .npy", name);
  const std::uint64_t length = little_endian(take(version[0] == 1 ? 2 : 4));
  if (length > kMaxNpyHeaderBytes) throw Error::input("{}: a .npy header of {} bytes", name, length);
  NpyHeader header = HeaderReader(name, take(length)).read();
  header.values_begin = at;
  header.values_bytes = count_bytes(name, header);
  if (file_size - at < header.values_bytes) {
    throw Error::input("{}: {} bytes of values, but its shape [{}] takes {}; it is cut off", name,
                       file_size - at, fmt::join(header.shape, ", "), header.values_bytes);
  }
  return header;
}

std::string make_npy_header(NpyType type, std::span<const std::int64_t> shape) {
  std::string sides = fmt::format("{}", fmt::join(shape, ", "));
  if (shape.size() == 1) sides += ",";
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", npy_name(type), sides);
  const std::size_t before = kMagic.size() + 4;
  text.append(kAlignment - (before + text.size() + 1) % kAlignment, ' ');
  text += '\n';
  std::string header(kMagic);
  header.append({1, 0, static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)});
  return header + text;
}

}  // namespace zoetrope::data
