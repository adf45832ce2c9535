#include "zoetrope/weights/pickle.h"

#include <bit>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <utility>

#include "zoetrope/weights/pickle_bytes.h"
#include "zoetrope/weights/pickle_opcodes.h"

namespace zoetrope::weights::pickle {
namespace {

constexpr int kNewestProtocol = 5;

// The stack machine. `run` takes one opcode after another; a family of opcodes is one function.
class Machine : private PickleBytes {
 public:
  using PickleBytes::PickleBytes;
  using PickleBytes::rest;

  Graph run() {
    for (std::size_t count = 0;; ++count) {
      if (count == kMaxOpcodes) refuse("it has more than {} opcodes", kMaxOpcodes);
      const auto opcode = static_cast<Opcode>(number<std::uint8_t>());
      if (opcode == Opcode::kStop) break;
      if (!push_constant(opcode) && !push_text(opcode) && !push_container(opcode) &&
          !fill_container(opcode) && !use_memo(opcode) && !make_object(opcode) && !arrange(opcode)) {
        refuse("opcode 0x{:02x} is not read here", static_cast<int>(opcode));
      }
    }
    if (stack_.size() != 1 || !marks_.empty()) refuse("it ends with {} values on its stack", stack_.size());
    graph_.set_root(stack_.back());
    return std::move(graph_);
  }

 private:
  // ---- The stack.

  void push_id(NodeId id) { stack_.push_back(id); }

  void push(Node node) {
    if (graph_.size() > kMaxObjects) refuse("it makes more than {} objects", kMaxObjects);
    push_id(graph_.add(std::move(node)));
  }

