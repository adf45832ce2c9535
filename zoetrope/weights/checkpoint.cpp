#include "zoetrope/weights/checkpoint.h"

#include <array>
#include <cstring>
#include <memory>

#include "zoetrope/core/error.h"
#include "zoetrope/weights/checkpoint_storages.h"
#include "zoetrope/weights/checkpoint_values.h"
#include "zoetrope/weights/file_kind.h"
#include "zoetrope/weights/mapped_file.h"
#include "zoetrope/weights/pickle.h"
#include "zoetrope/weights/safetensors_header.h"
#include "zoetrope/weights/zip_archive.h"

namespace zoetrope::weights {
namespace {

using FilePointer = std::shared_ptr<const MappedFile>;

constexpr std::string_view kPickleEntry = "/data.pkl";
constexpr std::int64_t kStreamProtocol = 1001;

// 0x1950a86a20f9469cfc6c as pickle writes it: two's complement, little-endian.
constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);

[[noreturn]] void refuse_big_endian(const std::string& path) {
  throw Error::model(
      "{}: checkpoint refused: it was written on a big-endian machine; load and save it on another", path);
}

// The one folder that all entries of torch's archives lie in: what stands before "/data.pkl".
std::string_view root_folder(const ZipArchive& archive) {
  std::string_view root;
  for (const ZipArchive::Entry& entry : archive.entries()) {
    if (!entry.name.ends_with(kPickleEntry)) continue;
    const std::string_view folder = entry.name.substr(0, entry.name.size() - kPickleEntry.size());
    if (!root.empty() || folder.empty() || folder.find('/') != std::string_view::npos) {
      throw Error::model("{}: checkpoint refused: its entry {} is not where torch.save puts it",
                         archive.file()->path(), quoted_name(entry.name));
    }
    root = folder;
  }
  if (root.empty()) {
    throw Error::model("{}: no checkpoint: a zip archive without torch's data.pkl", archive.file()->path());
  }
  return root;
}

Checkpoint read_zip(const FilePointer& file) {
  const std::string& path = file->path();
  const ZipArchive archive(file);
  const std::string root(root_folder(archive));
  if (archive.find(root + "/constants.pkl")) {
    throw Error::model(
        "{}: a TorchScript archive, which holds a program; save the model's state_dict() instead", path);
  }
  const ZipArchive::Entry* order = archive.find(root + "/byteorder");
  if (order && archive.bytes(*order) != "little") refuse_big_endian(path);

  Storages storages(file);
  const std::string folder = root + "/data/";
  for (const ZipArchive::Entry& entry : archive.entries()) {
    if (entry.name.starts_with(folder))
      storages.add(std::string(entry.name.substr(folder.size())), archive.bytes(entry));
  }
  std::string_view stream = archive.bytes(*archive.find(root + std::string(kPickleEntry)));
  const pickle::Graph graph = pickle::parse(stream, path);
  return {.path = path, .root = build_value(graph, storages, file->size(), path)};
}

// The fields that a pickle of the older stream must have before any data.
template <typename T>
T expect(const pickle::Graph& graph, pickle::NodeId id, const std::string& path) {
  const T* value = std::get_if<T>(&graph[id]);
  if (!value) throw Error::model("{}: checkpoint refused: its first values are not torch.save's", path);
  return *value;
}

void check_system(std::string_view& stream, const std::string& path) {
  const pickle::Graph info = pickle::parse(stream, path);
  const pickle::Dict fields = expect<pickle::Dict>(info, info.root(), path);
  for (std::size_t i = 0; i + 1 < fields.items.size(); i += 2) {
    const auto* key = std::get_if<pickle::String>(&info[fields.items[i]]);
    if (key && key->text == "little_endian" && !expect<bool>(info, fields.items[i + 1], path))
      refuse_big_endian(path);
  }
}

// The storages follow the pickles: a list of keys, and for each key a count of elements and as many of them.
// How wide an element is stands only in the pickle that refers to it.
Storages read_stream_storages(const FilePointer& file, const pickle::Graph& graph, std::string_view stream) {
  const std::string& path = file->path();
  std::unordered_map<std::string, torch::ScalarType> dtypes;
  for (pickle::NodeId id = 0; id < graph.size(); ++id) {
    const auto* node = std::get_if<pickle::Persistent>(&graph[id]);
    const auto reference = node ? storage_reference(graph, *node) : std::nullopt;
    if (reference) dtypes.emplace(reference->key, reference->dtype);
  }
  const pickle::Graph keys = pickle::parse(stream, path);
  Storages storages(file);
  for (const pickle::NodeId id : expect<pickle::List>(keys, keys.root(), path).items) {
    const std::string key(expect<pickle::String>(keys, id, path).text);
    const auto dtype = dtypes.find(key);
    if (dtype == dtypes.end()) {
      throw Error::model("{}: checkpoint refused: nothing says of which type its storage {} is", path,
                         quoted_name(key));
    }
    std::uint64_t elements = 0;
    const std::uint64_t width = c10::elementSize(dtype->second);
    const bool has_count = stream.size() >= sizeof(elements);
    if (has_count) std::memcpy(&elements, stream.data(), sizeof(elements));
    if (!has_count || elements > (stream.size() - sizeof(elements)) / width) {
      throw Error::model("{}: the file ends within its storage {}; is it whole?", path, quoted_name(key));
    }
    storages.add(key, stream.substr(sizeof(elements), elements * width));
    stream.remove_prefix(sizeof(elements) + elements * width);
  }
  return storages;
}

// Pickles one after another: a magic number, the protocol, the machine, the value, the storages' keys; then
// the storages.
Checkpoint read_stream(const FilePointer& file) {
  const std::string& path = file->path();
  std::string_view stream = file->bytes();
  const pickle::Graph magic = pickle::parse(stream, path);
  if (expect<pickle::BigInteger>(magic, magic.root(), path).bytes != kMagic) {
    throw Error::model("{}: checkpoint refused: its magic number is not torch.save's", path);
  }
  const pickle::Graph protocol = pickle::parse(stream, path);
  if (expect<std::int64_t>(protocol, protocol.root(), path) != kStreamProtocol) {
    throw Error::model("{}: checkpoint refused: its layout is not version {}", path, kStreamProtocol);
  }
  check_system(stream, path);
  const pickle::Graph graph = pickle::parse(stream, path);
  Storages storages = read_stream_storages(file, graph, stream);
  return {.path = path, .root = build_value(graph, storages, file->size(), path)};
}

void flatten_into(const CheckpointValue& value, const std::string& name, NamedTensors& tensors) {
  const auto within = [&](std::string_view key) {
    return name.empty() ? std::string(key) : fmt::format("{}.{}", name, key);
  };
  if (const auto* tensor = std::get_if<torch::Tensor>(&value.data)) tensors.emplace_back(name, *tensor);
  if (const auto* dict = std::get_if<CheckpointValue::Dict>(&value.data)) {
    for (const CheckpointEntry& entry : *dict) flatten_into(entry.value, within(entry.key), tensors);
  }
  if (const auto* list = std::get_if<CheckpointValue::List>(&value.data)) {
    for (std::size_t i = 0; i < list->size(); ++i)
      flatten_into((*list)[i], within(std::to_string(i)), tensors);
  }
}

}  // namespace

const CheckpointValue* find_entry(const CheckpointValue::Dict& dict, std::string_view key) {
  const auto found =
      std::find_if(dict.begin(), dict.end(), [&](const CheckpointEntry& e) { return e.key == key; });
  return found == dict.end() ? nullptr : &found->value;
}

const CheckpointValue* CheckpointValue::find(std::string_view key) const {
  const auto* dict = std::get_if<Dict>(&data);
  return dict ? find_entry(*dict, key) : nullptr;
}

Checkpoint read_checkpoint(const std::string& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  switch (kind_of(file->bytes())) {
    case FileKind::kZip:
      return read_zip(file);
    case FileKind::kStream:
      return read_stream(file);
    case FileKind::kSafetensors:
      throw Error::model("{}: no checkpoint of torch.save but a safetensors file", path);
    case FileKind::kUnknown:
      break;
  }
  throw Error::model("{}: no checkpoint that is read here{}", path, likely_kind(file->bytes()));
}

NamedTensors flatten(const CheckpointValue& value) {
  NamedTensors tensors;
  flatten_into(value, "", tensors);
  return tensors;
}

}  // namespace zoetrope::weights
