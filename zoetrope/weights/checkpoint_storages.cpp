#include "zoetrope/weights/checkpoint_storages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "zoetrope/weights/checkpoint.h"
#include "zoetrope/weights/safetensors_header.h"

namespace zoetrope::weights {
namespace {

struct DtypeNames {
  torch::ScalarType dtype;
  std::string_view storage;
  std::string_view name;
};

constexpr std::array<DtypeNames, 11> kDtypes = {{
    {torch::kFloat64, "torch.DoubleStorage", "torch.float64"},
    {torch::kFloat32, "torch.FloatStorage", "torch.float32"},
    {torch::kFloat16, "torch.HalfStorage", "torch.float16"},
    {torch::kBFloat16, "torch.BFloat16Storage", "torch.bfloat16"},
    {torch::kInt64, "torch.LongStorage", "torch.int64"},
    {torch::kInt32, "torch.IntStorage", "torch.int32"},
    {torch::kInt16, "torch.ShortStorage", "torch.int16"},
    {torch::kInt8, "torch.CharStorage", "torch.int8"},
    {torch::kUInt8, "torch.ByteStorage", "torch.uint8"},
    {torch::kUInt8, "torch.storage.UntypedStorage", "torch.uint8"},
    {torch::kBool, "torch.BoolStorage", "torch.bool"},
}};

constexpr std::size_t kAlignment = 8;  // of the widest dtype

template <typename... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) {
  throw std::invalid_argument(fmt::format(format, std::forward<Args>(args)...));
}

// The elements of a shape, zero if a dimension is. Zeros are left out of the test for size: strides multiply
// the other dimensions even where the tensor is empty.
std::int64_t count_elements(const std::vector<std::int64_t>& shape) {
  if (shape.size() > kMaxCheckpointDimensions)
    refuse("it has more than {} dimensions", kMaxCheckpointDimensions);
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) refuse("a dimension is negative");
    const std::int64_t factor = std::max<std::int64_t>(size, 1);
    if (factor > kMaxTensorElements / elements) refuse("it has more than {} elements", kMaxTensorElements);
    elements *= factor;
  }
  return std::find(shape.begin(), shape.end(), 0) == shape.end() ? elements : 0;
}

// That every element of a tensor that is not empty lies in its storage.
void check_within(const TensorLayout& layout) {
  constexpr const char* kBeyond = "its elements reach beyond its storage";
  if (layout.offset < 0 || layout.offset >= layout.storage_elements) refuse("{}", kBeyond);
  std::int64_t last = layout.offset;
  for (std::size_t i = 0; i < layout.shape.size(); ++i) {
    const std::int64_t steps = layout.shape[i] - 1;
    const std::int64_t stride = layout.strides[i];
    if (stride < 0) refuse("a stride is negative");
    if (steps > 0 && stride > (layout.storage_elements - 1 - last) / steps) refuse("{}", kBeyond);
    if (steps > 0) last += steps * stride;
  }
}

}  // namespace

std::optional<torch::ScalarType> storage_dtype(std::string_view global) {
  for (const DtypeNames& known : kDtypes) {
    if (known.storage == global) return known.dtype;
  }
  return std::nullopt;
}

std::optional<torch::ScalarType> named_dtype(std::string_view global) {
  for (const DtypeNames& known : kDtypes) {
    if (known.name == global) return known.dtype;
  }
  return std::nullopt;
}

void Storages::add(std::string key, std::string_view bytes) {
  char* data = file_->data() + (bytes.data() - file_->data());  // the mapping is writable, a view is not
  storages_.emplace(std::move(key), Storage{.data = data, .size = bytes.size(), .owner = file_});
}

torch::Tensor Storages::tensor(const TensorLayout& layout) {
  const auto found = storages_.find(layout.key);
  if (found == storages_.end()) refuse("its storage {} is not in the file", quoted_name(layout.key));
  Storage& storage = found->second;
  const std::uint64_t capacity = storage.size / c10::elementSize(layout.dtype);
  if (layout.storage_elements < 0 || static_cast<std::uint64_t>(layout.storage_elements) > capacity) {
    refuse("its storage {} holds {} elements, not {}", quoted_name(layout.key), capacity,
           layout.storage_elements);
  }
  if (layout.shape.size() != layout.strides.size())
    refuse("it has {} dimensions and {} strides", layout.shape.size(), layout.strides.size());
  if (count_elements(layout.shape) == 0) {
    return torch::empty(layout.shape, torch::TensorOptions().dtype(layout.dtype));
  }
  check_within(layout);
  return elements(layout.key, storage, layout.dtype).as_strided(layout.shape, layout.strides, layout.offset);
}

const Storages::Storage& Storages::aligned(Storage& storage) {
  if (reinterpret_cast<std::uintptr_t>(storage.data) % kAlignment == 0) return storage;
  const auto copy = std::make_shared<std::vector<std::uint64_t>>(storage.size / sizeof(std::uint64_t) + 1);
  std::memcpy(copy->data(), storage.data, storage.size);
  storage.data = reinterpret_cast<char*>(copy->data());
  storage.owner = copy;
  return storage;
}

const torch::Tensor& Storages::elements(const std::string& key, Storage& storage, torch::ScalarType dtype) {
  torch::Tensor& row = elements_[{key, dtype}];
  if (row.defined()) return row;
  const Storage& bytes = aligned(storage);
  const auto above_one = [](char byte) { return static_cast<unsigned char>(byte) > 1; };
  if (dtype == torch::kBool && std::any_of(bytes.data, bytes.data + bytes.size, above_one)) {
    refuse("it is of booleans, and its storage {} holds bytes other than 0 and 1", quoted_name(key));
  }
  const auto count = static_cast<std::int64_t>(bytes.size / c10::elementSize(dtype));
  row = torch::from_blob(
      bytes.data, {count}, [owner = bytes.owner](void*) {}, torch::TensorOptions().dtype(dtype));
  return row;
}

}  // namespace zoetrope::weights
