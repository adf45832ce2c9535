#include "zoetrope/decoding/reference_viterbi.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "tests/decoding/random_scores.h"
#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

using ::testing::ElementsAre;

std::vector<LengthScores> class_tables(RandomGenerator& random, std::size_t classes) {
  std::vector<double> means;
  for (std::size_t c = 0; c < classes; ++c) means.push_back(uniform(random, 1, 12));
  return poisson_tables(means, {.max_length = 60, .renormalize = true});
}

std::int64_t sum_of(const std::vector<std::int64_t>& lengths) {
  return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
}

TEST(ReferenceViterbi, LengthsFillTheVideoInWholeSteps) {
  RandomGenerator random = keyed_generator(1, {});
  for (const std::int64_t sampling : {1, 3, 7}) {
    const DrawnScores scores = draw_scores(random, 80, 5);
    const std::vector<Transcript> transcripts = {{0, 1, 2}, {0, 1}, {3, 4, 3, 1}};
    const Decoding found = reference_viterbi(scores.view(), make_trie(transcripts, 5),
                                             class_tables(random, 5), {.frame_sampling = sampling});
    EXPECT_EQ(sum_of(found.lengths), 80);
    EXPECT_THAT(transcripts, ::testing::Contains(found.transcript));
    for (std::size_t m = 0; m + 1 < found.lengths.size(); ++m) EXPECT_EQ(found.lengths[m] % sampling, 0);
  }
}

TEST(ReferenceViterbi, ABoundaryIsOneStepLateInTheScores) {
  // Class 0 is right for three frames, class 1 for the other three; the reference scores the frame after the
  // boundary by the old label, so it finds the boundary a frame early.
  const std::vector<float> scores = {0, -5, 0, -5, 0, -5, -5, 0, -5, 0, -5, 0};
  const std::vector<LengthScores> flat(2, threshold_lengths(100, 0.5, 50));
  const std::vector<Transcript> transcripts = {{0, 1}};
  const Decoding found = reference_viterbi({scores, 2}, make_trie(transcripts, 2), flat);
  EXPECT_THAT(found.lengths, ElementsAre(2, 4));
  EXPECT_EQ(found.score, 0);
}

TEST(ReferenceViterbi, OfEqualScoresTheLaterHypothesisWins) {
  const std::vector<float> scores(12, 0);  // [6, 2]
  const std::vector<LengthScores> flat(2, threshold_lengths(100, 0.5, 50));
  const std::vector<Transcript> transcripts = {{0, 1}, {1, 0}};
  const Decoding found = reference_viterbi({scores, 2}, make_trie(transcripts, 2), flat);
  EXPECT_EQ(found.score, 0);
  EXPECT_EQ(sum_of(found.lengths), 6);
  EXPECT_THAT(found.transcript, ElementsAre(1, 0));
}

TEST(ReferenceViterbi, ABeamThatHoldsAllChangesNothingAndANarrowOneLoses) {
  RandomGenerator random = keyed_generator(2, {});
  double lost = 0;
  for (int i = 0; i < 20; ++i) {
    const DrawnScores scores = draw_scores(random, 60, 4);
    const std::vector<Transcript> transcripts = {{0, 1, 2, 3}, {0, 2, 1}, {3, 1}, {3, 2, 0}};
    const TranscriptTrie trie = make_trie(transcripts, 4);
    const auto tables = class_tables(random, 4);
    const Decoding all = reference_viterbi(scores.view(), trie, tables);
    const Decoding wide = reference_viterbi(scores.view(), trie, tables, {.max_hypotheses = 100'000});
    EXPECT_EQ(all.score, wide.score);
    EXPECT_EQ(all.lengths, wide.lengths);
    const Decoding narrow = reference_viterbi(scores.view(), trie, tables, {.max_hypotheses = 5});
    EXPECT_LE(narrow.score, all.score);
    EXPECT_EQ(sum_of(narrow.lengths), 60);
    lost += narrow.score < all.score ? 1 : 0;
  }
  EXPECT_GT(lost, 0);
}

TEST(ReferenceViterbi, WhereNothingLivesNothingIsFound) {
  RandomGenerator random = keyed_generator(3, {});
  const DrawnScores scores = draw_scores(random, 4, 2);
  const std::vector<Transcript> transcripts = {{0, 1}};
  const Decoding none =
      reference_viterbi(scores.view(), make_trie(transcripts, 2), class_tables(random, 2), {.max_length = 1});
  EXPECT_EQ(none.score, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(none.transcript.empty());
  EXPECT_TRUE(none.lengths.empty());
}

TEST(ReferenceViterbi, WrongUse) {
  RandomGenerator random = keyed_generator(3, {});
  const DrawnScores scores = draw_scores(random, 4, 3);
  const auto tables = class_tables(random, 3);
  const std::vector<Transcript> transcripts = {{0, 1}}, empty = {{}}, unknown = {{3}};
  const TranscriptTrie trie = make_trie(transcripts, 3);
  EXPECT_THROW((void)reference_viterbi(scores.view(), trie, tables, {.frame_sampling = 5}), Error);
  EXPECT_THROW((void)reference_viterbi(scores.view(), trie, tables, {.frame_sampling = 0}), Error);
  EXPECT_THROW((void)reference_viterbi(scores.view(), make_trie({}, 3), tables), Error);
  EXPECT_THROW((void)make_trie(empty, 3), Error);
  EXPECT_THROW((void)make_trie(unknown, 3), Error);
}

TEST(TranscriptTrie, SharesBeginnings) {
  const std::vector<Transcript> transcripts = {{0, 1, 2}, {0, 1}, {0, 1, 3}, {0, 1}, {2}};
  const TranscriptTrie trie = make_trie(transcripts, 4);
  EXPECT_EQ(trie.nodes.size(), 6U);  // the root, 0, 01, 012, 013, 2
  EXPECT_TRUE(trie.nodes[2].is_end);
  EXPECT_THAT(trie.transcript_of(4), ElementsAre(0, 1, 3));
}

}  // namespace
}  // namespace zoetrope::decoding
