#include "zoetrope/decoding/set_grammar.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/decoding/class_statistics.h"
#include "zoetrope/decoding/frame_scores.h"

namespace zoetrope::decoding {
namespace {

constexpr int kMaxSweeps = 100'000;
constexpr double kSettled = 1e-9;  // relative change of a sweep

void check_videos(std::span<const SetVideo> videos, std::int64_t num_classes) {
  if (videos.empty()) throw Error::failed("sets of actions: no videos");
  for (const SetVideo& video : videos) check_transcript(video.actions, num_classes);
}

/// Exact coordinate descent on the bounded least squares; `means` holds the start.
void descend(std::span<const SetVideo> videos, const std::vector<std::vector<std::size_t>>& of_class,
             double shortest, std::vector<double>& means) {
  std::vector<double> excess;  // of each video: what its set adds up to, less its frames
  for (const SetVideo& video : videos) {
    double sum = -static_cast<double>(video.num_frames);
    for (const std::int64_t label : video.actions) sum += means[static_cast<std::size_t>(label)];
    excess.push_back(sum);
  }
  for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
    double moved = 0, largest = shortest;
    for (std::size_t c = 0; c < means.size(); ++c) {
      if (of_class[c].empty()) continue;
      double sum = 0;
      for (const std::size_t v : of_class[c]) sum += excess[v];
      const double best = std::max(shortest, means[c] - sum / static_cast<double>(of_class[c].size()));
      const double change = best - means[c];
      for (const std::size_t v : of_class[c]) excess[v] += change;
      means[c] = best;
      moved = std::max(moved, std::abs(change));
      largest = std::max(largest, best);
    }
    if (moved <= kSettled * largest) return;
  }
}

}  // namespace

std::vector<double> set_mean_lengths(std::span<const SetVideo> videos, std::int64_t num_classes,
                                     double shortest) {
  check_videos(videos, num_classes);
  if (!(shortest > 0)) throw Error::failed("sets of actions: a shortest length of {} frames", shortest);
  std::vector<std::vector<std::size_t>> of_class(static_cast<std::size_t>(num_classes));
  double frames = 0, members = 0;
  for (std::size_t v = 0; v < videos.size(); ++v) {
    for (const std::int64_t label : videos[v].actions) of_class[static_cast<std::size_t>(label)].push_back(v);
    frames += static_cast<double>(videos[v].num_frames);
    members += static_cast<double>(videos[v].actions.size());
  }
  if (members == 0) throw Error::failed("sets of actions: all are empty");
  std::vector<double> means(of_class.size(), std::max(shortest, frames / members));
  descend(videos, of_class, shortest, means);
  double sum = 0, seen = 0;
  for (std::size_t c = 0; c < means.size(); ++c) {
    if (of_class[c].empty()) continue;
    sum += means[c];
    ++seen;
  }
  for (std::size_t c = 0; c < means.size(); ++c) {
    if (of_class[c].empty()) means[c] = sum / seen;
  }
  return means;
}

std::vector<double> set_prior(std::span<const SetVideo> videos, std::int64_t num_classes) {
  check_videos(videos, num_classes);
  ClassStatistics statistics(num_classes);
  for (const SetVideo& video : videos)
    statistics.add(video.actions, std::vector<std::int64_t>(video.actions.size(), video.num_frames));
  return statistics.prior();
}

std::vector<Transcript> monte_carlo_grammar(std::span<const SetVideo> videos,
                                            std::span<const double> mean_lengths, std::int64_t background,
                                            std::int64_t count, RandomGenerator& random) {
  check_videos(videos, std::ssize(mean_lengths));
  const auto mean = [&](std::int64_t label) { return mean_lengths[static_cast<std::size_t>(label)]; };
  const double ends = background < 0 ? 0 : 2 * mean(background);
  std::vector<Transcript> grammar;
  while (std::ssize(grammar) < count) {
    const std::size_t before = grammar.size();
    for (const SetVideo& video : videos) {
      std::vector<std::int64_t> actions = video.actions;
      std::erase(actions, background);
      Transcript drawn;
      double length = ends;
      while (!actions.empty() && length < static_cast<double>(video.num_frames)) {
        drawn.push_back(actions[static_cast<std::size_t>(uniform_integer(random, 0, std::ssize(actions)))]);
        length += mean(drawn.back());
      }
      if (drawn.empty()) continue;
      if (background >= 0) {
        drawn.insert(drawn.begin(), background);
        drawn.push_back(background);
      }
      grammar.push_back(std::move(drawn));
    }
    if (grammar.size() == before)
      throw Error::failed("sets of actions: no video is long enough for an action and the background");
  }
  shuffle(grammar, random);
  grammar.resize(static_cast<std::size_t>(count));
  return grammar;
}

}  // namespace zoetrope::decoding
