#pragma once
// Transcripts as a tree of their shared beginnings: what decoders that search many transcripts walk over.

#include <cstdint>
#include <span>
#include <vector>

namespace zoetrope::decoding {

using Transcript = std::vector<std::int64_t>;

/// Node 0 is the root, the empty beginning. Children come after their parents, and stand in the order of
/// their labels.
struct TranscriptTrie {
  struct Node {
    std::int64_t label = -1;
    std::int32_t parent = -1;
    std::int32_t depth = 0;  ///< segments from the root to here
    bool is_end = false;     ///< whether a transcript ends here
    std::vector<std::int32_t> children = {};
  };
  std::vector<Node> nodes = {};

  /// From the root to that node.
  [[nodiscard]] Transcript transcript_of(std::int32_t node) const;
};

/// Repeated transcripts count once. Throws Error for labels outside of [0, num_classes) and for an empty
/// transcript.
[[nodiscard]] TranscriptTrie make_trie(std::span<const Transcript> transcripts, std::int64_t num_classes);

}  // namespace zoetrope::decoding
