// How well the structure of a video is found without labels, on videos composed from real clips so that it is
// known, and how long that takes. Prints tables in Markdown. The clips are those of
// tests/data/structure/clips.txt on which no constant was chosen.
//
//   build/bench/structure_eval
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>
#include <vector>

#include "tests/structure/compose.h"

namespace {

using namespace zoetrope;
using namespace zoetrope::structure;
using compose::Join;

constexpr int kVideos = 8, kPieces = 16;
constexpr double kFps = 25;
const cv::Size kSize{320, 240};

struct Row {
  std::string name;
  std::vector<Join> joins;
};

const std::vector<Row> kRows = {
    {"cuts", {Join::kCut}},
    {"dissolves", {Join::kDissolve}},
    {"fades to black and white", {Join::kFadeToBlack, Join::kFadeToWhite}},
    {"wipes", {Join::kWipe}},
    {"all kinds in turn",
     {Join::kCut, Join::kDissolve, Join::kCut, Join::kFadeToBlack, Join::kCut, Join::kWipe}}};

struct Totals {
  double video_seconds = 0;
  double analysis_seconds = 0;
  metrics::TransitionCounts transitions;
  compose::PartScores parts;
};

void measure(const compose::Video& video, Totals& totals) {
  const auto begin = std::chrono::steady_clock::now();
  const Structure structure = compose::analyze(video);
  totals.analysis_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  totals.video_seconds += static_cast<double>(video.frames.size()) / video.fps;
  totals.transitions += metrics::match_transitions(compose::predicted_transitions(structure),
                                                   compose::true_transitions(video), 2 / video.fps);
  totals.parts += compose::score_parts(structure, video);
}

/// Videos of `pieces` scenes of `shortest` to `longest` seconds.
Totals measure(const std::vector<compose::Clip>& clips, const Row& row, int pieces, double shortest,
               double longest) {
  Totals totals;
  for (unsigned seed = 0; seed < kVideos; ++seed) {
    std::mt19937 generator(seed);
    measure(compose::compose_randomly(clips, row.joins, pieces, kFps, shortest, longest, 1.5, generator),
            totals);
  }
  return totals;
}

void print_shots(const std::vector<compose::Clip>& clips) {
  fmt::print(
      "Shot boundaries: {} videos a row of {} scenes of 1.5 to 5 s, gradual transitions of 0.3 to 1.5 s, "
      "within 2 frames\n\n",
      kVideos, kPieces);
  fmt::print("| joined by | boundaries | precision | recall | F1 | seconds a minute of video |\n");
  fmt::print("| --- | ---: | ---: | ---: | ---: | ---: |\n");
  for (const Row& row : kRows) {
    const Totals totals = measure(clips, row, kPieces, 1.5, 5);
    const metrics::MatchCounts& all = totals.transitions.all;
    fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.3f} | {:.2f} |\n", row.name,
               all.true_positives + all.false_negatives, all.precision(), all.recall(), all.f1(),
               60 * totals.analysis_seconds / totals.video_seconds);
  }
}

void print_parts(const std::vector<compose::Clip>& clips) {
  fmt::print("\nParts: {} videos a row of 8 scenes of 3 to 10 s; boundaries within 1 s\n\n", kVideos);
  fmt::print("| joined by | boundaries | precision | recall | F1 | frame agreement |\n");
  fmt::print("| --- | ---: | ---: | ---: | ---: | ---: |\n");
  for (const Row& row : {kRows.front(), kRows.back()}) {
    const Totals totals = measure(clips, row, 8, 3, 10);
    const metrics::MatchCounts& found = totals.parts.boundaries;
    fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} |\n", row.name,
               found.true_positives + found.false_negatives, found.precision(), found.recall(), found.f1(),
               totals.parts.frames.accuracy());
  }
}

}  // namespace

int main() {
  try {
    const std::vector<compose::Clip> clips = compose::load_clips(ZOETROPE_TEST_DATA, "report", kSize);
    print_shots(clips);
    print_parts(clips);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "structure_eval: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
