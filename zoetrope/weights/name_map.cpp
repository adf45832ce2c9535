#include "zoetrope/weights/name_map.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <fmt/ranges.h>

#include "zoetrope/weights/dialects.h"
#include "zoetrope/weights/safetensors_header.h"

namespace zoetrope::weights {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);
constexpr std::size_t kListed = 10;  // lines of a kind in a report

Shape without_trailing_ones(Shape shape) {
  while (!shape.empty() && shape.back() == 1) shape.pop_back();
  return shape;
}

bool inflates(const Shape& source, const Shape& target) {
  return source.size() == 4 && target.size() == 5 && target[2] > 0 && source[0] == target[0] &&
         source[1] == target[1] && source[2] == target[3] && source[3] == target[4];
}

std::optional<Fit> fit_of(const Shape& source, const Shape& target, const NameMapOptions& options) {
  if (source == target) return Fit::kSame;
  if (options.inflate && inflates(source, target)) return Fit::kInflate;
  // A vector of one is no number: only what has a row to speak of may change its dimensions.
  if (source.size() > 1 && target.size() > 1 &&
      without_trailing_ones(source) == without_trailing_ones(target)) {
    return Fit::kReshape;
  }
  return std::nullopt;
}

std::vector<std::string> names_of(const std::vector<NamedShape>& list) {
  std::vector<std::string> names;
  for (const NamedShape& entry : list) names.push_back(entry.name);
  return names;
}

bool is_counter(std::string_view name) {
  return name.ends_with("num_batches_tracked");
}

std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

// Which source each target takes, by index.
class Matcher {
 public:
  Matcher(const std::vector<NamedShape>& source, const std::vector<NamedShape>& target,
          const NameMapOptions& options)
      : source_(source),
        target_(target),
        options_(options),
        taker_(source.size(), kNobody),
        taken_(target.size(), kNobody),
        by_structure_(target.size(), false) {}

  // By name: `words` are the sources' names as a target might have them. Where two sources would be one
  // target, neither is.
  void match_names(const std::vector<std::string>& words, const std::vector<std::string>& targets) {
    const std::unordered_map<std::string_view, std::size_t> index = unique_index(words);
    const std::unordered_map<std::string_view, std::size_t> target_index = unique_index(targets);
    for (std::size_t t = 0; t < target_.size(); ++t) {
      const auto found = index.find(targets[t]);
      if (taken_[t] != kNobody || found == index.end() || found->second == kNobody) continue;
      if (taker_[found->second] != kNobody || target_index.at(targets[t]) == kNobody) continue;
      take(t, found->second);
    }
  }

  // How many targets `words` would find, with shapes that fit.
  [[nodiscard]] std::size_t count_found(const std::vector<std::string>& words,
                                        const std::vector<std::string>& targets) const {
    Matcher trial(source_, target_, options_);
    trial.match_names(words, targets);
    std::size_t count = 0;
    for (std::size_t t = 0; t < target_.size(); ++t) {
      const std::size_t s = trial.taken_[t];
      if (s != kNobody && fit_of(source_[s].shape, target_[t].shape, options_)) ++count;
    }
    return count;
  }

