#pragma once
// Safetensors: named tensors and a few strings in one file that runs no code.
//
//   weights::write_safetensors("model.safetensors", {{"fc.weight", w}, {"fc.bias", b}}, {{"epoch", "90"}});
//   weights::SafetensorsFile file("model.safetensors");
//   for (const std::string& name : file.names()) use(name, file.tensor(name));
//
// The format (github.com/huggingface/safetensors, "Format"): 8 bytes, the header's length as a little-endian
// integer; the header, a JSON object {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [BEGIN,
// END]}, ..., "__metadata__": {"KEY": "VALUE"}}, which begins with '{' and may end in spaces; the tensors'
// bytes, little-endian, row by row. Offsets count from the end of the header; the tensors fill the rest of
// the file without gap or overlap.
//
// A file is not trusted: a header that breaks any of these rules, or a ceiling below, is refused before a
// tensor is made, with one line that says why. Memory is bounded by the header's size, whatever the header
// claims.
//
// Dtypes read and written: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL. Others of the format (U16,
// F8_E4M3, ...) have no equal in LibTorch 1.13 and are refused by name.

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoetrope::weights {

/// Ceilings on what a header may hold. The first is the reference implementation's.
inline constexpr std::uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;
inline constexpr std::size_t kMaxSafetensorsTensors = 200'000;
inline constexpr std::size_t kMaxSafetensorsNameBytes = 4096;
inline constexpr std::size_t kMaxSafetensorsDimensions = 32;

using Metadata = std::map<std::string, std::string>;
using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// What the header says of a tensor.
struct TensorEntry {
  std::string name = {};
  torch::ScalarType dtype = torch::kFloat32;
  std::vector<std::int64_t> shape = {};
  std::uint64_t begin = 0;  ///< bytes from the end of the header
  std::uint64_t end = 0;    ///< one past the last byte
};

/// A file of tensors, mapped into memory: opening reads the header alone. Copies share the mapping; safe to
/// read from several threads.
class SafetensorsFile {
 public:
  /// Throws Error: kInput if the file cannot be read, kModel if it breaks the format or a ceiling.
  explicit SafetensorsFile(const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept;
  [[nodiscard]] const Metadata& metadata() const noexcept;
  /// In the header's order.
  [[nodiscard]] const std::vector<TensorEntry>& entries() const noexcept;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool contains(std::string_view name) const;

  /// The tensor on the CPU, contiguous. Its memory is the mapped file's own (a copy where the file does not
  /// align it) and outlives this object; writing to it changes this process' view, never the file. As with
  /// any mapping, another program that shortens the file meanwhile ends this one: replace such files by
  /// renaming, as write_safetensors does. Throws Error (kModel) if there is no such name (and names the
  /// nearest), or a BOOL holds a byte above 1.
  [[nodiscard]] torch::Tensor tensor(std::string_view name) const;

  /// All tensors, in the header's order.
  [[nodiscard]] NamedTensors tensors() const;

 private:
  struct Content;
  std::shared_ptr<const Content> content_;
};

/// Writes tensors of any device and layout. The header keeps their order; the bytes go widest dtype first, so
/// that all of them lie aligned. The same input gives the same bytes. The file appears only when whole
/// (core/atomic_file.h). Throws Error: kUsage for a name that is taken twice, too long, not UTF-8, or
/// "__metadata__", or for a dtype that the format lacks; kFailed if the file cannot be written.
void write_safetensors(const std::string& path, const NamedTensors& tensors, const Metadata& metadata = {});

}  // namespace zoetrope::weights
