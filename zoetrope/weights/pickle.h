#pragma once
// Python's pickle streams, read as data. Nothing is imported, called or built: where a stream asks Python to
// call something, the call itself is what is read ("os.system", with these arguments), an inert node that the
// reader of the result may know by name or leave alone.
//
//   const pickle::Graph graph = pickle::parse(bytes, path);
//   const pickle::Node& root = graph[graph.root()];
//
// A stream is a program for a stack machine with a memo (Python's Lib/pickletools.py describes every opcode;
// PEP 307, 3154 and 574 the protocols). Protocols 2 to 5 are read, without what reaches outside of the
// stream: the extension registry, out-of-band buffers, persistent ids as text. Opcodes of the text protocols
// 0 and 1 that later ones never write are refused.
//
// Nodes lie in one array and refer to one another by index, so that shared and cyclic values cost nothing,
// and freeing a value that is nested a million deep does not recurse. The machine has no jumps: its time and
// memory are linear in the bytes, and the ceilings below bound them for any file.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace zoetrope::weights::pickle {

/// Ceilings on a stream. A training checkpoint of a large model takes some 300'000 objects.
inline constexpr std::size_t kMaxOpcodes = 16'000'000;
inline constexpr std::size_t kMaxObjects = 2'000'000;
inline constexpr std::size_t kMaxMemo = 1'000'000;
/// MARKs that are open at a time: how deep the stream writes values within one another.
inline constexpr std::size_t kMaxMarks = 1'000;
inline constexpr std::size_t kMaxStringBytes = std::size_t{64} << 20;
/// Of "module.name".
inline constexpr std::size_t kMaxGlobalBytes = 1'000;
/// Of one integer, as many as torch's magic numbers and hashes need and far more.
inline constexpr std::size_t kMaxIntegerBytes = 256;

using NodeId = std::uint32_t;

struct None {};
/// Text is as it stands in the stream: UTF-8 by the format, but not checked.
struct String {
  std::string_view text;
};
struct Bytes {
  std::string_view bytes;
};
/// An integer beyond 64 bits, as two's complement, little-endian.
struct BigInteger {
  std::string_view bytes;
};
struct List {
  std::vector<NodeId> items;
};
struct Tuple {
  std::vector<NodeId> items;
};
struct Set {
  std::vector<NodeId> items;
};
/// Keys and values by turns, in the order of the stream; a key may stand twice.
struct Dict {
  std::vector<NodeId> items;
};
/// Something of Python's, by name: a class, a function.
struct Global {
  std::string_view module;
  std::string_view name;
};
/// What Python would have called (mostly a Global), with what, and what it would have done with the outcome.
struct Object {
  NodeId callee = 0;
  NodeId arguments = 0;           ///< mostly a Tuple
  NodeId state = 0;               ///< of BUILD; 0: none
  std::vector<NodeId> items;      ///< appended, or added to a set
  std::vector<NodeId> key_items;  ///< set by key: keys and values by turns
};
/// What the writer keeps outside of the stream: torch's storages.
struct Persistent {
  NodeId id = 0;
};

using Node = std::variant<None, bool, std::int64_t, double, String, Bytes, BigInteger, List, Tuple, Set, Dict,
                          Global, Object, Persistent>;

class Graph {
 public:
  /// Node 0 is always a None, so that 0 can mean "none".
  Graph() : nodes_(1) {}

  [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[id]; }
  [[nodiscard]] Node& operator[](NodeId id) { return nodes_[id]; }
  [[nodiscard]] NodeId root() const noexcept { return root_; }
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }

  NodeId add(Node node);
  void set_root(NodeId root) noexcept { root_ = root; }

 private:
  std::vector<Node> nodes_;
  NodeId root_ = 0;
};

/// Reads one stream from the front of `bytes`, to its STOP, and shortens `bytes` to what follows. The graph's
/// strings are views into the bytes, which must outlive it. Throws Error (kModel) for a stream that breaks
/// the format or a ceiling; `name` is for its message.
[[nodiscard]] Graph parse(std::string_view& bytes, const std::string& name);

/// "module.name" of a Global or of what an Object would have called; "" for anything else.
[[nodiscard]] std::string global_name(const Graph& graph, NodeId id);

}  // namespace zoetrope::weights::pickle
