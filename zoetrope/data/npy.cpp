#include "zoetrope/data/npy.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "zoetrope/core/atomic_file.h"
#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

constexpr std::array<std::pair<NpyType, torch::ScalarType>, 9> kDtypes = {
    {{NpyType::kFloat16, torch::kFloat16},
     {NpyType::kFloat32, torch::kFloat32},
     {NpyType::kFloat64, torch::kFloat64},
     {NpyType::kInt8, torch::kInt8},
     {NpyType::kInt16, torch::kInt16},
     {NpyType::kInt32, torch::kInt32},
     {NpyType::kInt64, torch::kInt64},
     {NpyType::kUInt8, torch::kUInt8},
     {NpyType::kBool, torch::kBool}}};

}  // namespace

torch::Tensor read_npy(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  if (!file || failed) throw Error::input("{}: cannot be read", path.string());
  std::string prefix(static_cast<std::size_t>(std::min<std::uintmax_t>(size, kNpyPrefixBytes)), '\0');
  if (!file.read(prefix.data(), static_cast<std::streamsize>(prefix.size())))
    throw Error::input("{}: cannot be read", path.string());
  const NpyHeader header = parse_npy_header(prefix, size, path.string());
  std::vector<std::int64_t> stored = header.shape;
  if (header.fortran_order) std::reverse(stored.begin(), stored.end());
  const torch::ScalarType dtype =
      std::ranges::find(kDtypes, header.type, &decltype(kDtypes)::value_type::first)->second;
  torch::Tensor array = torch::empty(stored, dtype);
  file.seekg(static_cast<std::streamoff>(header.values_begin));
  if (header.values_bytes > 0 &&
      !file.read(static_cast<char*>(array.data_ptr()), static_cast<std::streamsize>(header.values_bytes)))
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
  AtomicFile file(path);
  file.write(make_npy_header(known->first, values.sizes().vec()));
  file.write({static_cast<const char*>(values.data_ptr()), values.nbytes()});
  file.commit();
}

}  // namespace zoetrope::data
