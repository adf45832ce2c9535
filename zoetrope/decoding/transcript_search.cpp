#include "zoetrope/decoding/transcript_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "zoetrope/core/error.h"
#include "zoetrope/core/thread_pool.h"
#include "zoetrope/decoding/segment_step.h"

namespace zoetrope::decoding {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();
constexpr double kRounding = 1e-9;         // relative: a bound this near to the best is not beaten
constexpr std::int64_t kScoutSteps = 200;  // of the decoder that looks for a first good transcript
constexpr std::int64_t kScoutBeam = 1000;

/// What may follow a node.
struct Rest {
  std::vector<bool> classes;          // of the nodes below it
  double best_lengths = kImpossible;  // highest sum of length scores down to a whole transcript; 0 at an end
  std::int32_t least_segments = std::numeric_limits<std::int32_t>::max();
};

/// The best starts of a beginning's last segment, and those of the segments before.
struct Trace {
  std::vector<std::int32_t> start;
  std::shared_ptr<const Trace> before;
};

/// A beginning that may still win.
struct Beginning {
  std::int32_t node = 0;
  Column column;
  std::shared_ptr<const Trace> trace;
};

/// Rows of frames, of the wanted classes alone.
std::vector<std::vector<float>> transposed(const FrameScores& scores, const std::vector<bool>& wanted) {
  const auto num_frames = static_cast<std::size_t>(scores.num_frames());
  std::vector<std::vector<float>> rows(wanted.size());
  for (std::size_t c = 0; c < wanted.size(); ++c) {
    if (!wanted[c]) continue;
    rows[c].resize(num_frames);
    for (std::size_t t = 0; t < num_frames; ++t) rows[c][t] = scores.values[t * wanted.size() + c];
  }
  return rows;
}

class Search {
 public:
  Search(const FrameScores& scores, const TranscriptTrie& trie, std::span<const LengthScores> lengths,
         const SearchOptions& options)
      : scores_(scores), trie_(trie), lengths_(lengths), options_(options) {
    std::vector<bool> wanted(static_cast<std::size_t>(scores.num_classes), false);
    for (std::size_t i = 1; i < trie.nodes.size(); ++i) wanted[label_of(i)] = true;
    best_length_.resize(wanted.size(), kImpossible);
    for (std::size_t c = 0; c < wanted.size(); ++c) {
      if (!wanted[c]) continue;
      check_length_scores(lengths[c]);
      for (std::size_t l = 1; l < lengths[c].size(); ++l)
        best_length_[c] = std::max(best_length_[c], lengths[c][l]);
    }
    sums_ = add_up(scores, wanted);
    if (options.prune) by_class_ = transposed(scores, wanted);
    look_ahead();
  }

  Decoding run() {
    best_.score = kImpossible;
    if (options_.prune) scout();
    std::vector<Beginning> level(1);
    level[0].column.assign(static_cast<std::size_t>(scores_.num_frames()) + 1, kImpossible);
    level[0].column[0] = 0;
    while (!level.empty()) level = extend(level);
    return std::move(best_);
  }

 private:
  [[nodiscard]] const TranscriptTrie::Node& node(std::size_t index) const { return trie_.nodes[index]; }
  [[nodiscard]] std::size_t label_of(std::size_t index) const {
    return static_cast<std::size_t>(node(index).label);
  }

  void look_ahead() {
    rest_.resize(trie_.nodes.size());
    for (std::size_t i = trie_.nodes.size(); i-- > 0;) {
      Rest& rest = rest_[i];
      rest.classes.resize(best_length_.size(), false);
      if (node(i).is_end) rest.best_lengths = rest.least_segments = 0;
      for (const std::int32_t child : node(i).children) {
        const auto at = static_cast<std::size_t>(child);
        for (std::size_t c = 0; c < rest.classes.size(); ++c)
          rest.classes[c] = rest.classes[c] || rest_[at].classes[c];
        rest.classes[label_of(at)] = true;
        rest.best_lengths = std::max(rest.best_lengths, best_length_[label_of(at)] + rest_[at].best_lengths);
        rest.least_segments = std::min(rest.least_segments, rest_[at].least_segments + 1);
      }
    }
  }

  /// A transcript that may be good, aligned exactly: the first bound.
  void scout() {
    const std::int64_t sampling = std::max<std::int64_t>(1, scores_.num_frames() / kScoutSteps);
    std::size_t longest = 0;
    for (const LengthScores& each : lengths_) longest = std::max(longest, each.size());
    if (longest == 0 || scores_.num_frames() < sampling) return;
    for (const float score : scores_.values) {
      if (!std::isfinite(score)) return;  // the authors' decoder does not take it
    }
    const ReferenceOptions options{.frame_sampling = sampling,
                                   .max_hypotheses = kScoutBeam,
                                   .max_length = static_cast<std::int64_t>(longest) + sampling};
    const Decoding found = reference_viterbi(scores_, trie_, lengths_, options);
    if (found.score == kImpossible) return;
    std::vector<LengthScores> tables;
    for (const std::int64_t label : found.transcript)
      tables.push_back(lengths_[static_cast<std::size_t>(label)]);
    bound_ = align(scores_, found.transcript, tables).score;
  }

