#include "zoetrope/data/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cctype>
#include <charconv>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

#include "zoetrope/core/atomic_file.h"
#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment = 64;  // of the values, as NumPy writes

constexpr std::array<std::pair<std::string_view, torch::ScalarType>, 9> kDtypes = {{{"<f2", torch::kFloat16},
                                                                                    {"<f4", torch::kFloat32},
                                                                                    {"<f8", torch::kFloat64},
                                                                                    {"|i1", torch::kInt8},
                                                                                    {"<i2", torch::kInt16},
                                                                                    {"<i4", torch::kInt32},
                                                                                    {"<i8", torch::kInt64},
                                                                                    {"|u1", torch::kUInt8},
                                                                                    {"|b1", torch::kBool}}};

struct Header {
  torch::ScalarType dtype = torch::kFloat32;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Reads the header's dictionary: three keys, each once, in any order.
class HeaderReader {
 public:
  HeaderReader(const std::filesystem::path& path, std::string_view text)
      : path_(path.string()), rest_(text) {}

  Header read() {
    Header header;
    expect('{');
    int found = 0;  // keys, a bit each
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !(found & 1)) {
        header.dtype = dtype();
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
  torch::ScalarType dtype() {
    const std::string name = quoted();
    for (const auto& [known, type] : kDtypes) {
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
std::uint64_t count_bytes(const std::filesystem::path& path, const Header& header) {
  std::uint64_t bytes = torch::elementSize(header.dtype);
  for (const std::int64_t side : header.shape) {
    if (side > 0 && bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) /
                                static_cast<std::uint64_t>(side))
      throw Error::input("{}: its shape is larger than any memory", path.string());
    bytes *= static_cast<std::uint64_t>(side);
  }
  return bytes;
}

}  // namespace

torch::Tensor read_npy(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  if (!file || failed) throw Error::input("{}: cannot be read", path.string());
  const auto read = [&](std::size_t count) {
    std::string bytes(count, '\0');
    if (!file.read(bytes.data(), static_cast<std::streamsize>(count)))
      throw Error::input("{}: it ends within its header", path.string());
    return bytes;
  };
  if (read(kMagic.size()) != kMagic) throw Error::input("{}: no .npy file", path.string());
  const std::string version = read(2);
  if (version[0] < 1 || version[0] > 3) throw Error::input("{}: an unknown version of .npy", path.string());
  const std::uint64_t length = little_endian(read(version[0] == 1 ? 2 : 4));
  if (length > kMaxNpyHeaderBytes) throw Error::input("{}: a .npy header of {} bytes", path.string(), length);
  const std::string text = read(length);
  const Header header = HeaderReader(path, text).read();
  const std::uint64_t bytes = count_bytes(path, header);
  const auto begin = static_cast<std::uint64_t>(file.tellg());
  if (size - begin < bytes) {
    throw Error::input("{}: {} bytes of values, but its shape [{}] takes {}; it is cut off", path.string(),
                       size - begin, fmt::join(header.shape, ", "), bytes);
  }
  std::vector<std::int64_t> stored = header.shape;
  if (header.fortran_order) std::reverse(stored.begin(), stored.end());
  torch::Tensor array = torch::empty(stored, header.dtype);
  if (bytes > 0 && !file.read(static_cast<char*>(array.data_ptr()), static_cast<std::streamsize>(bytes)))
    throw Error::input("{}: cannot be read to its end", path.string());
  if (!header.fortran_order) return array;
  std::vector<std::int64_t> order(stored.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(order.size() - 1 - i);
  return array.permute(order).contiguous();
}

void write_npy(const std::filesystem::path& path, const torch::Tensor& array) {
  const auto* const known =
      std::ranges::find(kDtypes, array.scalar_type(), &decltype(kDtypes)::value_type::second);
  if (known == kDtypes.end())
    throw Error::usage("{}: NumPy has no {}; convert to float32", path.string(),
                       c10::toString(array.scalar_type()));
  const torch::Tensor values = array.detach().to(torch::kCPU).contiguous();
  std::string shape = fmt::format("{}", fmt::join(values.sizes().vec(), ", "));
  if (values.dim() == 1) shape += ",";
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", known->first, shape);
  const std::size_t before = kMagic.size() + 4;
  header.append(kAlignment - (before + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  AtomicFile file(path);
  file.write(kMagic);
  const std::array<char, 4> version_and_length = {1, 0, static_cast<char>(header.size() & 0xff),
                                                  static_cast<char>(header.size() >> 8)};
  file.write({version_and_length.data(), version_and_length.size()});
  file.write(header);
  file.write({static_cast<const char*>(values.data_ptr()), values.nbytes()});
  file.commit();
}

}  // namespace zoetrope::data
