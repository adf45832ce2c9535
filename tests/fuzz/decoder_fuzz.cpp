// Decoders: from any scores, transcripts and lengths, a decoding that adds up, or an Error. What is found is
// scored again by the definition; the search over transcripts meets the best of their alignments.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/decoding/threshold_segments.h"
#include "zoetrope/decoding/transcript_search.h"

namespace {

using namespace zoetrope::decoding;

/// Takes bytes off the front; zeros after the last.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint8_t next() { return at_ < size_ ? data_[at_++] : 0; }
  std::int64_t below(std::int64_t count) { return next() % count; }
  float score() {
    const std::uint8_t byte = next();
    if (byte >= 0xf8) return -std::numeric_limits<float>::infinity();
    if (byte == 0xf7) return std::numeric_limits<float>::quiet_NaN();
    if (byte == 0xf6) return std::numeric_limits<float>::infinity();
    return -static_cast<float>(byte) / 16;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

void require(bool holds) {
  if (!holds) std::abort();
}

void check_alignment(const FrameScores& scores, const Transcript& transcript, const Alignment& found,
                     const std::vector<LengthScores>& tables) {
  if (found.lengths.empty()) {
    require(transcript.empty() || std::isinf(found.score));
    return;
  }
  double score = 0;
  std::int64_t t = 0;
  for (std::size_t m = 0; m < transcript.size(); ++m) {
    require(found.lengths[m] >= 1 && found.lengths[m] < static_cast<std::int64_t>(tables[m].size()));
    score += tables[m][static_cast<std::size_t>(found.lengths[m])];
    for (std::int64_t i = 0; i < found.lengths[m]; ++i, ++t)
      score += scores.values[static_cast<std::size_t>(t * scores.num_classes + transcript[m])];
  }
  require(t == scores.num_frames() && std::abs(score - found.score) < 1e-6);
}

bool begins_one(const Transcript& beginning, const std::vector<Transcript>& transcripts) {
  return std::ranges::any_of(transcripts, [&](const Transcript& each) {
    return beginning.size() <= each.size() && std::equal(beginning.begin(), beginning.end(), each.begin());
  });
}

/// A decoding of many transcripts is an alignment of one of them.
void check_decoding(const FrameScores& scores, const std::vector<Transcript>& transcripts,
                    const Decoding& found, const std::vector<LengthScores>& tables) {
  if (found.transcript.empty()) return require(std::isinf(found.score));
  require(std::ranges::find(transcripts, found.transcript) != transcripts.end());
  std::vector<LengthScores> own;
  for (const std::int64_t label : found.transcript) own.push_back(tables[static_cast<std::size_t>(label)]);
  check_alignment(scores, found.transcript, {found.score, found.lengths}, own);
}

/// Segments of an activation lie within it, best first, and overlap no more than they may.
void check_segments(Bytes& bytes) {
  std::vector<double> activations(static_cast<std::size_t>(bytes.below(40)));
  for (double& value : activations) value = bytes.next() / 16.0;
  const DetectOptions options{.thresholds = {bytes.below(16) / 16.0, bytes.below(16) / 16.0},
                              .of = bytes.below(2) == 0 ? ThresholdOf::kRange : ThresholdOf::kMean,
                              .smoothing = static_cast<double>(bytes.below(6)),
                              .max_gap = static_cast<double>(bytes.below(4)),
                              .min_length = static_cast<double>(bytes.below(4)),
                              .nms = bytes.below(16) / 16.0};
  const auto found = threshold_segments(activations, options);
  for (std::size_t i = 0; i < found.size(); ++i) {
    require(found[i].start >= 0 && found[i].start < found[i].end);
    require(found[i].end <= std::ssize(activations));
    require(i == 0 || found[i].score <= found[i - 1].score);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const std::int64_t classes = 1 + bytes.below(5), frames = bytes.below(40);
  std::vector<double> means;
  for (std::int64_t c = 0; c < classes; ++c) means.push_back(0.1 + bytes.next() / 8.0);
  const auto tables = poisson_tables(means, {.max_length = 2 + bytes.below(50), .renormalize = true});
  std::vector<Transcript> transcripts(static_cast<std::size_t>(1 + bytes.below(6)));
  for (Transcript& each : transcripts) {
    each.resize(static_cast<std::size_t>(1 + bytes.below(6)));
    for (std::int64_t& label : each) label = bytes.below(classes);
  }
  const ReferenceOptions options{.frame_sampling = 1 + bytes.below(4), .max_hypotheses = bytes.below(20)};
  std::vector<float> values(static_cast<std::size_t>(frames * classes));
  for (float& value : values) value = bytes.score();
  const FrameScores scores{values, classes};
  try {
    double best = -std::numeric_limits<double>::infinity();
    for (const Transcript& each : transcripts) {
      std::vector<LengthScores> own;
      for (const std::int64_t label : each) own.push_back(tables[static_cast<std::size_t>(label)]);
      const Alignment found = align(scores, each, own);
      check_alignment(scores, each, found, own);
      best = std::max(best, found.score);
    }
    const TranscriptTrie trie = make_trie(transcripts, classes);
    const Decoding searched = search_transcripts(scores, trie, tables);
    require(searched.score == best);
    check_decoding(scores, transcripts, searched, tables);
    const Decoding decoded = reference_viterbi(scores, trie, tables, options);
    // Where no whole transcript fits, the authors' decoder ends in a beginning of one.
    const bool whole = std::ranges::find(transcripts, decoded.transcript) != transcripts.end();
    require(whole || (std::isinf(decoded.score) && begins_one(decoded.transcript, transcripts)));
    std::int64_t sum = 0;
    for (const std::int64_t length : decoded.lengths) sum += length;
    require(sum == frames && decoded.lengths.size() == decoded.transcript.size());
  } catch (const zoetrope::Error&) {
  }
  try {
    check_segments(bytes);
  } catch (const zoetrope::Error&) {
  }
  return 0;
}
