#pragma once
// From a pickle's inert nodes (pickle.h) to the values of a checkpoint: which of Python's names are
// understood, and how.

#include <optional>
#include <string>

#include "zoetrope/weights/checkpoint.h"
#include "zoetrope/weights/checkpoint_storages.h"
#include "zoetrope/weights/pickle.h"

namespace zoetrope::weights {

/// A storage as a pickle names it: ('storage', type, key, location, elements[, view]).
struct StorageReference {
  std::string key;
  torch::ScalarType dtype = torch::kFloat32;
  std::int64_t elements = 0;  ///< of the whole storage
  std::int64_t offset = 0;    ///< of a view that torch before 1.0 wrote, in elements
};

/// nullopt for what is no such tuple, or has a type that is not read.
[[nodiscard]] std::optional<StorageReference> storage_reference(const pickle::Graph& graph,
                                                                const pickle::Persistent& node);

/// Builds the value of a graph's root. `file_bytes` bounds what its tensors may hold. Throws Error (kModel)
/// at what is refused.
[[nodiscard]] CheckpointValue build_value(const pickle::Graph& graph, Storages& storages,
                                          std::uint64_t file_bytes, const std::string& path);

}  // namespace zoetrope::weights
