#pragma once
// NumPy's array files (.npy), the field's layout for features: one array, its dtype and shape in a short
// header.
//
//   data::write_npy("match.npy", features);               // [D, T], float32
//   torch::Tensor features = data::read_npy("match.npy");
//
// The format and its ceilings: npy_header.h. Read: little-endian f2, f4, f8, i1, i2, i4, i8, u1 and b1, in C
// and in Fortran order. Written: the same, in C order.

#include <torch/torch.h>

#include <filesystem>

#include "zoetrope/data/npy_header.h"

namespace zoetrope::data {

/// Throws Error (kInput) that names the file and what is wrong: no .npy, a dtype that is not read, fewer
/// bytes than the shape asks for.
[[nodiscard]] torch::Tensor read_npy(const std::filesystem::path& path);

/// The file appears only when whole (core/atomic_file.h). Throws Error: kUsage for a dtype that NumPy lacks
/// (bfloat16), kFailed if the file cannot be written.
void write_npy(const std::filesystem::path& path, const torch::Tensor& array);

}  // namespace zoetrope::data
