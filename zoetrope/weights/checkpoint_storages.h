#pragma once
// The storages of a checkpoint: runs of bytes of the mapped file, by key, and tensors on them.

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "zoetrope/weights/mapped_file.h"

namespace zoetrope::weights {

/// The dtype of "torch.FloatStorage" and its kind; nullopt for a storage that is not read.
[[nodiscard]] std::optional<torch::ScalarType> storage_dtype(std::string_view global);
/// The dtype of "torch.float32" and its kind.
[[nodiscard]] std::optional<torch::ScalarType> named_dtype(std::string_view global);

/// A tensor as a file describes it: a strided view of a storage. Nothing of it has been checked.
struct TensorLayout {
  std::string key = {};  ///< of the storage
  torch::ScalarType dtype = torch::kFloat32;
  std::int64_t storage_elements = 0;  ///< as the file claims
  std::int64_t offset = 0;            ///< in elements, as the strides
  std::vector<std::int64_t> shape = {};
  std::vector<std::int64_t> strides = {};
};

class Storages {
 public:
  explicit Storages(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {}

  /// A storage is these bytes of the file. A key that is taken keeps its first bytes.
  void add(std::string key, std::string_view bytes);

  /// The tensor, sharing memory with every other tensor of the same storage. Throws std::invalid_argument,
  /// with the reason, for a layout that does not fit its storage or a ceiling of checkpoint.h.
  [[nodiscard]] torch::Tensor tensor(const TensorLayout& layout);

 private:
  struct Storage {
    char* data = nullptr;
    std::size_t size = 0;
    std::shared_ptr<const void> owner;  // the file, or an aligned copy
  };

  const Storage& aligned(Storage& storage);
  const torch::Tensor& elements(const std::string& key, Storage& storage, torch::ScalarType dtype);

  std::shared_ptr<const MappedFile> file_;
  std::unordered_map<std::string, Storage> storages_;
  std::map<std::pair<std::string, torch::ScalarType>, torch::Tensor> elements_;  // each storage as one row
};

}  // namespace zoetrope::weights
