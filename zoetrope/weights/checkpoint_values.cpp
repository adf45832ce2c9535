#include "zoetrope/weights/checkpoint_values.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/weights/safetensors_header.h"

namespace zoetrope::weights {
namespace {

using pickle::Graph;
using pickle::NodeId;
using Value = CheckpointValue;

const std::vector<NodeId>* sequence_items(const Graph& graph, NodeId id) {
  if (const auto* tuple = std::get_if<pickle::Tuple>(&graph[id])) return &tuple->items;
  if (const auto* list = std::get_if<pickle::List>(&graph[id])) return &list->items;
  return nullptr;
}

std::optional<std::int64_t> integer(const Graph& graph, NodeId id) {
  const auto* value = std::get_if<std::int64_t>(&graph[id]);
  return value ? std::optional(*value) : std::nullopt;
}

std::optional<std::string_view> text(const Graph& graph, NodeId id) {
  const auto* value = std::get_if<pickle::String>(&graph[id]);
  return value ? std::optional(value->text) : std::nullopt;
}

// Protocol 2 has no bytes: Python writes them as text whose letters are the bytes, to be encoded as Latin-1.
std::optional<std::string> latin1_bytes(std::string_view utf8) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      bytes += utf8[i];
    } else if ((lead == 0xC2 || lead == 0xC3) && i + 1 < utf8.size()) {
      bytes += static_cast<char>((lead & 0x03) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

class Builder {
 public:
  Builder(const Graph& graph, Storages& storages, std::uint64_t file_bytes, const std::string& path)
      : graph_(graph),
        storages_(storages),
        max_bytes_(std::max(kMinCheckpointBytes, file_bytes * kMaxCheckpointRepeats)),
        path_(path),
        open_(graph.size(), false) {}

  Value build(NodeId id) {
    if (++num_values_ > kMaxCheckpointValues) refuse("it holds more than {} values", kMaxCheckpointValues);
    if (open_[id]) return {Value::Opaque{.type = "...", .state = {}}};
    if (++depth_ > kMaxCheckpointDepth) refuse("it nests more than {} deep", kMaxCheckpointDepth);
    open_[id] = true;
    Value value = std::visit([this, id](const auto& node) { return make(node, id); }, graph_[id]);
    open_[id] = false;
    --depth_;
    return value;
  }

 private:
  // How a call of a known name is read: its arguments, and the call itself for what was added to its outcome.
  using Reader = Value (Builder::*)(const std::vector<NodeId>& arguments, const pickle::Object& call);

  // The whole list of what is understood. Nothing else of Python's has a meaning here.
  static const std::unordered_map<std::string_view, Reader>& readers() {
    static const std::unordered_map<std::string_view, Reader> table = {
        {"torch._utils._rebuild_tensor", &Builder::read_tensor},
        {"torch._utils._rebuild_tensor_v2", &Builder::read_tensor},
        {"torch._utils._rebuild_tensor_v3", &Builder::read_tensor},
        {"torch._utils._rebuild_parameter", &Builder::read_first},
        {"torch._utils._rebuild_parameter_with_state", &Builder::read_first},
        {"torch._tensor._rebuild_from_type_v2", &Builder::read_subclass},
        {"torch.Size", &Builder::read_first},
        {"torch.device", &Builder::read_device},
        {"torch.serialization._get_layout", &Builder::read_first},
        {"collections.OrderedDict", &Builder::read_dict},
        {"collections.defaultdict", &Builder::read_default_dict},
        {"collections.Counter", &Builder::read_dict},
        {"_codecs.encode", &Builder::read_bytes},
    };
    return table;
  }

  // ---- Plain values.

  Value make(const pickle::None&, NodeId) { return {}; }
  Value make(bool value, NodeId) { return {value}; }
  Value make(std::int64_t value, NodeId) { return {value}; }
  Value make(double value, NodeId) { return {value}; }
  Value make(const pickle::String& value, NodeId) { return {copied(value.text)}; }
  Value make(const pickle::Bytes& value, NodeId) { return {Value::Bytes{copied(value.bytes)}}; }
  Value make(const pickle::BigInteger&, NodeId) { return {Value::Opaque{.type = "int", .state = {}}}; }
  Value make(const pickle::List& value, NodeId) { return {list_of(value.items)}; }
  Value make(const pickle::Tuple& value, NodeId) { return {list_of(value.items)}; }
  Value make(const pickle::Set& value, NodeId) { return {list_of(value.items)}; }
  Value make(const pickle::Dict& value, NodeId) { return {dict_of(value.items)}; }
  Value make(const pickle::Global&, NodeId id) { return opaque(id); }

  // A string may stand in the file once and in the result a million times, so that copies have a ceiling of
  // their own.
  std::string copied(std::string_view text) {
    num_text_bytes_ += text.size();
    if (num_text_bytes_ > kMaxCheckpointTextBytes)
      refuse("it holds more than {} bytes of text", kMaxCheckpointTextBytes);
    return std::string(text);
  }

  Value opaque(NodeId id) {
    const std::string name = pickle::global_name(graph_, id);
    return {Value::Opaque{.type = name.empty() ? "?" : copied(name), .state = {}}};
  }

  Value build_at(NodeId id, std::string_view key) {
    const std::size_t length = place_.size();
    if (!place_.empty()) place_ += '.';
    place_ += key.substr(0, kMaxSafetensorsNameBytes);
    Value value = build(id);
    place_.resize(length);
    return value;
  }

  Value::List list_of(const std::vector<NodeId>& items) {
    Value::List list;
    for (const NodeId item : items) list.push_back(build_at(item, std::to_string(list.size())));
    return list;
  }

  // Python keeps the place of the first of two equal keys, and the value of the last.
  Value::Dict dict_of(const std::vector<NodeId>& items) {
    Value::Dict dict;
    std::unordered_map<std::string, std::size_t> index;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      std::string key = key_of(items[i]);
      Value value = build_at(items[i + 1], key);
      const auto [found, is_new] = index.emplace(key, dict.size());
      if (is_new) {
        dict.push_back({std::move(key), std::move(value)});
      } else {
        dict[found->second].value = std::move(value);
      }
    }
    return dict;
  }

  std::string key_of(NodeId id) {
    const pickle::Node& node = graph_[id];
    if (const auto* string = std::get_if<pickle::String>(&node)) return copied(string->text);
    if (const auto* number = std::get_if<std::int64_t>(&node)) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(&node)) return fmt::format("{}", *number);
    if (const auto* truth = std::get_if<bool>(&node)) return *truth ? "True" : "False";
    if (std::holds_alternative<pickle::None>(node)) return "None";
    return fmt::format("<key {}>", id);  // tuples, objects: known apart, and never looked up by name
  }

  // ---- Calls.

  Value make(const pickle::Object& call, NodeId id) {
    const auto known = readers().find(pickle::global_name(graph_, call.callee));
    const std::vector<NodeId>* arguments = sequence_items(graph_, call.arguments);
    if (known != readers().end() && arguments) return (this->*known->second)(*arguments, call);
    Value value = opaque(id);
    if (const auto* state = std::get_if<pickle::Dict>(&graph_[call.state])) {
      std::get<Value::Opaque>(value.data).state = dict_of(state->items);
    }
    return value;
  }

  NodeId argument(const std::vector<NodeId>& arguments, std::size_t index) {
    if (index >= arguments.size()) refuse("{} is rebuilt from too few arguments", shown_place());
    return arguments[index];
  }

  Value read_first(const std::vector<NodeId>& arguments, const pickle::Object&) {
    return build(argument(arguments, 0));
  }

  // (how, class, arguments, state): a tensor of a class of its own; as a tensor it is rebuilt like any other.
  Value read_subclass(const std::vector<NodeId>& arguments, const pickle::Object&) {
    if (++depth_ > kMaxCheckpointDepth) refuse("it nests more than {} deep", kMaxCheckpointDepth);
    const pickle::Object call{.callee = argument(arguments, 0),
                              .arguments = argument(arguments, 2),
                              .state = 0,
                              .items = {},
                              .key_items = {}};
    Value value = make(call, call.callee);
    --depth_;
    return value;
  }

  Value read_device(const std::vector<NodeId>& arguments, const pickle::Object&) {
    std::string name = copied(text(graph_, argument(arguments, 0)).value_or("?"));
    const std::optional<std::int64_t> index =
        arguments.size() > 1 ? integer(graph_, arguments[1]) : std::optional<std::int64_t>();
    return {index ? fmt::format("{}:{}", name, *index) : std::move(name)};
  }

  Value read_bytes(const std::vector<NodeId>& arguments, const pickle::Object&) {
    const std::optional<std::string_view> letters = text(graph_, argument(arguments, 0));
    std::optional<std::string> bytes = letters ? latin1_bytes(copied(*letters)) : std::nullopt;
    if (!bytes) refuse("{}: its bytes are written in a code that is not Latin-1", shown_place());
    return {Value::Bytes{std::move(*bytes)}};
  }

  Value read_default_dict(const std::vector<NodeId>&, const pickle::Object& call) {
    return {dict_of(call.key_items)};
  }

  // From nothing, from a dictionary, or (Python 2) from a list of pairs; and then what was set by key.
  Value read_dict(const std::vector<NodeId>& arguments, const pickle::Object& call) {
    std::vector<NodeId> items;
    if (!arguments.empty()) {
      if (const auto* dict = std::get_if<pickle::Dict>(&graph_[arguments[0]])) items = dict->items;
      if (const std::vector<NodeId>* pairs = sequence_items(graph_, arguments[0])) {
        for (const NodeId id : *pairs) {
          const std::vector<NodeId>* pair = sequence_items(graph_, id);
          if (!pair || pair->size() != 2)
            refuse("{}: a dictionary is made of what are no pairs", shown_place());
          items.insert(items.end(), pair->begin(), pair->end());
        }
      }
    }
    items.insert(items.end(), call.key_items.begin(), call.key_items.end());
    return {dict_of(items)};
  }

  // ---- Tensors.

  Value make(const pickle::Persistent& node, NodeId) {
    const std::optional<StorageReference> storage = storage_reference(graph_, node);
    if (!storage) return {Value::Opaque{.type = "?", .state = {}}};
    return {tensor_of({.key = storage->key,
                       .dtype = storage->dtype,
                       .storage_elements = storage->elements,
                       .offset = 0,
                       .shape = {storage->elements},
                       .strides = {1}})};
  }

  // (storage, offset, size, stride, ...), and in the third version (..., requires_grad, hooks, dtype).
  Value read_tensor(const std::vector<NodeId>& arguments, const pickle::Object& call) {
    const auto* node = std::get_if<pickle::Persistent>(&graph_[argument(arguments, 0)]);
    if (!node) refuse("{} has no storage", shown_place());
    const std::optional<StorageReference> storage = storage_reference(graph_, *node);
    if (!storage) return opaque(call.callee);
    TensorLayout layout{.key = storage->key,
                        .dtype = storage->dtype,
                        .storage_elements = storage->elements,
                        .shape = integers(argument(arguments, 2)),
                        .strides = integers(argument(arguments, 3))};
    const std::optional<std::int64_t> offset = integer(graph_, argument(arguments, 1));
    if (!offset || *offset < 0 || __builtin_add_overflow(*offset, storage->offset, &layout.offset)) {
      refuse("{} does not begin at any element of its storage", shown_place());
    }
    if (pickle::global_name(graph_, call.callee) == "torch._utils._rebuild_tensor_v3") {
      const std::optional<torch::ScalarType> dtype =
          named_dtype(pickle::global_name(graph_, argument(arguments, 6)));
      if (!dtype) return opaque(argument(arguments, 6));
      const auto bytes = static_cast<std::int64_t>(c10::elementSize(layout.dtype));
      if (layout.storage_elements > kMaxTensorElements) refuse("{}: its storage is too large", shown_place());
      layout.storage_elements =
          layout.storage_elements * bytes / static_cast<std::int64_t>(c10::elementSize(*dtype));
      layout.dtype = *dtype;
    }
    return {tensor_of(layout)};
  }

  std::vector<std::int64_t> integers(NodeId id) {
    if (const auto* object = std::get_if<pickle::Object>(&graph_[id])) {  // torch.Size((2, 3))
      const std::vector<NodeId>* arguments = sequence_items(graph_, object->arguments);
      if (arguments && !arguments->empty()) id = arguments->front();
    }
    const std::vector<NodeId>* items = sequence_items(graph_, id);
    if (!items || items->size() > kMaxCheckpointDimensions) {
      refuse("{}: its shape is no list of up to {} integers", shown_place(), kMaxCheckpointDimensions);
    }
    std::vector<std::int64_t> values;
    for (const NodeId item : *items) {
      const std::optional<std::int64_t> value = integer(graph_, item);
      if (!value)
        refuse("{}: its shape is no list of up to {} integers", shown_place(), kMaxCheckpointDimensions);
      values.push_back(*value);
    }
    return values;
  }

  torch::Tensor tensor_of(const TensorLayout& layout) {
    if (++num_tensors_ > kMaxCheckpointTensors)
      refuse("it holds more than {} tensors", kMaxCheckpointTensors);
    try {
      torch::Tensor tensor = storages_.tensor(layout);
      num_tensor_bytes_ += static_cast<std::uint64_t>(tensor.numel()) * tensor.element_size();
      if (num_tensor_bytes_ > max_bytes_) {
        refuse("its tensors repeat their storages more than {} times", kMaxCheckpointRepeats);
      }
      return tensor;
    } catch (const std::invalid_argument& reason) {
      refuse("{}: {}", shown_place(), reason.what());
    }
  }

  [[nodiscard]] std::string shown_place() const { return "tensor " + quoted_name(place_); }

  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    throw Error::model("{}: checkpoint refused: {}", path_, fmt::format(format, std::forward<Args>(args)...));
  }