  // Values below the innermost mark are out of reach until it is taken.
  [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  NodeId pop() {
    if (stack_.size() <= floor()) refuse("it takes a value from an empty stack");
    const NodeId id = stack_.back();
    stack_.pop_back();
    return id;
  }

  NodeId top() {
    if (stack_.size() <= floor()) refuse("it takes a value from an empty stack");
    return stack_.back();
  }

  std::vector<NodeId> pop_to_mark() {
    if (marks_.empty()) refuse("it takes values up to a mark that it never set");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<NodeId> values(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return values;
  }

  std::vector<NodeId> pop_many(std::size_t count) {
    std::vector<NodeId> values(count);
    for (std::size_t i = count; i-- > 0;) values[i] = pop();
    return values;
  }

  // ---- The opcodes, a family a function. Each returns whether the opcode was one of its own.

  bool push_constant(Opcode opcode) {
    switch (opcode) {
      case Opcode::kNone:
        push(None{});
        return true;
      case Opcode::kTrue:
        push(true);
        return true;
      case Opcode::kFalse:
        push(false);
        return true;
      case Opcode::kInt1:
        push(std::int64_t{number<std::uint8_t>()});
        return true;
      case Opcode::kInt2:
        push(std::int64_t{number<std::uint16_t>()});
        return true;
      case Opcode::kInt4:
        push(std::int64_t{number<std::int32_t>()});
        return true;
      case Opcode::kLong1:
        push_integer(number<std::uint8_t>());
        return true;
      case Opcode::kLong4:
        push_integer(number<std::uint32_t>());
        return true;
      case Opcode::kFloat: {
        std::uint64_t bits = 0;  // big-endian, alone among the format's numbers
        for (const char byte : take(sizeof(bits))) bits = bits << 8 | static_cast<unsigned char>(byte);
        push(std::bit_cast<double>(bits));
        return true;
      }
      default:
        return false;
    }
  }

  void push_integer(std::uint64_t size) {
    if (size > kMaxIntegerBytes)
      refuse("an integer of {} bytes, where {} are the most", size, kMaxIntegerBytes);
    const std::string_view bytes = take(size);
    if (size > sizeof(std::int64_t)) {
      push(BigInteger{bytes});
      return;
    }
    const bool negative = size > 0 && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
    std::int64_t value = negative ? -1 : 0;
    std::memcpy(&value, bytes.data(), size);
    push(value);
  }

  bool push_text(Opcode opcode) {
    switch (opcode) {
      case Opcode::kUnicode1:
        push(String{string(number<std::uint8_t>())});
        return true;
      case Opcode::kUnicode4:
        push(String{string(number<std::uint32_t>())});
        return true;
      case Opcode::kUnicode8:
        push(String{string(number<std::uint64_t>())});
        return true;
      // Python 2 wrote its plain strings so; for torch's checkpoints they are text.
      case Opcode::kString1:
        push(String{string(number<std::uint8_t>())});
        return true;
      case Opcode::kString4:
        push(String{string(number<std::uint32_t>())});
        return true;
      case Opcode::kBytes1:
        push(Bytes{string(number<std::uint8_t>())});
        return true;
      case Opcode::kBytes4:
        push(Bytes{string(number<std::uint32_t>())});
        return true;
      case Opcode::kBytes8:
      case Opcode::kByteArray8:
        push(Bytes{string(number<std::uint64_t>())});
        return true;
      default:
        return false;
    }
  }

  bool push_container(Opcode opcode) {
    switch (opcode) {
      case Opcode::kEmptyList:
        push(List{});
        return true;
      case Opcode::kEmptyTuple:
        push(Tuple{});
        return true;
      case Opcode::kEmptyDict:
        push(Dict{});
        return true;
      case Opcode::kEmptySet:
        push(Set{});
        return true;
      case Opcode::kTuple1:
        push(Tuple{pop_many(1)});
        return true;
      case Opcode::kTuple2:
        push(Tuple{pop_many(2)});
        return true;
      case Opcode::kTuple3:
        push(Tuple{pop_many(3)});
        return true;
      case Opcode::kTuple:
        push(Tuple{pop_to_mark()});
        return true;
      case Opcode::kList:
        push(List{pop_to_mark()});
        return true;
      case Opcode::kFrozenSet:
        push(Set{pop_to_mark()});
        return true;
      case Opcode::kDict:
        push(Dict{even(pop_to_mark())});
        return true;
      default:
        return false;
    }
  }

  std::vector<NodeId> even(std::vector<NodeId> values) {
    if (values.size() % 2 != 0) refuse("a dictionary has a key without a value");
    return values;
  }

  bool fill_container(Opcode opcode) {
    switch (opcode) {
      case Opcode::kAppend:
        add_items(pop_many(1));
        return true;
      case Opcode::kAppends:
      case Opcode::kAddItems:
        add_items(pop_to_mark());
        return true;
      case Opcode::kSetItem:
        set_items(pop_many(2));
        return true;
      case Opcode::kSetItems:
        set_items(even(pop_to_mark()));
        return true;
      default:
        return false;
    }
  }

  void add_items(const std::vector<NodeId>& values) {
    Node& target = graph_[top()];
    if (auto* list = std::get_if<List>(&target)) return extend(list->items, values);
    if (auto* set = std::get_if<Set>(&target)) return extend(set->items, values);
    if (auto* object = std::get_if<Object>(&target)) return extend(object->items, values);
    refuse("it appends to what is no list");
  }

  void set_items(const std::vector<NodeId>& values) {
    Node& target = graph_[top()];
    if (auto* dict = std::get_if<Dict>(&target)) return extend(dict->items, values);
    if (auto* object = std::get_if<Object>(&target)) return extend(object->key_items, values);
    refuse("it sets a key of what is no dictionary");
  }

  static void extend(std::vector<NodeId>& items, const std::vector<NodeId>& values) {
    items.insert(items.end(), values.begin(), values.end());
  }

  bool use_memo(Opcode opcode) {
    switch (opcode) {
      case Opcode::kPut1:
        put(number<std::uint8_t>());
        return true;
      case Opcode::kPut4:
        put(number<std::uint32_t>());
        return true;
      case Opcode::kMemoize:
        put(static_cast<std::uint32_t>(memo_.size()));
        return true;
      case Opcode::kGet1:
        get(number<std::uint8_t>());
        return true;
      case Opcode::kGet4:
        get(number<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  void put(std::uint32_t index) {
    memo_[index] = top();
    if (memo_.size() > kMaxMemo) refuse("its memo has more than {} entries", kMaxMemo);
  }

  void get(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) refuse("it asks for memo entry {}, which it never made", index);
    push_id(found->second);
  }

  bool make_object(Opcode opcode) {
    switch (opcode) {
      case Opcode::kGlobal: {
        const std::string_view module = line();
        push(Global{module, line()});
        return true;
      }
      case Opcode::kStackGlobal:
        push_stack_global();
        return true;
      case Opcode::kReduce:
      case Opcode::kNewObject: {
        const NodeId arguments = pop();
        push_call(pop(), arguments);
        return true;
      }
      case Opcode::kNewObjectEx: {
        pop();  // keyword arguments: no reconstructor that is known takes any
        const NodeId arguments = pop();
        push_call(pop(), arguments);
        return true;
      }
      case Opcode::kInstance: {
        const std::string_view module = line();
        const std::string_view name = line();
        push(Tuple{pop_to_mark()});
        const NodeId arguments = pop();
        push(Global{module, name});
        push_call(pop(), arguments);
        return true;
      }
      case Opcode::kObject: {
        std::vector<NodeId> values = pop_to_mark();
        if (values.empty()) refuse("it makes an object of no class");
        const NodeId callee = values.front();
        values.erase(values.begin());
        push(Tuple{std::move(values)});
        push_call(callee, pop());
        return true;
      }
      case Opcode::kBuild: {
        const NodeId state = pop();
        auto* object = std::get_if<Object>(&graph_[top()]);
        if (!object) refuse("it sets the state of what is no object");
        object->state = state;
        return true;
      }
      case Opcode::kBinaryPersistentId:
        push(Persistent{pop()});
        return true;
      default:
        return false;
    }
  }

  void push_stack_global() {
    const auto* name = std::get_if<String>(&graph_[pop()]);
    const auto* module = std::get_if<String>(&graph_[pop()]);
    if (!name || !module) refuse("it names something of Python's by what is no string");
    if (name->text.size() > kMaxGlobalBytes || module->text.size() > kMaxGlobalBytes) {
      refuse("a name is longer than {} bytes", kMaxGlobalBytes);
    }
    push(Global{module->text, name->text});
  }

  void push_call(NodeId callee, NodeId arguments) {
    push(Object{.callee = callee, .arguments = arguments, .state = 0, .items = {}, .key_items = {}});
  }

  // What moves values about, or says how the stream is written.
  bool arrange(Opcode opcode) {
    switch (opcode) {
      case Opcode::kProtocol: {
        const int protocol = number<std::uint8_t>();
        if (protocol > kNewestProtocol)
          refuse("it is of protocol {}; up to {} are read", protocol, kNewestProtocol);
        return true;
      }
      case Opcode::kFrame:
        if (number<std::uint64_t>() > rest().size()) refuse("a frame reaches beyond the file; is it whole?");
        return true;
      case Opcode::kMark:
        if (marks_.size() == kMaxMarks) refuse("it nests more than {} deep", kMaxMarks);
        marks_.push_back(stack_.size());
        return true;
      case Opcode::kPopMark:
        pop_to_mark();
        return true;
      case Opcode::kPop:
        // As in Python: over a mark that nothing follows, it takes the mark.
        if (!marks_.empty() && stack_.size() == marks_.back()) {
          marks_.pop_back();
        } else {
          pop();
        }
        return true;
      case Opcode::kDuplicate:
        push_id(top());
        return true;
      default:
        return false;
    }
  }

  Graph graph_;
  std::vector<NodeId> stack_;
  std::vector<std::size_t> marks_;                  // sizes of the stack when they were set
  std::unordered_map<std::uint32_t, NodeId> memo_;  // no array: an index of the stream may be anything
};

}  // namespace

NodeId Graph::add(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<NodeId>(nodes_.size() - 1);
}

Graph parse(std::string_view& bytes, const std::string& name) {
  Machine machine(bytes, name);
  Graph graph = machine.run();
  bytes = machine.rest();
  return graph;
}

std::string global_name(const Graph& graph, NodeId id) {
  if (const auto* object = std::get_if<Object>(&graph[id])) id = object->callee;
  const auto* global = std::get_if<Global>(&graph[id]);
  return global ? fmt::format("{}.{}", global->module, global->name) : "";
}

}  // namespace zoetrope::weights::pickle
