#include "zoetrope/decoding/length_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();
constexpr double kRounding = 1e-9;  // relative, of second differences

// Half to even, whatever the machine's rounding mode.
double round_half_even(double value) {
  const double below = std::floor(value), rest = value - below;
  if (rest != 0.5) return rest < 0.5 ? below : below + 1;
  return std::fmod(below, 2) == 0 ? below : below + 1;
}

/// What `renormalize` takes off.
double log_mass_of_mean(double mean) {
  const double rounded = round_half_even(mean);
  return (rounded > 0 ? rounded * std::log(rounded) : 0) - rounded - std::lgamma(std::floor(mean) + 1);
}

}  // namespace

std::vector<LengthScores> poisson_tables(std::span<const double> means, const PoissonOptions& options) {
  if (options.max_length < 2)
    throw Error::failed("length model: max_length is {}; it must be 2 or more", options.max_length);
  std::vector<double> log_factorials(static_cast<std::size_t>(options.max_length), 0.0);
  for (std::size_t l = 2; l < log_factorials.size(); ++l)
    log_factorials[l] = log_factorials[l - 1] + std::log(static_cast<double>(l));
  std::vector<LengthScores> tables;
  tables.reserve(means.size());
  for (const double mean : means) {
    if (!(mean > 0) || !std::isfinite(mean))
      throw Error::failed("length model: a mean of {} frames; it must be above 0", mean);
    const double log_mean = std::log(mean), norm = options.renormalize ? log_mass_of_mean(mean) : 0;
    LengthScores& scores = tables.emplace_back(log_factorials.size());
    scores[0] = kImpossible;
    for (std::size_t l = 1; l < scores.size(); ++l)
      scores[l] = static_cast<double>(l) * log_mean - mean - log_factorials[l] - norm;
  }
  return tables;
}

LengthScores poisson_lengths(double mean, const PoissonOptions& options) {
  return std::move(poisson_tables(std::span(&mean, 1), options).front());
}

LengthScores threshold_lengths(double threshold, double alpha, std::int64_t max_length) {
  if (!(alpha > 0 && alpha <= 1)) throw Error::failed("length model: alpha is {}, not in (0, 1]", alpha);
  if (max_length < 1) throw Error::failed("length model: max_length is {}; it must be 1 or more", max_length);
  LengthScores scores(static_cast<std::size_t>(max_length) + 1);
  scores[0] = kImpossible;
  for (std::size_t l = 1; l < scores.size(); ++l)
    scores[l] = std::max(static_cast<double>(l) - threshold, 0.0) * std::log(alpha);
  return scores;
}

std::vector<double> class_means(std::span<const std::int64_t> transcript, std::span<const double> lengths,
                                std::int64_t num_classes) {
  if (transcript.size() != lengths.size())
    throw Error::failed("length model: {} segments but {} lengths", transcript.size(), lengths.size());
  std::vector<double> means(static_cast<std::size_t>(num_classes)), counts(means.size());
  for (std::size_t m = 0; m < transcript.size(); ++m) {
    if (transcript[m] < 0 || transcript[m] >= num_classes)
      throw Error::failed("length model: class {} of {}", transcript[m], num_classes);
    means[static_cast<std::size_t>(transcript[m])] += lengths[m];
    counts[static_cast<std::size_t>(transcript[m])] += 1;
  }
  for (std::size_t c = 0; c < means.size(); ++c) means[c] /= std::max(counts[c], 1.0);
  return means;
}

void check_length_scores(const LengthScores& scores) {
  double largest = 1;
  for (std::size_t l = 1; l < scores.size(); ++l) {
    if (!std::isfinite(scores[l]))
      throw Error::failed("decoding: the score of length {} is {}; tables are finite to their end", l,
                          scores[l]);
    largest = std::max(largest, std::abs(scores[l]));
    if (l >= 3 && scores[l] - scores[l - 1] > scores[l - 1] - scores[l - 2] + kRounding * largest)
      throw Error::failed("decoding: the scores of lengths are not concave at length {}", l - 1);
  }
}

}  // namespace zoetrope::decoding
