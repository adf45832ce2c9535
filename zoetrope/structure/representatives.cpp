#include "zoetrope/structure/representatives.h"

#include <algorithm>
#include <cmath>

namespace zoetrope::structure {
namespace {

constexpr double kScale = 0.2;  // squared distance at which similarity falls to 1/e: between shot and scene
constexpr double kNearness = 0.3;  // of the similarity goes over the whole duration
constexpr double kCrossing = 0.7;  // quality of a segment that crosses a transition
constexpr std::size_t kMaxMoments = 1024;
constexpr std::size_t kMaxCandidates = 1024;

struct Candidate {
  double begin = 0;
  double end = 0;
  double quality = 1;
  Description mean{};
};

std::vector<Sample> moments_of(std::span<const Sample> samples) {
  HalvingBuffer<Sample> buffer(kMaxMoments);
  for (const Sample& sample : samples) buffer.push(sample);
  return buffer.take();
}

std::vector<double> candidate_starts(double begin, double end, double length,
                                     std::span<const Transition> transitions) {
  const double step =
      std::max(std::min(1.0, length / 2), (end - begin) * 2 / static_cast<double>(kMaxCandidates));
  std::vector<double> starts;
  for (double time = begin; time < end; time += step) starts.push_back(time);
  if (transitions.size() < kMaxCandidates / 2) {
    for (const Transition& transition : transitions) starts.push_back(transition.end);
  }
  std::sort(starts.begin(), starts.end());
  return starts;
}

/// The mean description and the share of time that is even, over the moments that begin within the candidate.
void describe(Candidate& candidate, const std::vector<Sample>& moments) {
  const auto middle = [](const Sample& s) { return (s.begin + s.end) / 2; };
  Sample whole;
  bool first = true;
  const auto from = std::lower_bound(moments.begin(), moments.end(), candidate.begin,
                                     [&](const Sample& s, double time) { return middle(s) < time; });
  for (auto at = from; at != moments.end() && (first || middle(*at) < candidate.end); ++at) {
    if (first) {
      whole = *at;
      first = false;
    } else {
      whole.merge(*at);
    }
  }
  if (first) whole = moments.back();
  candidate.mean = whole.description;
  candidate.quality *= 1 - 0.9 * whole.even;
}

std::vector<Candidate> candidates_of(const std::vector<Sample>& moments,
                                     std::span<const Transition> transitions,
                                     const RepresentativeOptions& options) {
  const double begin = moments.front().begin, end = moments.back().end;
  std::vector<Candidate> candidates;
  for (double start : candidate_starts(begin, end, options.length, transitions)) {
    Candidate candidate{.begin = start, .end = std::min(start + options.length, end)};
    for (const Transition& transition : transitions) {
      if (transition.end <= start) continue;
      if (transition.begin >= candidate.end) break;
      if (transition.begin - start >= options.shortest) {
        candidate.end = transition.begin;
      } else {
        candidate.quality = kCrossing;
      }
    }
    if (candidate.end - candidate.begin < options.shortest && !candidates.empty()) continue;
    describe(candidate, moments);
    candidates.push_back(candidate);
  }
  return candidates;
}

std::vector<double> similarities(const Candidate& candidate, const std::vector<Sample>& moments) {
  const double duration = std::max(moments.back().end - moments.front().begin, 1e-6);
  std::vector<double> out;
  out.reserve(moments.size());
  for (const Sample& moment : moments) {
    const double time = (moment.begin + moment.end) / 2;
    const double away = std::max({candidate.begin - time, time - candidate.end, 0.0}) / duration;
    out.push_back(candidate.quality * std::exp(-distance2(moment.description, candidate.mean) / kScale) *
                  (1 - kNearness * away));
  }
  return out;
}

struct Chosen {
  Candidate candidate;
  std::vector<double> similarity;
};

std::vector<Chosen> choose_greedily(const std::vector<Candidate>& candidates,
                                    const std::vector<Sample>& moments,
                                    const RepresentativeOptions& options) {
  const double duration = moments.back().end - moments.front().begin;
  double budget = std::max(options.share * duration, options.length);
  std::vector<std::vector<double>> similarity;
  similarity.reserve(candidates.size());
  for (const Candidate& candidate : candidates) similarity.push_back(similarities(candidate, moments));
  std::vector<double> covered(moments.size(), 0);
  std::vector<Chosen> chosen;
  while (static_cast<int>(chosen.size()) < options.count) {
    std::size_t best = candidates.size();
    double most = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const Candidate& c = candidates[i];
      const auto overlaps = [&](const Chosen& o) {
        return c.begin < o.candidate.end && o.candidate.begin < c.end;
      };
      if (c.end - c.begin > budget + 1e-9 || std::any_of(chosen.begin(), chosen.end(), overlaps)) continue;
      double gain = 0;
      for (std::size_t t = 0; t < moments.size(); ++t) {
        gain += moments[t].seconds() * std::max(similarity[i][t] - covered[t], 0.0);
      }
      if (gain > most || best == candidates.size()) {
        most = gain;
        best = i;
      }
    }
    if (best == candidates.size()) break;
    for (std::size_t t = 0; t < moments.size(); ++t) covered[t] = std::max(covered[t], similarity[best][t]);
    budget -= candidates[best].end - candidates[best].begin;
    chosen.push_back({candidates[best], similarity[best]});
  }
  return chosen;
}

}  // namespace

std::vector<Representative> choose_representatives(std::span<const Sample> samples,
                                                   std::span<const Transition> transitions,
                                                   RepresentativeOptions options) {
  if (samples.empty()) return {};
  const double duration = samples.back().end - samples.front().begin;
  const double fair = options.share * duration / std::max(1, options.count);
  options.length = std::min(options.length, std::max(fair, kLeastLength));
  options.shortest = std::min(options.shortest, options.length / 2);
  if (duration <= options.length) return {{samples.front().begin, samples.back().end, 1}};
  const std::vector<Sample> moments = moments_of(samples);
  std::vector<Chosen> chosen =
      choose_greedily(candidates_of(moments, transitions, options), moments, options);
  std::sort(chosen.begin(), chosen.end(),
            [](const auto& a, const auto& b) { return a.candidate.begin < b.candidate.begin; });
  std::vector<Representative> out;
  for (const Chosen& c : chosen) out.push_back({c.candidate.begin, c.candidate.end, 0});
  double total = 0;
  for (std::size_t t = 0; t < moments.size(); ++t) {
    const auto best = std::max_element(chosen.begin(), chosen.end(), [t](const auto& a, const auto& b) {
      return a.similarity[t] < b.similarity[t];
    });
    out[static_cast<std::size_t>(best - chosen.begin())].share += moments[t].seconds();
    total += moments[t].seconds();
  }
  for (Representative& r : out) r.share = total > 0 ? r.share / total : 1.0 / static_cast<double>(out.size());
  return out;
}

}  // namespace zoetrope::structure
