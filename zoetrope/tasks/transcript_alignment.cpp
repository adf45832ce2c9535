#include "zoetrope/tasks/transcript_alignment.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/decoding/transcript_search.h"

namespace zoetrope::tasks {
namespace {

// How a video can be decoded: at which frames, and with which lengths.
struct Rate {
  std::int64_t sampling = 1;
  std::int64_t max_length = 0;  // 0: nothing fits
};

bool fits(const decoding::TranscriptTrie& trie, std::int64_t frames, const Rate& rate) {
  return std::ranges::any_of(trie.nodes, [&](const decoding::TranscriptTrie::Node& node) {
    return node.is_end && node.depth * rate.sampling <= frames &&
           frames <= node.depth * (rate.max_length - rate.sampling);
  });
}

Rate rate_for(const AlignmentOptions& options, const decoding::TranscriptTrie& trie, std::int64_t frames) {
  for (const std::int64_t sampling : {options.frame_sampling, std::int64_t{1}}) {
    for (const std::int64_t max_length : {options.max_length, frames + sampling}) {
      const Rate rate{sampling, max_length};
      if (fits(trie, frames, rate)) return rate;
    }
  }
  return {};
}

// log p - log prior, brought below 0: sums over many frames keep their digits so.
std::vector<float> frame_scores(const torch::Tensor& log_probabilities, const std::vector<double>& prior) {
  const std::int64_t classes = std::ssize(prior);
  if (log_probabilities.dim() != 2 || log_probabilities.size(1) != classes)
    throw Error::usage("an alignment of {} classes takes log-probabilities [T, {}], not [{}]", classes,
                       classes, fmt::join(log_probabilities.sizes(), ", "));
  const torch::Tensor table = log_probabilities.to(torch::kCPU, torch::kFloat).contiguous();
  std::vector<float> scores(table.data_ptr<float>(), table.data_ptr<float>() + table.numel());
  float largest = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] -= static_cast<float>(std::log(prior[i % prior.size()]));
    largest = std::max(largest, scores[i]);
  }
  for (float& score : scores) score -= largest;
  return scores;
}

decoding::Decoding decode(const std::vector<float>& values, const AlignmentOptions& options,
                          const decoding::TranscriptTrie& trie, int threads) {
  const decoding::FrameScores scores{values, std::ssize(options.prior)};
  const Rate rate = rate_for(options, trie, scores.num_frames());
  if (rate.max_length == 0) return {};
  const std::vector<decoding::LengthScores> tables =
      decoding::poisson_tables(options.mean_lengths, {.max_length = rate.max_length, .renormalize = true});
  if (rate.sampling == 1 && options.beam == 0)
    return decoding::search_transcripts(scores, trie, tables, {.num_threads = threads});
  return decoding::reference_viterbi(
      scores, trie, tables,
      {.frame_sampling = rate.sampling, .max_hypotheses = options.beam, .max_length = rate.max_length});
}

}  // namespace

AlignmentModel make_alignment(AlignmentOptions options) {
  const auto is_positive = [](double value) { return value > 0 && std::isfinite(value); };
  if (options.prior.empty() || options.prior.size() != options.mean_lengths.size())
    throw Error::usage("alignment: {} priors and {} mean lengths; each class has one of either",
                       options.prior.size(), options.mean_lengths.size());
  if (!std::ranges::all_of(options.prior, is_positive) ||
      !std::ranges::all_of(options.mean_lengths, is_positive))
    throw Error::usage("alignment: priors and mean lengths are numbers above 0");
  if (options.frame_sampling < 1 || options.beam < 0 || options.max_length < 2)
    throw Error::usage("alignment: a frame sampling of {}, a beam of {} and a max_length of {}",
                       options.frame_sampling, options.beam, options.max_length);
  for (const std::vector<std::int64_t>& transcript : options.transcripts) {
    if (transcript.empty()) throw Error::usage("alignment: a transcript is empty");
    for (const std::int64_t label : transcript) {
      if (label < 0 || label >= std::ssize(options.prior))
        throw Error::usage("alignment: a transcript with class {} of {}", label, options.prior.size());
    }
  }
  AlignmentModel model{.options = std::move(options)};
  model.trie = decoding::make_trie(model.options.transcripts, std::ssize(model.options.prior));
  return model;
}

decoding::Decoding search_alignment(const torch::Tensor& log_probabilities, const AlignmentModel& model,
                                    int threads) {
  if (model.options.transcripts.empty()) throw Error::usage("alignment: there are no transcripts to search");
  return decode(frame_scores(log_probabilities, model.options.prior), model.options, model.trie, threads);
}

std::vector<std::int64_t> fit_alignment(const torch::Tensor& log_probabilities,
                                        std::span<const std::int64_t> transcript,
                                        const AlignmentModel& model) {
  const decoding::Transcript own(transcript.begin(), transcript.end());
  const std::int64_t classes = std::ssize(model.options.prior);
  // A beam is for the competition of many.
  AlignmentOptions options = model.options;
  options.beam = 0;
  const decoding::Decoding found = decode(frame_scores(log_probabilities, options.prior), options,
                                          decoding::make_trie(std::span(&own, 1), classes), /*threads=*/1);
  if (found.lengths.size() != own.size())
    throw Error::input("a transcript of {} actions does not fit {} frames", own.size(),
                       log_probabilities.size(0));
  return found.lengths;
}

}  // namespace zoetrope::tasks