  const Graph& graph_;
  Storages& storages_;
  std::uint64_t max_bytes_ = 0;
  const std::string& path_;
  std::vector<bool> open_;  // by node: whether it is being built, further out
  std::string place_;       // "optimizer.state.0", for messages
  int depth_ = 0;
  std::size_t num_values_ = 0;
  std::size_t num_text_bytes_ = 0;
  std::size_t num_tensors_ = 0;
  std::uint64_t num_tensor_bytes_ = 0;
};

}  // namespace

std::optional<StorageReference> storage_reference(const Graph& graph, const pickle::Persistent& node) {
  const auto* id = std::get_if<pickle::Tuple>(&graph[node.id]);
  if (!id || id->items.size() < 5 || text(graph, id->items[0]) != "storage") return std::nullopt;
  const std::optional<torch::ScalarType> dtype = storage_dtype(pickle::global_name(graph, id->items[1]));
  const std::optional<std::string_view> key = text(graph, id->items[2]);
  const std::optional<std::int64_t> elements = integer(graph, id->items[4]);
  if (!dtype || !key || key->size() > kMaxSafetensorsNameBytes || !elements) return std::nullopt;
  StorageReference reference{.key = std::string(*key), .dtype = *dtype, .elements = *elements};
  if (id->items.size() > 5) {
    const std::vector<NodeId>* view = sequence_items(graph, id->items[5]);  // (key, offset, elements)
    if (view && view->size() == 3) reference.offset = integer(graph, (*view)[1]).value_or(0);
  }
  return reference.offset < 0 ? std::nullopt : std::optional(reference);
}

CheckpointValue build_value(const Graph& graph, Storages& storages, std::uint64_t file_bytes,
                            const std::string& path) {
  return Builder(graph, storages, file_bytes, path).build(graph.root());
}

}  // namespace zoetrope::weights
