#pragma once
// The header of NumPy's array files (.npy), without LibTorch: for npy.h, which reads any array into a tensor, and
// for feature_file.h, which maps features of long videos.
//
// The format (numpy.org/neps/nep-0001-npy-format.html), versions 1.0 to 3.0: "\x93NUMPY", a version, the
// header's length, and a Python dictionary, {'descr': '<f4', 'fortran_order': False, 'shape': (2048, 300), },
// then the values. The dictionary is read by rule, not evaluated; an object array ('|O'), which NumPy would
// unpickle, is refused.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zoetrope::data {

/// Ceilings on what a header may say.
inline constexpr std::size_t kMaxNpyHeaderBytes = 1 << 16;
inline constexpr std::size_t kMaxNpyDimensions = 32;
/// A parser that is given so many bytes of a file (or all, where it is shorter) has its whole header.
inline constexpr std::size_t kNpyPrefixBytes = kMaxNpyHeaderBytes + 12;

/// Little-endian, as all that is read and written here.
enum class NpyType { kFloat16, kFloat32, kFloat64, kInt8, kInt16, kInt32, kInt64, kUInt8, kBool };
[[nodiscard]] std::string_view npy_name(NpyType type);  ///< "<f4"
[[nodiscard]] std::size_t npy_bytes(NpyType type);      ///< of one value

struct NpyHeader {
  NpyType type = NpyType::kFloat32;
  bool fortran_order = false;
  std::vector<std::int64_t> shape = {};
  std::uint64_t values_begin = 0;  ///< offset of the first value in the file
  std::uint64_t values_bytes = 0;  ///< of all values
};

/// `file_size` is the whole file's. Throws Error (kInput) that names the file and what is wrong: no .npy, a
/// dtype that is not read, fewer bytes than the shape asks for.
[[nodiscard]] NpyHeader parse_npy_header(std::string_view prefix, std::uint64_t file_size,
                                         const std::string& name);

/// What precedes the values, in C order; they begin at a multiple of 64 bytes, as NumPy writes.
[[nodiscard]] std::string make_npy_header(NpyType type, std::span<const std::int64_t> shape);

}  // namespace zoetrope::data