  // By structure: all that is left over, or nothing.
  void match_rest() {
    const std::vector<std::size_t> sources = left_over(source_, taker_);
    const std::vector<std::size_t> targets = left_over(target_, taken_);
    if (sources.size() != targets.size()) return;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const NamedShape& source = source_[sources[i]];
      const NamedShape& target = target_[targets[i]];
      if (last_part(source.name) != last_part(target.name) || !fit_of(source.shape, target.shape, options_))
        return;
    }
    for (std::size_t i = 0; i < sources.size(); ++i) {
      take(targets[i], sources[i]);
      by_structure_[targets[i]] = true;
    }
  }

  [[nodiscard]] NameMap result() const {
    NameMap map;
    for (std::size_t t = 0; t < target_.size(); ++t) {
      const NamedShape& target = target_[t];
      if (taken_[t] == kNobody) {
        if (!is_counter(target.name)) map.missing.push_back(target.name);
        continue;
      }
      const NamedShape& source = source_[taken_[t]];
      if (const std::optional<Fit> fit = fit_of(source.shape, target.shape, options_)) {
        map.matched.push_back(
            {.target = target.name, .source = source.name, .fit = *fit, .by_structure = by_structure_[t]});
      } else {
        map.mis_shaped.push_back({.target = target, .source = source});
      }
    }
    for (std::size_t s = 0; s < source_.size(); ++s) {
      if (taker_[s] == kNobody) map.unused.push_back(source_[s].name);
    }
    return map;
  }

 private:
  static std::unordered_map<std::string_view, std::size_t> unique_index(
      const std::vector<std::string>& names) {
    std::unordered_map<std::string_view, std::size_t> index;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto [found, is_new] = index.emplace(names[i], i);
      if (!is_new) found->second = kNobody;
    }
    return index;
  }

  static std::vector<std::size_t> left_over(const std::vector<NamedShape>& list,
                                            const std::vector<std::size_t>& partner) {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (partner[i] == kNobody && !is_counter(list[i].name)) indices.push_back(i);
    }
    return indices;
  }

  void take(std::size_t target, std::size_t source) {
    taken_[target] = source;
    taker_[source] = target;
  }

  const std::vector<NamedShape>& source_;
  const std::vector<NamedShape>& target_;
  const NameMapOptions& options_;
  std::vector<std::size_t> taker_;  // of each source
  std::vector<std::size_t> taken_;  // by each target
  std::vector<bool> by_structure_;
};

}  // namespace

std::vector<NamedShape> shapes_of(const NamedTensors& tensors) {
  std::vector<NamedShape> shapes;
  for (const auto& [name, tensor] : tensors) shapes.push_back({.name = name, .shape = tensor.sizes().vec()});
  return shapes;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

NameMap map_names(const std::vector<NamedShape>& source, const std::vector<NamedShape>& target,
                  const NameMapOptions& options) {
  const std::vector<std::string> source_names = names_of(source);
  const std::vector<std::string> target_names = names_of(target);
  const std::vector<std::string> plain_targets = translate(target_names, dialects().front());
  Matcher matcher(source, target, options);
  matcher.match_names(source_names, target_names);

  std::string dialect;
  std::vector<std::string> best;
  std::size_t most = 0;
  for (const Dialect& candidate : dialects()) {
    std::vector<std::string> words = translate(source_names, candidate);
    const std::size_t count = matcher.count_found(words, plain_targets);
    if (count <= most) continue;
    most = count;
    dialect = candidate.name;
    best = std::move(words);
  }
  if (most > 0) matcher.match_names(best, plain_targets);
  if (options.structural) matcher.match_rest();
  NameMap map = matcher.result();
  map.dialect = dialect;
  return map;
}

std::vector<std::string> NameMap::left_over() const {
  std::vector<std::string> names;
  std::ranges::copy_if(unused, std::back_inserter(names),
                       [](const std::string& name) { return !name.ends_with("num_batches_tracked"); });
  return names;
}

std::size_t NameMap::by_structure() const {
  return static_cast<std::size_t>(std::ranges::count_if(matched, &NameMatch::by_structure));
}

std::string NameMap::report() const {
  std::string text = fmt::format("{} matched, {} missing, {} of another shape, {} unused", matched.size(),
                                 missing.size(), mis_shaped.size(), unused.size());
  if (!dialect.empty()) text += fmt::format(" (names of {})", dialect);
  text += '\n';
  const auto list = [&text](const char* what, const auto& items, const auto& line) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i == kListed) {
        text += fmt::format("{}: {} more\n", what, items.size() - kListed);
        return;
      }
      text += fmt::format("{}: {}\n", what, line(items[i]));
    }
  };
  list("missing", missing, quoted_name);
  list("another shape", mis_shaped, [](const MisShaped& pair) {
    return fmt::format("{} {} from {} {}", quoted_name(pair.target.name), shape_text(pair.target.shape),
                       quoted_name(pair.source.name), shape_text(pair.source.shape));
  });
  list("unused", unused, quoted_name);
  for (const NameMatch& match : matched) {
    if (match.by_structure) {
      text += fmt::format("by structure: {} from {}\n", quoted_name(match.target), quoted_name(match.source));
    }
  }
  return text;
}

}  // namespace zoetrope::weights
