#include "zoetrope/decoding/transcript_search.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "tests/decoding/random_scores.h"
#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

using ::testing::IsEmpty;

struct Case {
  DrawnScores scores;
  std::vector<Transcript> transcripts;
  std::vector<LengthScores> tables;

  [[nodiscard]] std::vector<LengthScores> tables_of(const Transcript& transcript) const {
    std::vector<LengthScores> each;
    for (const std::int64_t label : transcript) each.push_back(tables[static_cast<std::size_t>(label)]);
    return each;
  }
};

Case draw_case(RandomGenerator& random, std::int64_t frames, double impossible) {
  const std::int64_t classes = 6;
  Case drawn{draw_scores(random, frames, classes, false, impossible), {}, {}};
  const std::int64_t count = uniform_integer(random, 1, 25);
  for (std::int64_t i = 0; i < count; ++i)
    drawn.transcripts.push_back(draw_transcript(random, uniform_integer(random, 1, 7), classes));
  std::vector<double> means;
  for (std::int64_t c = 0; c < classes; ++c) means.push_back(uniform(random, 1, 20));
  drawn.tables = poisson_tables(means, {.max_length = 40, .renormalize = true});
  return drawn;
}

TEST(TranscriptSearch, FindsTheBestOfTheAlignmentsOfAllTranscripts) {
  RandomGenerator random = keyed_generator(1, {});
  for (int i = 0; i < 120; ++i) {
    const Case drawn = draw_case(random, uniform_integer(random, 1, 70), i % 4 == 0 ? 0.03 : 0);
    double best = -std::numeric_limits<double>::infinity();
    for (const Transcript& each : drawn.transcripts)
      best = std::max(best, align(drawn.scores.view(), each, drawn.tables_of(each)).score);
    const TranscriptTrie trie = make_trie(drawn.transcripts, 6);
    for (const SearchOptions& options :
         {SearchOptions{}, SearchOptions{.prune = false}, SearchOptions{.num_threads = i < 5 ? 3 : 1}}) {
      const Decoding found = search_transcripts(drawn.scores.view(), trie, drawn.tables, options);
      EXPECT_EQ(found.score, best) << i;
      if (std::isinf(best)) {
        EXPECT_THAT(found.transcript, IsEmpty());
        continue;
      }
      EXPECT_NEAR(
          score_of(drawn.scores.view(), found.transcript, found.lengths, drawn.tables_of(found.transcript)),
          best, 1e-8);
    }
  }
}

TEST(TranscriptSearch, OfEqualScoresTheFirstInOrderIsFound) {
  const std::vector<float> scores(20, 0);  // [10, 2]
  const std::vector<LengthScores> flat(2, threshold_lengths(100, 0.5, 50));
  const std::vector<Transcript> transcripts = {{1, 0}, {0, 1}, {1}};
  const Decoding found = search_transcripts({scores, 2}, make_trie(transcripts, 2), flat);
  EXPECT_EQ(found.transcript, (Transcript{0, 1}));
}

TEST(TranscriptSearch, AVideoLongerThanEveryTranscriptHasNone) {
  const std::vector<float> scores(70, 0);  // [70, 1]
  const std::vector<LengthScores> short_ones = {threshold_lengths(40, 0.5, 20)};
  const std::vector<Transcript> transcripts = {{0}};
  for (const bool prune : {true, false}) {
    const Decoding none =
        search_transcripts({scores, 1}, make_trie(transcripts, 1), short_ones, {.prune = prune});
    EXPECT_EQ(none.score, -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(none.transcript.empty());
  }
}

TEST(TranscriptSearch, WrongUse) {
  const std::vector<float> scores(20, 0);
  const std::vector<Transcript> transcripts = {{1, 0}};
  const TranscriptTrie trie = make_trie(transcripts, 2);
  const std::vector<LengthScores> one(1, threshold_lengths(100, 0.5, 50)), two(2, one[0]),
      broken = {one[0], {-1, 0, 0, 9}};
  EXPECT_THROW((void)search_transcripts({scores, 2}, trie, one), Error);
  EXPECT_THROW((void)search_transcripts({scores, 2}, make_trie({}, 2), two), Error);
  EXPECT_THROW((void)search_transcripts({scores, 2}, trie, broken), Error);
}

}  // namespace
}  // namespace zoetrope::decoding
