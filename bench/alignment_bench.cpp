// How long decoders take: the alignment of alignment.h beside the same recurrence as it stands, and the
// search over many transcripts beside what the baselines do at Breakfast's size. Prints tables in Markdown.
//
//   build/bench/alignment_bench
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "bench/timing.h"
#include "zoetrope/core/heap.h"
#include "zoetrope/core/random.h"
#include "zoetrope/decoding/transcript_search.h"

namespace {

using namespace zoetrope;
using bench::kRepeats;
using bench::milliseconds;
using namespace zoetrope::decoding;

constexpr std::int64_t kClasses = 48;

struct Case {
  std::vector<float> values;
  Transcript transcript;
  std::vector<double> means;
  [[nodiscard]] FrameScores view() const { return {values, kClasses}; }
};

Case draw(std::int64_t frames, std::int64_t segments) {
  RandomGenerator random = keyed_generator(1, {});
  Case drawn{std::vector<float>(static_cast<std::size_t>(frames * kClasses)), {}, {}};
  for (float& value : drawn.values) value = static_cast<float>(uniform(random, -5, 0));
  for (std::int64_t m = 0; m < segments; ++m) {
    drawn.transcript.push_back(uniform_integer(random, 0, kClasses));
    drawn.means.push_back(static_cast<double>(frames) / static_cast<double>(segments) *
                          uniform(random, 0.5, 1.5));
  }
  return drawn;
}

/// The recurrence as it stands: every start of every end.
double plain(const Case& drawn, const std::vector<LengthScores>& lengths) {
  const auto frames = static_cast<std::size_t>(drawn.view().num_frames());
  std::vector<double> before(frames + 1, -std::numeric_limits<double>::infinity()), after, sums(frames + 1);
  before[0] = 0;
  for (std::size_t m = 0; m < lengths.size(); ++m) {
    for (std::size_t t = 0; t < frames; ++t) {
      const auto label = static_cast<std::size_t>(drawn.transcript[m]);
      sums[t + 1] =
          sums[t] + static_cast<double>(drawn.values[t * static_cast<std::size_t>(kClasses) + label]);
    }
    after.assign(frames + 1, -std::numeric_limits<double>::infinity());
    for (std::size_t t = 1; t <= frames; ++t) {
      for (std::size_t length = 1; length < std::min(lengths[m].size(), t + 1); ++length)
        after[t] = std::max(after[t], before[t - length] + sums[t] - sums[t - length] + lengths[m][length]);
    }
    std::swap(before, after);
  }
  return before[frames];
}

/// Transcripts of ten activities with actions of their own, as Breakfast's: beginnings are shared.
std::vector<Transcript> draw_transcripts(std::int64_t count) {
  RandomGenerator random = keyed_generator(2, {});
  std::vector<Transcript> all;
  for (std::int64_t i = 0; i < count; ++i) {
    Transcript each = {0};
    const std::int64_t activity = uniform_integer(random, 0, 10), segments = uniform_integer(random, 3, 9);
    for (std::int64_t m = 0; m < segments; ++m)
      each.push_back(1 + (activity * 4 + uniform_integer(random, 0, 5)) % 47);
    each.push_back(0);
    all.push_back(each);
  }
  return all;
}

std::vector<LengthScores> tables_for(std::int64_t frames) {
  const std::vector<double> means(static_cast<std::size_t>(kClasses), static_cast<double>(frames) / 7);
  return poisson_tables(means, {.max_length = 2000, .renormalize = true});
}

/// Random scores again, with one of the transcripts in them: its class of a frame scores 2 more.
Case draw_one_of(const std::vector<Transcript>& transcripts, std::int64_t frames) {
  Case drawn = draw(frames, 7);
  const Transcript& truth = transcripts[transcripts.size() / 2];
  for (std::int64_t t = 0; t < frames; ++t) {
    const auto segment = static_cast<std::size_t>(t) * truth.size() / static_cast<std::size_t>(frames);
    drawn.values[static_cast<std::size_t>(t * kClasses + truth[segment])] += 2;
  }
  return drawn;
}

void print_search(std::int64_t frames, std::int64_t transcripts, bool meaningful) {
  const std::vector<Transcript> all = draw_transcripts(transcripts);
  const Case drawn = meaningful ? draw_one_of(all, frames) : draw(frames, 7);
  const TranscriptTrie trie = make_trie(all, kClasses);
  const auto tables = tables_for(frames);
  const FrameScores scores = drawn.view();
  const auto search = [&](const SearchOptions& options) {
    return milliseconds([&] { (void)search_transcripts(scores, trie, tables, options); }, 3);
  };
  const double beam =
      milliseconds([&] { (void)reference_viterbi(scores, trie, tables, {.frame_sampling = 30}); }, 3);
  fmt::print("| {} transcripts, {} frames, {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} |\n", transcripts, frames,
             meaningful ? "scores of one of them" : "scores that say nothing", search({.prune = false}),
             search({}), search({.num_threads = 0}), beam);
}

/// Every way to decode a video of Breakfast's mean length, each beside one exact alignment of one transcript:
/// what MuCon's full decoding costs, against segmentation through alignment over 250.
void print_baselines() {
  constexpr std::int64_t kFrames = 2100;
  const std::vector<Transcript> all = draw_transcripts(250);
  const Case drawn = draw_one_of(all, kFrames);
  const FrameScores scores = drawn.view();
  const auto own = poisson_tables(drawn.means, {.max_length = 2000});
  const TranscriptTrie trie = make_trie(all, kClasses), one = make_trie(std::span(all).first(1), kClasses);
  const auto tables = tables_for(kFrames);
  const double unit = milliseconds([&] { (void)align(scores, drawn.transcript, own); });
  const auto print = [&](const char* what, const char* frames, const std::function<void()>& run,
                         int repeats) {
    const double time = milliseconds(run, repeats);
    fmt::print("| {} | {} | {:.1f} | {:.1f} |\n", what, frames, time, time / unit);
  };
  const auto authors = [&](const TranscriptTrie& transcripts, std::int64_t sampling, std::int64_t beam) {
    return [&, sampling, beam] {
      (void)reference_viterbi(scores, transcripts, tables,
                              {.frame_sampling = sampling, .max_hypotheses = beam});
    };
  };
  print(
      "one transcript, exact (MuCon's full decoding)", "every",
      [&] { (void)align(scores, drawn.transcript, own); }, kRepeats);
  print(
      "one transcript, the recurrence as it stands", "every", [&] { (void)plain(drawn, own); }, 1);
  print("one transcript, the authors' decoder", "every 30th", authors(one, 30, 0), 3);
  print("one transcript, the authors' decoder", "every 5th", authors(one, 5, 0), 1);
  print(
      "250 transcripts, exact", "every", [&] { (void)search_transcripts(scores, trie, tables); }, 3);
  print(
      "250 transcripts, exact, all threads", "every",
      [&] { (void)search_transcripts(scores, trie, tables, {.num_threads = 0}); }, 3);
  print(
      "250 transcripts, each aligned alone", "every",
      [&] {
        for (const Transcript& each : all) {
          std::vector<LengthScores> lengths;
          for (const std::int64_t label : each) lengths.push_back(tables[static_cast<std::size_t>(label)]);
          (void)align(scores, each, lengths);
        }
      },
      1);
  print("250 transcripts, the authors' decoder (NNV, CDFL)", "every 30th", authors(trie, 30, 0), 3);
  print("250 transcripts, the authors' decoder", "every 10th", authors(trie, 10, 0), 1);
  for (const std::int64_t beam : {10'000, 1'000, 100}) {
    print(fmt::format("250 transcripts, the authors' decoder, a beam of {}", beam).c_str(), "every 30th",
          authors(trie, 30, beam), 3);
  }
}

}  // namespace

