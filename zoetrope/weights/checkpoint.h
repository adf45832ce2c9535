#pragma once
// What torch.save wrote, read without Python and without running anything that the file asks for.
//
//   const weights::Checkpoint checkpoint = weights::read_checkpoint("epoch_30.pyth");
//   for (const auto& [name, tensor] : weights::flatten(checkpoint.root)) use(name, tensor);
//
// Two layouts are read: the zip archive of torch 1.6 and later (zip_archive.h), and the stream of pickles
// before it (`_use_new_zipfile_serialization=False`). Of what a file asks Python to call, only torch's own
// ways to rebuild a tensor and a few plain containers are understood, a fixed list; any other object is an
// `Opaque` value that bears its class's name. TorchScript archives and the tar files of torch before 0.4 are
// refused by name.
//
// The file is mapped: tensors share its memory, and with each other what they shared when they were saved, so
// a large checkpoint does not cost twice. (A storage that the file does not align is copied once: in zip
// archives none, in the older stream most.) Strides are kept. Writing to a tensor never changes the file.
//
// A file is not trusted. What breaks the format or a ceiling, here and in pickle.h and zip_archive.h, is
// refused in one line.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "zoetrope/weights/safetensors.h"

namespace zoetrope::weights {

/// Ceilings on what is built from a file, besides those of pickle.h. Shared values count at each place where
/// they stand.
inline constexpr int kMaxCheckpointDepth = 100;
inline constexpr std::size_t kMaxCheckpointValues = 2'000'000;
inline constexpr std::size_t kMaxCheckpointTextBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMaxCheckpointTensors = kMaxSafetensorsTensors;
inline constexpr std::size_t kMaxCheckpointDimensions = kMaxSafetensorsDimensions;
inline constexpr std::int64_t kMaxTensorElements = std::int64_t{1} << 40;
/// Tensors may share storage or repeat it (stride 0), but written out one by one they hold at most this many
/// times the file's bytes, and `kMinCheckpointBytes` in any case.
inline constexpr std::uint64_t kMaxCheckpointRepeats = 16;
inline constexpr std::uint64_t kMinCheckpointBytes = std::uint64_t{16} << 20;

struct CheckpointEntry;

/// A value of the file: what Python would show of it.
struct CheckpointValue {
  struct None {};
  struct Bytes {
    std::string data;
  };
  /// Lists, tuples and sets.
  using List = std::vector<CheckpointValue>;
  /// Keys are unique. A key that is no string is written as Python prints it: the optimizer's parameter 3 is
  /// "3".
  using Dict = std::vector<CheckpointEntry>;
  /// An object that is not understood, with the attributes that Python would have set.
  struct Opaque {
    std::string type;  ///< "argparse.Namespace"; what has no name is "?", what contains itself "..."
    Dict state;
  };

  std::variant<None, bool, std::int64_t, double, std::string, Bytes, List, Dict, Opaque, torch::Tensor> data =
      None{};

  /// The value under a key of a Dict; nullptr if there is none, or this is no Dict.
  [[nodiscard]] const CheckpointValue* find(std::string_view key) const;
};

struct CheckpointEntry {
  std::string key;
  CheckpointValue value;
};

[[nodiscard]] const CheckpointValue* find_entry(const CheckpointValue::Dict& dict, std::string_view key);

struct Checkpoint {
  std::string path;
  CheckpointValue root;
};

/// Throws Error: kInput if the file cannot be read, kModel if it is no checkpoint, or one that is refused.
[[nodiscard]] Checkpoint read_checkpoint(const std::string& path);

/// All tensors within a value, in the file's order, named by their keys and places:
/// "optimizer.state.0.exp_avg".
[[nodiscard]] NamedTensors flatten(const CheckpointValue& value);

}  // namespace zoetrope::weights
