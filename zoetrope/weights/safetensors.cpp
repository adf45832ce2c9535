#include "zoetrope/weights/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "zoetrope/core/atomic_file.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/weights/mapped_file.h"
#include "zoetrope/weights/safetensors_header.h"

namespace zoetrope::weights {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors files are little-endian and are mapped as such");

constexpr std::size_t kLengthBytes = 8;

// The header's text, once its length is known to lie within the file.
std::string_view header_text(const MappedFile& file, const std::string& path) {
  if (file.size() < kLengthBytes) throw Error::model("{}: no safetensors file: shorter than 8 bytes", path);
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaxSafetensorsHeaderBytes) {
    throw Error::model(
        "{}: no safetensors file, or a hostile one: a header of {} bytes, where {} are the most", path,
        length, kMaxSafetensorsHeaderBytes);
  }
  if (length > file.size() - kLengthBytes) {
    throw Error::model("{}: the file ends within its header; is it whole?", path);
  }
  return {file.data() + kLengthBytes, static_cast<std::size_t>(length)};
}

torch::Tensor make_tensor(const std::shared_ptr<const MappedFile>& file, char* bytes,
                          const TensorEntry& entry) {
  const auto options = torch::TensorOptions().dtype(entry.dtype);
  if (entry.begin == entry.end) return torch::empty(entry.shape, options);
  if (reinterpret_cast<std::uintptr_t>(bytes) % c10::elementSize(entry.dtype) == 0) {
    return torch::from_blob(
        bytes, entry.shape, [file](void*) {}, options);
  }
  torch::Tensor copy = torch::empty(entry.shape, options);
  std::memcpy(copy.data_ptr(), bytes, entry.end - entry.begin);
  return copy;
}

void check_tensor(const std::string& name, const torch::Tensor& tensor) {
  const std::string quoted = quoted_name(name);
  if (name == "__metadata__") throw Error::usage("a safetensors file cannot hold a tensor named {}", quoted);
  if (name.size() > kMaxSafetensorsNameBytes) {
    throw Error::usage("tensor {}: the name is longer than {} bytes", quoted, kMaxSafetensorsNameBytes);
  }
  if (!tensor.defined() || tensor.layout() != torch::kStrided) {
    throw Error::usage("tensor {} is undefined or sparse; a safetensors file takes dense tensors", quoted);
  }
  if (static_cast<std::size_t>(tensor.dim()) > kMaxSafetensorsDimensions) {
    throw Error::usage("tensor {} has more than {} dimensions", quoted, kMaxSafetensorsDimensions);
  }
}

}  // namespace

struct SafetensorsFile::Content {
  std::string path;
  std::shared_ptr<const MappedFile> file;
  char* data = nullptr;  // the first byte after the header
  SafetensorsHeader header;
  std::unordered_map<std::string_view, std::size_t> index;

  [[nodiscard]] torch::Tensor tensor(const TensorEntry& entry) const {
    char* bytes = data + entry.begin;
    const auto above_one = [](char byte) { return static_cast<unsigned char>(byte) > 1; };
    if (entry.dtype == torch::kBool && std::any_of(bytes, data + entry.end, above_one)) {
      throw Error::model("{}: tensor {} is BOOL and holds bytes other than 0 and 1", path,
                         quoted_name(entry.name));
    }
    return make_tensor(file, bytes, entry);
  }
};

SafetensorsFile::SafetensorsFile(const std::string& path) {
  auto content = std::make_shared<Content>();
  content->path = path;
  content->file = std::make_shared<const MappedFile>(path);
  const std::string_view text = header_text(*content->file, path);
  const std::size_t data_begin = kLengthBytes + text.size();
  content->data = content->file->data() + data_begin;
  content->header = parse_safetensors_header(text, content->file->size() - data_begin, path);
  const std::vector<TensorEntry>& entries = content->header.entries;
  for (std::size_t i = 0; i < entries.size(); ++i) content->index.emplace(entries[i].name, i);
  content_ = std::move(content);
}

const std::string& SafetensorsFile::path() const noexcept {
  return content_->path;
}
const Metadata& SafetensorsFile::metadata() const noexcept {
  return content_->header.metadata;
}
const std::vector<TensorEntry>& SafetensorsFile::entries() const noexcept {
  return content_->header.entries;
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const TensorEntry& entry : entries()) names.push_back(entry.name);
  return names;
}

bool SafetensorsFile::contains(std::string_view name) const {
  return content_->index.contains(name);
}

torch::Tensor SafetensorsFile::tensor(std::string_view name) const {
  const auto found = content_->index.find(name);
  if (found == content_->index.end()) {
    throw Error::model("{}: no tensor {}{}", path(), quoted_name(name), did_you_mean(name, names()));
  }
  return content_->tensor(entries()[found->second]);
}

NamedTensors SafetensorsFile::tensors() const {
  NamedTensors all;
  for (const TensorEntry& entry : entries()) all.emplace_back(entry.name, content_->tensor(entry));
  return all;
}

void write_safetensors(const std::string& path, const NamedTensors& tensors, const Metadata& metadata) {
  if (tensors.size() > kMaxSafetensorsTensors) {
    throw Error::usage("{}: {} tensors, where a safetensors file takes {}", path, tensors.size(),
                       kMaxSafetensorsTensors);
  }
  SafetensorsHeader header{.entries = {}, .metadata = metadata};
  std::unordered_set<std::string_view> taken;
  for (const auto& [name, tensor] : tensors) {
    check_tensor(name, tensor);
    if (!taken.insert(name).second) throw Error::usage("{}: two tensors named {}", path, quoted_name(name));
    header.entries.push_back({.name = name, .dtype = tensor.scalar_type(), .shape = tensor.sizes().vec()});
  }
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return tensors[a].second.element_size() > tensors[b].second.element_size();
  });
  std::uint64_t position = 0;
  for (const std::size_t i : order) {
    header.entries[i].begin = position;
    position += static_cast<std::uint64_t>(tensors[i].second.numel()) * tensors[i].second.element_size();
    header.entries[i].end = position;
  }
  const std::string text = format_safetensors_header(header);
  const std::uint64_t length = text.size();
  if (length > kMaxSafetensorsHeaderBytes) {
    throw Error::usage("{}: names and metadata take {} bytes, where {} are the most", path, length,
                       kMaxSafetensorsHeaderBytes);
  }

  AtomicFile file(path);
  file.write({reinterpret_cast<const char*>(&length), kLengthBytes});
  file.write(text);
  for (const std::size_t i : order) {
    const torch::Tensor dense = tensors[i].second.detach().to(torch::kCPU).contiguous();
    file.write({static_cast<const char*>(dense.data_ptr()), dense.nbytes()});
  }
  file.commit();
}

}  // namespace zoetrope::weights