int main() {
  zoetrope::keep_freed_memory();
  fmt::print("| frames | segments | longest | exact, ms | plain recurrence, ms | difference of scores |\n");
  fmt::print("| ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const auto& [frames, segments, longest] :
       std::vector<std::array<std::int64_t, 3>>{{1000, 10, 2000}, {10'000, 100, 2000}, {3000, 30, 3001}}) {
    const Case drawn = draw(frames, segments);
    const auto tables = poisson_tables(drawn.means, {.max_length = longest});
    double exact = 0, other = 0;
    const double fast = milliseconds([&] { exact = align(drawn.view(), drawn.transcript, tables).score; });
    const double slow = milliseconds([&] { other = plain(drawn, tables); }, 1);
    fmt::print("| {} | {} | {} | {:.1f} | {:.0f} | {:.1e} |\n", frames, segments, longest, fast, slow,
               std::abs(exact - other));
  }
  fmt::print(
      "\n| search | exact, no pruning, ms | exact, ms | exact, all threads, ms | authors', every 30th, ms "
      "|\n");
  fmt::print("| --- | ---: | ---: | ---: | ---: |\n");
  for (const std::int64_t frames : {2000, 9000}) {
    for (const bool meaningful : {true, false}) print_search(frames, 250, meaningful);
  }
  fmt::print("\n| 2100 frames, 48 classes | frames looked at | ms | over one exact alignment |\n");
  fmt::print("| --- | --- | ---: | ---: |\n");
  print_baselines();
}
