#pragma once
// NumPy's array files (.npy), the field's layout for features: one array, its dtype and shape in a short
// header.
//
//   data::write_npy("match.npy", features);               // [D, T], float32
//   torch::Tensor features = data::read_npy("match.npy");
//
// The format (numpy.org/neps/nep-0001-npy-format.html), versions 1.0 to 3.0: "\x93NUMPY", a version, the
// header's length, and a Python dictionary, {'descr': '<f4', 'fortran_order': False, 'shape': (2048, 300), },
// then the values. The header is read by rule, not evaluated; an object array ('|O'), which NumPy would
// unpickle, is refused. Read: little-endian f2, f4, f8, i1, i2, i4, i8, u1 and b1, in C and in Fortran order.
// Written: the same, in C order.

#include <torch/torch.h>

#include <filesystem>

namespace zoetrope::data {

/// Ceilings on what a header may say.
inline constexpr std::size_t kMaxNpyHeaderBytes = 1 << 16;
inline constexpr std::size_t kMaxNpyDimensions = 32;

/// Throws Error (kInput) that names the file and what is wrong: no .npy, a dtype that is not read, fewer
/// bytes than the shape asks for.
[[nodiscard]] torch::Tensor read_npy(const std::filesystem::path& path);

/// The file appears only when whole (core/atomic_file.h). Throws Error: kUsage for a dtype that NumPy lacks
/// (bfloat16), kFailed if the file cannot be written.
void write_npy(const std::filesystem::path& path, const torch::Tensor& array);

}  // namespace zoetrope::data