  [[nodiscard]] bool may_win(double bound) const {
    const double least = std::max(bound_, best_.score);
    return !options_.prune || bound >= least - kRounding * std::abs(least);
  }

  /// No transcript that goes through `child` scores more.
  [[nodiscard]] double bound_of(const Column& column, std::size_t child) const {
    const auto num_frames = static_cast<std::size_t>(scores_.num_frames());
    std::vector<float> best = by_class_[label_of(child)];  // each frame's, of the classes that may follow
    for (std::size_t c = 0; c < by_class_.size(); ++c) {
      if (!rest_[child].classes[c]) continue;
      const float* const row = by_class_[c].data();
      for (std::size_t t = 0; t < num_frames; ++t) best[t] = std::max(best[t], row[t]);
    }
    double rest = 0, bound = kImpossible;
    for (std::size_t t = num_frames; t-- > 0;) {
      rest += best[t];
      bound = std::max(bound, column[t] + rest);
    }
    return bound + best_length_[label_of(child)] + rest_[child].best_lengths;
  }

  /// The child's beginning; its trace is empty where it cannot win.
  [[nodiscard]] Beginning extend_by(const Beginning& before, std::int32_t child) const {
    const auto at = static_cast<std::size_t>(child);
    Beginning after{.node = child, .column = {}, .trace = nullptr};
    if (options_.prune && !may_win(bound_of(before.column, at))) return after;
    const std::int64_t num_frames = scores_.num_frames();
    const bool is_leaf = node(at).children.empty();
    const std::int64_t last = node(at).is_end ? num_frames : num_frames - rest_[at].least_segments;
    auto trace = std::make_shared<Trace>();
    trace->start.resize(before.column.size());
    trace->before = before.trace;
    SegmentStep step;
    step.run(before.column, sums_[label_of(at)], lengths_[label_of(at)],
             is_leaf ? num_frames : node(at).depth, last, after.column, trace->start);
    after.trace = std::move(trace);
    return after;
  }

  std::vector<Beginning> extend(const std::vector<Beginning>& level) {
    std::vector<std::pair<std::size_t, std::int32_t>> pairs;
    for (std::size_t i = 0; i < level.size(); ++i) {
      for (const std::int32_t child : node(static_cast<std::size_t>(level[i].node)).children)
        pairs.emplace_back(i, child);
    }
    std::vector<Beginning> made = parallel_map(
        static_cast<std::int64_t>(pairs.size()),
        [&](std::int64_t i) {
          const auto& [parent, child] = pairs[static_cast<std::size_t>(i)];
          return extend_by(level[parent], child);
        },
        options_.num_threads);
    for (const Beginning& each : made) {
      if (each.trace && node(static_cast<std::size_t>(each.node)).is_end) finish(each);
    }
    std::erase_if(made, [this](const Beginning& each) {
      return !each.trace || node(static_cast<std::size_t>(each.node)).children.empty();
    });
    return made;
  }

  void finish(const Beginning& each) {
    const double score = each.column.back();
    if (score == kImpossible || score < best_.score) return;
    const Transcript transcript = trie_.transcript_of(each.node);
    if (score == best_.score && best_.transcript < transcript) return;
    best_ = {score, transcript, {}};
    std::int64_t end = scores_.num_frames();
    for (const Trace* trace = each.trace.get(); trace; trace = trace->before.get()) {
      const std::int64_t start = trace->start[static_cast<std::size_t>(end)];
      best_.lengths.push_back(end - start);
      end = start;
    }
    std::reverse(best_.lengths.begin(), best_.lengths.end());
  }

  const FrameScores& scores_;
  const TranscriptTrie& trie_;
  std::span<const LengthScores> lengths_;
  const SearchOptions& options_;
  std::vector<double> best_length_;  // by class: the highest score of any length
  std::vector<ClassSums> sums_;
  std::vector<std::vector<float>> by_class_;  // scores, for bounds
  std::vector<Rest> rest_;                    // by node
  double bound_ = kImpossible;
  Decoding best_;
};

}  // namespace

Decoding search_transcripts(const FrameScores& scores, const TranscriptTrie& transcripts,
                            std::span<const LengthScores> lengths, const SearchOptions& options) {
  check_frame_scores(scores);
  if (static_cast<std::int64_t>(lengths.size()) != scores.num_classes)
    throw Error::failed("decoding: {} tables of lengths for {} classes", lengths.size(), scores.num_classes);
  for (const TranscriptTrie::Node& node : transcripts.nodes) {
    if (node.label >= scores.num_classes)
      throw Error::failed("decoding: a transcript with class {} of {}", node.label, scores.num_classes);
  }
  if (transcripts.nodes.size() < 2) throw Error::failed("decoding: no transcript");
  return Search(scores, transcripts, lengths, options).run();
}

}  // namespace zoetrope::decoding
