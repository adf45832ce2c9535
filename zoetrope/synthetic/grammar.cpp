#include "zoetrope/synthetic/grammar.h"

#include <algorithm>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/synthetic/actions.h"

namespace zoetrope::synthetic {
namespace {

constexpr std::size_t kDefaultActivities = 4;

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

std::vector<ActivityOptions> default_activities(const std::vector<std::string>& actions) {
  static const char* const kNames[kDefaultActivities] = {"rehearsal", "parade", "drill", "recess"};
  const std::size_t n = actions.size();
  std::vector<ActivityOptions> activities;
  for (std::size_t k = 0; k < kDefaultActivities; ++k) {
    ActivityOptions activity{.name = kNames[k], .steps = {}};
    for (std::size_t i = 0; i < n / 2 + 1; ++i) {
      const std::size_t at = k * n / kDefaultActivities + i;
      std::string step = actions[at % n];
      if (i % 3 == 2 && n > 1) step += " | " + actions[(at + n / 2) % n];
      if (i % 4 == 3) step += " ?";
      activity.steps.push_back(step);
    }
    activities.push_back(activity);
  }
  return activities;
}

}  // namespace

Step parse_step(const std::string& text) {
  Step step;
  std::string rest = trimmed(text);
  if (rest.ends_with('?')) {
    step.optional = true;
    rest.pop_back();
  }
  for (std::size_t begin = 0; begin <= rest.size();) {
    const std::size_t end = std::min(rest.find('|', begin), rest.size());
    step.choices.push_back(find_action(trimmed(rest.substr(begin, end - begin))).name);
    begin = end + 1;
  }
  return step;
}

std::vector<ActivityOptions> activities_of(const WorldOptions& world) {
  return world.untrimmed.activities.empty() ? default_activities(world.actions) : world.untrimmed.activities;
}

std::vector<std::string> draw_transcript(const ActivityOptions& activity, double swap, Random& random) {
  std::vector<std::string> transcript;
  std::string first;
  for (const std::string& text : activity.steps) {
    const Step step = parse_step(text);
    const std::string& choice = random.pick(step.choices);
    if (first.empty()) first = choice;
    if (!step.optional || random.chance(0.5)) transcript.push_back(choice);
  }
  if (transcript.empty()) transcript.push_back(first);
  for (std::size_t i = 0; i + 1 < transcript.size(); ++i) {
    if (random.chance(swap)) std::swap(transcript[i], transcript[i + 1]);
  }
  transcript.erase(std::unique(transcript.begin(), transcript.end()), transcript.end());
  return transcript;
}

}  // namespace zoetrope::synthetic
