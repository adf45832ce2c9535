#include "zoetrope/decoding/reference_viterbi.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

struct Hypothesis {
  std::int32_t node = 0;
  std::int64_t length = 0;  // of the last segment so far
  double score = 0;
  std::int32_t past = -1;  // the segment before, in `segments_`
};

/// A segment that has ended, and the one before it.
struct Ended {
  std::int64_t length = 0;
  std::int32_t past = -1;
};

class Search {
 public:
  Search(const FrameScores& scores, const TranscriptTrie& trie, std::span<const LengthScores> lengths,
         const ReferenceOptions& options)
      : scores_(scores), trie_(trie), lengths_(lengths), options_(options), entered_(trie.nodes.size()) {
    add_up();
  }

  Decoding run() {
    begin();
    for (std::int64_t t = 2 * options_.frame_sampling - 1; t < scores_.num_frames();
         t += options_.frame_sampling) {
      advance(t);
      prune();
    }
    return finish();
  }

 private:
  [[nodiscard]] const TranscriptTrie::Node& node(std::int32_t index) const {
    return trie_.nodes[static_cast<std::size_t>(index)];
  }

  void add_up() {
    const auto num_classes = static_cast<std::size_t>(scores_.num_classes);
    sums_.assign(scores_.values.begin(), scores_.values.end());
    for (std::size_t i = num_classes; i < sums_.size(); ++i) sums_[i] += sums_[i - num_classes];
  }

  /// Of the frame_sampling frames up to t.
  [[nodiscard]] double frame_score(std::int64_t t, std::int64_t label) const {
    const float upto = sums_[static_cast<std::size_t>(t * scores_.num_classes + label)];
    if (t < options_.frame_sampling) return upto;
    const float before =
        sums_[static_cast<std::size_t>((t - options_.frame_sampling) * scores_.num_classes + label)];
    const float score = upto - before;
    if (std::isnan(score))
      throw Error::failed("decoding: frame {} comes after one that scores minus infinity for class {}", t,
                          label);
    return score;
  }

  [[nodiscard]] double length_score(const Hypothesis& each) const {
    const LengthScores& table = lengths_[static_cast<std::size_t>(node(each.node).label)];
    const auto length = static_cast<std::size_t>(each.length);
    return length < table.size() ? table[length] : kImpossible;
  }

  void begin() {
    for (const std::int32_t child : node(0).children) {
      live_.push_back({.node = child,
                       .length = options_.frame_sampling,
                       .score = frame_score(options_.frame_sampling - 1, node(child).label)});
    }
  }

  void advance(std::int64_t t) {
    std::fill(entered_.begin(), entered_.end(), -1);
    next_.clear();
    for (const Hypothesis& each : live_) {
      const double score = each.score + frame_score(t, node(each.node).label);
      if (each.length + options_.frame_sampling <= options_.max_length)
        next_.push_back({each.node, each.length + options_.frame_sampling, score, each.past});
      const double left = score + length_score(each);
      std::int32_t ended = -1;
      for (const std::int32_t child : node(each.node).children) {
        std::int32_t& entry = entered_[static_cast<std::size_t>(child)];
        if (entry >= 0 && next_[static_cast<std::size_t>(entry)].score > left) continue;
        if (ended < 0) {
          ended = static_cast<std::int32_t>(segments_.size());
          segments_.push_back({each.length, each.past});
        }
        if (entry < 0) {
          entry = static_cast<std::int32_t>(next_.size());
          next_.push_back({});
        }
        next_[static_cast<std::size_t>(entry)] = {child, options_.frame_sampling, left, ended};
      }
    }
    std::swap(live_, next_);
  }

  /// Whether b's labels and length come after a's, label by label, as tuples are compared.
  [[nodiscard]] bool labels_before(const Hypothesis& a, const Hypothesis& b) const {
    std::vector<std::int64_t> x = trie_.transcript_of(a.node), y = trie_.transcript_of(b.node);
    x.push_back(a.length);
    y.push_back(b.length);
    return x < y;
  }

  void prune() {
    const auto keep = static_cast<std::size_t>(options_.max_hypotheses);
    if (keep == 0 || live_.size() <= keep) return;
    std::vector<std::size_t> order(live_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(keep) - 1, order.end(),
                     [this](std::size_t a, std::size_t b) {
                       if (live_[a].score != live_[b].score) return live_[a].score > live_[b].score;
                       return labels_before(live_[b], live_[a]);
                     });
    order.resize(keep);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < keep; ++i) live_[i] = live_[order[i]];
    live_.resize(keep);
  }

  Decoding finish() const {
    Decoding best{.score = kImpossible};
    const Hypothesis* found = nullptr;
    for (const Hypothesis& each : live_) {
      const double score = node(each.node).is_end ? each.score + length_score(each) : kImpossible;
      if (score < best.score) continue;
      best.score = score;
      found = &each;
    }
    if (!found) return best;
    best.transcript = trie_.transcript_of(found->node);
    best.lengths.push_back(found->length + scores_.num_frames() % options_.frame_sampling);
    for (std::int32_t past = found->past; past >= 0; past = segments_[static_cast<std::size_t>(past)].past)
      best.lengths.push_back(segments_[static_cast<std::size_t>(past)].length);
    std::reverse(best.lengths.begin(), best.lengths.end());
    return best;
  }

  const FrameScores& scores_;
  const TranscriptTrie& trie_;
  std::span<const LengthScores> lengths_;
  const ReferenceOptions& options_;
  std::vector<float> sums_;
  std::vector<Hypothesis> live_, next_;
  std::vector<std::int32_t> entered_;  // by node: where `next_` has it at its least length
  std::vector<Ended> segments_;
};

}  // namespace

Decoding reference_viterbi(const FrameScores& scores, const TranscriptTrie& transcripts,
                           std::span<const LengthScores> lengths, const ReferenceOptions& options) {
  check_frame_scores(scores);
  if (static_cast<std::int64_t>(lengths.size()) != scores.num_classes)
    throw Error::failed("decoding: {} tables of lengths for {} classes", lengths.size(), scores.num_classes);
  if (options.frame_sampling < 1 || options.max_hypotheses < 0)
    throw Error::failed("decoding: a frame sampling of {} and {} hypotheses", options.frame_sampling,
                        options.max_hypotheses);
  if (scores.num_frames() < options.frame_sampling) {
    throw Error::failed("decoding: {} frames are fewer than the frame sampling of {}", scores.num_frames(),
                        options.frame_sampling);
  }
  if (transcripts.nodes.size() < 2) throw Error::failed("decoding: no transcript");
  for (const TranscriptTrie::Node& node : transcripts.nodes) {
    if (node.label >= scores.num_classes)
      throw Error::failed("decoding: a transcript with class {} of {}", node.label, scores.num_classes);
  }
  return Search(scores, transcripts, lengths, options).run();
}

}  // namespace zoetrope::decoding
