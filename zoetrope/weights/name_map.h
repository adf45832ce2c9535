#pragma once
// Whose name is whose: the tensors of a published checkpoint against those of a model.
//
//   const NameMap map = map_names(shapes_of(checkpoint), shapes_of(model));
//   std::cout << map.report();
//
// Models bear their authors' names (torchvision, PyTorchVideo, ...), but the same networks are published
// under others, too. The names are matched, in this order:
//   1. as they are;
//   2. without what wrappers put before them ("module.", "backbone.", "base_model."), and by the rules of a
//      dialect: the names of a code base (mmaction2, PySlowFast, TSM), of which the one that finds the most
//      is taken (dialects.h);
//   3. by structure, where names say nothing: the tensors left over on both sides are as many, and in the
//      same order have the same shapes and the same last parts ("weight", "running_mean").
// A name that is found but differs in shape is never matched by force: it is reported with both shapes. Two
// kinds of difference are understood: trailing dimensions of one element (a 1x1 convolution is a linear
// layer), and, if asked for, time: a 2D convolution for a 3D one (inflate.h).

#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/weights/safetensors.h"

namespace zoetrope::weights {

struct NamedShape {
  std::string name = {};
  std::vector<std::int64_t> shape = {};
};

[[nodiscard]] std::vector<NamedShape> shapes_of(const NamedTensors& tensors);

/// How a tensor of the source becomes one of the target.
enum class Fit {
  kSame,     ///< the shapes are equal
  kReshape,  ///< they differ in dimensions of one element at the end
  kInflate   ///< [O, I, H, W] to [O, I, T, H, W]
};

struct NameMatch {
  std::string target = {};
  std::string source = {};
  Fit fit = Fit::kSame;
  bool by_structure = false;  ///< the names differ, and only order and shapes say that they belong together
};

struct MisShaped {
  NamedShape target = {};
  NamedShape source = {};
};

struct NameMapOptions {
  bool inflate = false;    ///< a 2D convolution may fill a 3D one
  bool structural = true;  ///< the third way of matching, above
};

struct NameMap {
  std::vector<NameMatch> matched;     ///< in the target's order
  std::vector<std::string> missing;   ///< of the target: no source has them
  std::vector<std::string> unused;    ///< of the source: no target takes them
  std::vector<MisShaped> mis_shaped;  ///< the names agree, the shapes do not
  std::string dialect;                ///< whose names the source bears; empty: the target's own

  /// Whether the whole target is filled. A `num_batches_tracked` may be missing: older checkpoints have none,
  /// and no output depends on it.
  [[nodiscard]] bool complete() const noexcept { return missing.empty() && mis_shaped.empty(); }

  /// Tensors of the source that no target takes and that an output may depend on: all but counters. Where there are
  /// any, the checkpoint is of another network, though the target is filled.
  [[nodiscard]] std::vector<std::string> left_over() const;
  /// Tensors of the target that were matched by order and shape alone.
  [[nodiscard]] std::size_t by_structure() const;

  /// For people: counts, then the first names that are missing, mis-shaped or unused, and all that are matched by
  /// structure, a line each.
  [[nodiscard]] std::string report() const;
};

[[nodiscard]] NameMap map_names(const std::vector<NamedShape>& source, const std::vector<NamedShape>& target,
                                const NameMapOptions& options = {});

/// "[64, 3, 7, 7]"
[[nodiscard]] std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace zoetrope::weights
