#include "zoetrope/weights/state_dict.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "zoetrope/core/error.h"
#include "zoetrope/weights/file_kind.h"
#include "zoetrope/weights/mapped_file.h"
#include "zoetrope/weights/safetensors_header.h"

namespace zoetrope::weights {
namespace {

using Value = CheckpointValue;

// Under what name the field keeps its weights, the likeliest first.
constexpr std::array<std::string_view, 9> kWrapperKeys = {"state_dict", "model_state", "model_state_dict",
                                                          "model",      "net",         "network",
                                                          "module",     "weights",     "params"};

constexpr std::array<std::string_view, 2> kWrapperPrefixes = {"module.", "_orig_mod."};

// A pickled torch.nn.Module: an object whose attributes are torch's.
const Value::Opaque* as_module(const Value& value) {
  const auto* object = std::get_if<Value::Opaque>(&value.data);
  return object && find_entry(object->state, "_parameters") && find_entry(object->state, "_modules")
             ? object
             : nullptr;
}

void collect_module(const Value::Opaque& module, const std::string& prefix, NamedTensors& tensors) {
  for (const std::string_view part : {"_parameters", "_buffers"}) {
    const Value* members = find_entry(module.state, part);
    if (!members) continue;
    for (auto& [name, tensor] : flatten(*members)) tensors.emplace_back(prefix + name, tensor);
  }
  const Value* children = find_entry(module.state, "_modules");
  const auto* dict = std::get_if<Value::Dict>(&children->data);
  if (!dict) return;
  for (const CheckpointEntry& child : *dict) {
    if (const Value::Opaque* inner = as_module(child.value))
      collect_module(*inner, prefix + child.key + ".", tensors);
  }
}

NamedTensors tensors_of(const Value& value) {
  const Value::Opaque* module = as_module(value);
  if (!module) return flatten(value);
  NamedTensors tensors;
  collect_module(*module, "", tensors);
  return tensors;
}

bool holds_tensors_itself(const Value::Dict& dict) {
  return std::any_of(dict.begin(), dict.end(), [](const CheckpointEntry& entry) {
    return std::holds_alternative<torch::Tensor>(entry.value.data);
  });
}

// What a person may have meant: the keys of a dictionary, the first of many.
std::string keys_of(const Value& value) {
  constexpr std::size_t kShown = 12;
  const auto* dict = std::get_if<Value::Dict>(&value.data);
  if (!dict || dict->empty()) return "no entries there";
  std::string keys;
  for (std::size_t i = 0; i < std::min(kShown, dict->size()); ++i)
    keys += (i == 0 ? "" : ", ") + quoted_name((*dict)[i].key);
  return dict->size() > kShown ? keys + ", ..." : keys;
}

const Value& value_at(const Checkpoint& checkpoint, std::string_view path) {
  const Value* value = &checkpoint.root;
  std::string_view rest = path;
  while (!rest.empty()) {
    // A key may itself hold dots: the whole rest is tried before its first part.
    const Value* const parent = value;
    const Value* found = value->find(rest);
    const std::string_view part = found ? rest : rest.substr(0, rest.find('.'));
    value = found ? found : value->find(part);
    if (!value) {
      throw Error::model("{}: no {} in this checkpoint; it has {}", checkpoint.path, quoted_name(path),
                         keys_of(*parent));
    }
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return *value;
}

const Value* wrapped(const Value::Dict& dict) {
  for (const std::string_view key : kWrapperKeys) {
    const Value* value = find_entry(dict, key);
    const bool is_tensor = value && std::holds_alternative<torch::Tensor>(value->data);
    if (value && !is_tensor && !tensors_of(*value).empty()) return value;
  }
  return nullptr;
}

// The one entry that holds tensors; nullptr if none does.
const Value* only_entry(const Checkpoint& checkpoint, const Value::Dict& dict) {
  constexpr std::size_t kMaxShown = 8;
  std::vector<std::string> candidates;
  const Value* only = nullptr;
  for (const CheckpointEntry& entry : dict) {
    if (tensors_of(entry.value).empty()) continue;
    if (candidates.size() < kMaxShown) candidates.push_back(quoted_name(entry.key));
    only = &entry.value;
  }
  if (candidates.size() < 2) return only;
  throw Error::model("{}: several entries hold tensors; name the one to take: {}", checkpoint.path,
                     fmt::join(candidates, ", "));
}

NamedTensors search(const Checkpoint& checkpoint, const Value* value) {
  while (value && !as_module(*value)) {
    const auto* dict = std::get_if<Value::Dict>(&value->data);
    if (!dict) return {};
    // A wrapper goes before tensors beside it: some authors save the epoch or the best score as one.
    const Value* inner = wrapped(*dict);
    if (!inner && holds_tensors_itself(*dict)) break;
    value = inner ? inner : only_entry(checkpoint, *dict);
  }
  return value ? tensors_of(*value) : NamedTensors();
}

}  // namespace

NamedTensors find_state_dict(const Checkpoint& checkpoint, std::string_view key) {
  NamedTensors tensors = search(checkpoint, &value_at(checkpoint, key));
  if (tensors.empty())
    throw Error::model("{}: it holds no state dict: no dictionary of tensors", checkpoint.path);
  strip_wrappers(tensors);
  return tensors;
}

void strip_wrappers(NamedTensors& tensors) {
  const auto all_bear = [&](std::string_view prefix) {
    const auto bears = [&](const auto& tensor) { return tensor.first.starts_with(prefix); };
    return !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), bears);
  };
  // Wrappers wrap one another, in any order.
  for (bool stripped = true; stripped;) {
    stripped = false;
    for (const std::string_view prefix : kWrapperPrefixes) {
      if (!all_bear(prefix)) continue;
      for (auto& [name, tensor] : tensors) name.erase(0, prefix.size());
      stripped = true;
    }
  }
}

NamedTensors read_weights(const std::string& path, std::string_view key) {
  if (kind_of(MappedFile(path).bytes()) != FileKind::kSafetensors)
    return find_state_dict(read_checkpoint(path), key);
  if (!key.empty())
    throw Error::usage("{}: a safetensors file has no entries to choose from ({})", path, quoted_name(key));
  NamedTensors tensors = SafetensorsFile(path).tensors();
  strip_wrappers(tensors);
  return tensors;
}

}  // namespace zoetrope::weights
