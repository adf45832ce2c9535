#pragma once
// What a file of weights is, by its first bytes; its name says nothing.

#include <string>
#include <string_view>

namespace zoetrope::weights {

enum class FileKind {
  kZip,          ///< torch.save, torch 1.6 and later
  kStream,       ///< torch.save before
  kSafetensors,  ///< safetensors.h
  kUnknown
};

[[nodiscard]] FileKind kind_of(std::string_view bytes);

/// For a message about an unknown file: ": it looks like an HDF5 file; ..." where its first bytes say so,
/// else "".
[[nodiscard]] std::string likely_kind(std::string_view bytes);

}  // namespace zoetrope::weights
