// The decoder of MuCon's code (yassersouri/MuCon src/core/viterbi, after NeuralNetwork-Viterbi).
#include <algorithm>
#include <string>

#include "zoetrope/decoding/reference_viterbi.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/cases.h"
#include "zoetrope/parity/rule.h"

namespace zoetrope::parity {
namespace {

using timeline::JsonView;

constexpr std::size_t kMaxFrames = 1 << 20;
constexpr std::size_t kMaxClasses = 1 << 10;

struct LengthModel {
  std::vector<decoding::LengthScores> tables;  // by class
  std::int64_t max_length = 2000;
};

LengthModel read_length_model(const JsonView& model, std::size_t num_classes) {
  LengthModel read;
  if (const auto max_length = model.find("max_length"))
    read.max_length = static_cast<std::int64_t>(read_index(*max_length, 2, kMaxFrames));
  if (model.at("type").text() == "poisson") {
    const std::vector<double> means = read_numbers(model.at("mean_lengths"));
    if (means.size() != num_classes) model.at("mean_lengths").fail("must be one a class");
    const auto renormalize = model.find("renormalize");
    read.tables = decoding::poisson_tables(
        means, {.max_length = read.max_length, .renormalize = !renormalize || renormalize->truth()});
  } else if (model.at("type").text() == "mean") {
    read.tables.assign(num_classes, decoding::threshold_lengths(model.at("threshold").number(),
                                                                model.at("alpha").number(), read.max_length));
  } else {
    model.at("type").fail("must be poisson or mean");
  }
  return read;
}

void run(const Fixture&, const JsonView& document, CaseChecks& checks) {
  const JsonView cases = document.at("cases");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JsonView each = cases[i];
    const std::size_t num_frames = read_index(each.at("T"), 1, kMaxFrames);
    const std::size_t num_classes = read_index(each.at("classes"), 1, kMaxClasses);
    const std::vector<double> range = read_numbers(each.at("range"));
    if (range.size() != 2) each.at("range").fail("must be [low, high]");
    const torch::Tensor scores = rule_input(
        each.at("name").text(),
        {static_cast<std::int64_t>(num_frames), static_cast<std::int64_t>(num_classes)}, range[0], range[1]);
    std::vector<decoding::Transcript> transcripts;
    const JsonView listed = each.at("transcripts");
    for (std::size_t k = 0; k < listed.size(); ++k) transcripts.push_back(read_integers(listed[k]));
    const LengthModel lengths = read_length_model(each.at("length_model"), num_classes);
    decoding::ReferenceOptions options{
        .frame_sampling = static_cast<std::int64_t>(read_index(each.at("frame_sampling"), 1, kMaxFrames)),
        .max_length = lengths.max_length};
    if (const auto most = each.find("max_hypotheses"))
      options.max_hypotheses = static_cast<std::int64_t>(read_index(*most, 1, kMaxFrames));
    const decoding::Decoding found = decoding::reference_viterbi(
        {std::span(scores.data_ptr<float>(), num_frames * num_classes),
         static_cast<std::int64_t>(num_classes)},
        decoding::make_trie(transcripts, static_cast<std::int64_t>(num_classes)), lengths.tables, options);
    checks.meet("score", found.score, each.at("score"));
    checks.meet("score_float64", found.score, each.at("score_float64"));
    checks.meet_exactly("segment_labels", found.transcript, each.at("segment_labels"));
    checks.meet_exactly("segment_lengths", found.lengths, each.at("segment_lengths"));
  }
}

}  // namespace

CasesAdapter viterbi_adapter() {
  return {.family = "decoder of transcripts (MuCon, NeuralNetwork-Viterbi)",
          .takes = [](const Fixture& fixture) { return fixture.model == "MuCon Viterbi"; },
          .run = run};
}

}  // namespace zoetrope::parity
