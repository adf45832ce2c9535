#include "zoetrope/decoding/transcript_trie.h"

#include <algorithm>

#include "zoetrope/core/error.h"
#include "zoetrope/decoding/frame_scores.h"

namespace zoetrope::decoding {

Transcript TranscriptTrie::transcript_of(std::int32_t node) const {
  Transcript labels;
  for (; node > 0; node = nodes[static_cast<std::size_t>(node)].parent)
    labels.push_back(nodes[static_cast<std::size_t>(node)].label);
  std::reverse(labels.begin(), labels.end());
  return labels;
}

TranscriptTrie make_trie(std::span<const Transcript> transcripts, std::int64_t num_classes) {
  std::vector<Transcript> sorted(transcripts.begin(), transcripts.end());
  for (const Transcript& each : sorted) {
    check_transcript(each, num_classes);
    if (each.empty()) throw Error::failed("decoding: an empty transcript");
  }
  std::sort(sorted.begin(), sorted.end());
  TranscriptTrie trie;
  trie.nodes.emplace_back();
  for (const Transcript& each : sorted) {
    std::int32_t at = 0;
    for (const std::int64_t label : each) {
      // Sorted as they come, a known child is the last.
      const std::vector<std::int32_t>& children = trie.nodes[static_cast<std::size_t>(at)].children;
      if (!children.empty() && trie.nodes[static_cast<std::size_t>(children.back())].label == label) {
        at = children.back();
        continue;
      }
      const auto next = static_cast<std::int32_t>(trie.nodes.size());
      const std::int32_t depth = trie.nodes[static_cast<std::size_t>(at)].depth + 1;
      trie.nodes[static_cast<std::size_t>(at)].children.push_back(next);
      trie.nodes.push_back({.label = label, .parent = at, .depth = depth});
      at = next;
    }
    trie.nodes[static_cast<std::size_t>(at)].is_end = true;
  }
  return trie;
}

}  // namespace zoetrope::decoding
