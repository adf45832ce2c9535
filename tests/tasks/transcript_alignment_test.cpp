#include "zoetrope/tasks/transcript_alignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"
#include "zoetrope/tasks/segmentation.h"

namespace zoetrope::tasks {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Transcripts = std::vector<std::vector<std::int64_t>>;

const Transcripts kTranscripts = {{0, 1, 0}, {0, 2, 3, 0}, {0, 1, 2, 3, 0}, {1}, {3, 2}};

AlignmentOptions alignment_options(std::int64_t frames) {
  return {.transcripts = kTranscripts,
          .prior = {0.4, 0.3, 0.2, 0.1},
          .mean_lengths = std::vector<double>(4, static_cast<double>(frames) / 3)};
}

torch::Tensor draw(std::int64_t frames) {
  return torch::randn({frames, 4}).log_softmax(1);
}

// Frames that say a labelling, with noise: [T, 4].
torch::Tensor say(const std::vector<std::int64_t>& transcript, std::int64_t each) {
  const torch::Tensor labels = torch::tensor(transcript, torch::kLong).repeat_interleave(each);
  return (3 * torch::one_hot(labels, 4).to(torch::kFloat) + torch::randn({labels.size(0), 4})).log_softmax(1);
}

// By the definition: log p - log prior, and the Poisson masses over those of the means.
double score_of(const torch::Tensor& log_probabilities, const std::vector<std::int64_t>& transcript,
                const std::vector<std::int64_t>& lengths, const AlignmentOptions& options) {
  const auto tables =
      decoding::poisson_tables(options.mean_lengths, {.max_length = 2000, .renormalize = true});
  const auto at = log_probabilities.accessor<float, 2>();
  double score = 0;
  std::int64_t t = 0;
  for (std::size_t m = 0; m < transcript.size(); ++m) {
    const auto label = static_cast<std::size_t>(transcript[m]);
    score += tables[label][static_cast<std::size_t>(lengths[m])];
    for (std::int64_t i = 0; i < lengths[m]; ++i, ++t)
      score += static_cast<double>(at[t][transcript[m]]) - std::log(options.prior[label]);
  }
  return score;
}

TEST(TranscriptAlignment, FindsTheBestTranscriptWithItsBestLengths) {
  torch::manual_seed(1);
  for (int i = 0; i < 20; ++i) {
    const std::int64_t frames = 5 + 7 * i;
    const AlignmentModel model = make_alignment(alignment_options(frames));
    const torch::Tensor scores = draw(frames);
    const decoding::Decoding found = search_alignment(scores, model);
    EXPECT_THAT(kTranscripts, Contains(found.transcript));
    const double best = score_of(scores, found.transcript, found.lengths, model.options);
    for (const auto& transcript : kTranscripts) {
      const auto lengths = fit_alignment(scores, transcript, model);
      EXPECT_EQ(std::reduce(lengths.begin(), lengths.end()), frames);
      EXPECT_LE(score_of(scores, transcript, lengths, model.options), best + 1e-3);
    }
  }
}

TEST(TranscriptAlignment, ABeamOfAnyWidthIsTheAuthorsDecoderAndAWideOneLosesNothing) {
  torch::manual_seed(2);
  for (int i = 0; i < 10; ++i) {
    AlignmentOptions options = alignment_options(90);
    options.frame_sampling = 3;
    const torch::Tensor scores = i % 2 == 0 ? draw(90) : say({0, 2, 3}, 30);
    const decoding::Decoding all = search_alignment(scores, make_alignment(options));
    options.beam = 1'000'000;
    const decoding::Decoding wide = search_alignment(scores, make_alignment(options));
    EXPECT_EQ(wide.transcript, all.transcript);
    EXPECT_EQ(wide.lengths, all.lengths);
    options.beam = 3;
    const decoding::Decoding narrow = search_alignment(scores, make_alignment(options));
    EXPECT_LE(narrow.score, all.score);
    EXPECT_EQ(std::reduce(narrow.lengths.begin(), narrow.lengths.end()), 90);
  }
}

TEST(TranscriptAlignment, ClearScoresAreFoundExactlyAndWithABeam) {
  torch::manual_seed(3);
  for (const std::int64_t beam : {0, 50}) {
    AlignmentOptions options = alignment_options(120);
    options.beam = beam;
    const AlignmentModel model = make_alignment(options);
    const decoding::Decoding found = search_alignment(say({0, 1, 2, 3, 0}, 24), model);
    EXPECT_EQ(found.transcript, (std::vector<std::int64_t>{0, 1, 2, 3, 0}));
    for (const std::int64_t length : found.lengths) EXPECT_NEAR(static_cast<double>(length), 24, 3);
  }
}

TEST(TranscriptAlignment, ThePriorIsTakenOff) {
  const torch::Tensor scores = torch::tensor({0.5F, 0.25F, 0.15F, 0.1F}).log().repeat({10, 1});
  AlignmentOptions options{.transcripts = {{0}, {1}}, .prior = {0.9, 0.1 / 3, 0.1 / 3, 0.1 / 3}};
  options.mean_lengths = std::vector<double>(4, 10);
  EXPECT_EQ(search_alignment(scores, make_alignment(options)).transcript, (std::vector<std::int64_t>{1}));
  options.prior = std::vector<double>(4, 0.25);
  EXPECT_EQ(search_alignment(scores, make_alignment(options)).transcript, (std::vector<std::int64_t>{0}));
}

TEST(TranscriptAlignment, WhereNothingFitsLimitsGiveWay) {
  torch::manual_seed(4);
  AlignmentOptions options = alignment_options(50);
  options.frame_sampling = 30;
  options.max_length = 20;  // no transcript fills 50 frames in steps of 30
  const AlignmentModel model = make_alignment(options);
  const decoding::Decoding found = search_alignment(draw(50), model);
  EXPECT_EQ(std::reduce(found.lengths.begin(), found.lengths.end()), 50);
  EXPECT_EQ(fit_alignment(draw(5), kTranscripts[2], model).size(), 5U);
  EXPECT_THROW(static_cast<void>(fit_alignment(draw(4), kTranscripts[2], model)), Error);
  options.transcripts = {{0, 1, 0}};
  EXPECT_TRUE(search_alignment(draw(2), make_alignment(options)).transcript.empty());
}

TEST(TranscriptAlignment, RefusesWhatDoesNotFit) {
  AlignmentOptions options = alignment_options(10);
  options.prior[0] = 0;
  EXPECT_THROW(static_cast<void>(make_alignment(options)), Error);
  options = alignment_options(10);
  options.mean_lengths.pop_back();
  EXPECT_THROW(static_cast<void>(make_alignment(options)), Error);
  options = alignment_options(10);
  options.transcripts.push_back({4});
  EXPECT_THROW(static_cast<void>(make_alignment(options)), Error);
  options.transcripts = {};
  EXPECT_THROW(static_cast<void>(search_alignment(draw(9), make_alignment(options))), Error);
}

TEST(TranscriptAlignment, SegmentsAnyNetworkOfSequences) {
  torch::manual_seed(5);
  const auto gru = models::make_with("gru", {"in_channels=5", "num_classes=4", "window=3"});
  const auto model = std::make_shared<AlignmentModel>(make_alignment(alignment_options(40)));
  const DecodeOptions options{.decode = Decode::kAlignment, .alignment = model};
  const torch::Tensor features = torch::randn({1, 5, 40});
  const Segmentation found = segment(*gru, features, options);
  EXPECT_THAT(kTranscripts, Contains(found.actions));
  EXPECT_EQ(std::ssize(found.labels), 40);
  EXPECT_EQ(align(*gru, features, kTranscripts[1], options).actions, kTranscripts[1]);
  EXPECT_EQ(std::ssize(segment(*gru, features).labels), 40) << "by frames";
  try {
    static_cast<void>(segment(*gru, features, {.decode = Decode::kAlignment}));
    ADD_FAILURE() << "no transcripts, no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("needs transcripts"));
  }
}

}  // namespace
}  // namespace zoetrope::tasks
