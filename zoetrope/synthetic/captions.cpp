#include "zoetrope/synthetic/captions.h"

#include <fmt/format.h>

#include <algorithm>

#include "zoetrope/synthetic/labels.h"

namespace zoetrope::synthetic {
namespace {

constexpr std::string_view kVowels = "aeiou";
constexpr std::size_t kAttributes = 4;  // of kTagCategories

bool is_vowel(char letter) {
  return kVowels.find(letter) != std::string_view::npos;
}

std::string with_article(const std::string& words) {
  return (is_vowel(words.front()) ? "an " : "a ") + words;
}

/// "rises" of "[something] rises".
std::string phrase_of(const std::string& action) {
  const std::string& sentence =
      action == kBackgroundLabel ? background_action().sentence : find_action(action).sentence;
  return sentence.substr(sentence.find(' ') + 1);
}

/// "striped fish", "fish".
std::string patterned(const ActorLook& look) {
  const std::string &pattern = actor_patterns()[look.pattern], &kind = actor_kinds()[look.kind];
  return pattern == "plain" ? kind : pattern + " " + kind;
}

std::string company_of(const VideoScript& script) {
  const std::vector<Companion>& others = script.companions;
  if (others.empty()) return "alone";
  if (others.size() > 1) return fmt::format("among {} others", others.size() == 2 ? "two" : "several");
  const ActorLook& look = others.front().look;
  return "beside " + with_article(actor_colours()[look.colour] + " " + actor_kinds()[look.kind]);
}

/// "move" of "moves", "approach" of "approaches".
std::string infinitive_of(std::string verb) {
  if (verb.ends_with("ches") || verb.ends_with("shes")) return verb.substr(0, verb.size() - 2);
  if (verb.ends_with('s')) verb.pop_back();
  return verb;
}

/// Of one syllable that ends in a vowel and a consonant: "spin", "clap".
bool doubles_its_end(const std::string& verb) {
  std::size_t syllables = 0;
  for (std::size_t i = 0; i < verb.size(); ++i)
    syllables += is_vowel(verb[i]) && (i == 0 || !is_vowel(verb[i - 1]));
  const std::size_t n = verb.size();
  return syllables == 1 && n > 2 && !is_vowel(verb[n - 1]) && is_vowel(verb[n - 2]) && !is_vowel(verb[n - 3]);
}

}  // namespace

std::string progressive_of(const std::string& phrase) {
  const std::size_t end = std::min(phrase.find(' '), phrase.size());
  std::string verb = infinitive_of(phrase.substr(0, end));
  if (verb.ends_with('e'))
    verb.pop_back();
  else if (doubles_its_end(verb))
    verb += verb.back();
  return verb + "ing" + phrase.substr(end);
}

std::vector<std::string> captions_of(const VideoScript& script, const WorldOptions& world,
                                     const LabelledSpan& action) {
  const ActorLook& look = script.actor;
  const std::string &colour = actor_colours()[look.colour], &kind = actor_kinds()[look.kind];
  const std::string scene = with_article(scene_spans(script).front().label);
  const std::string phrase = phrase_of(action.label), doing = progressive_of(phrase);
  const std::vector<std::string> attributes = tags_of(script, world)[kAttributes];
  const auto is = [&](const char* attribute) {
    return std::ranges::find(attributes, attribute) != attributes.end();
  };
  std::vector<std::string> captions = {
      fmt::format("{} {} in front of {}", with_article(colour + " " + patterned(look)), phrase, scene),
      fmt::format("the {} {} is {} {}", is("large") ? "large" : "small", kind, doing,
                  is("fast") ? "quickly" : "slowly"),
      fmt::format("there is {} with {} that {}", with_article(colour + " " + kind),
                  with_article(prop_kinds()[look.prop]), phrase),
      fmt::format("in front of {} {} is {}", scene, with_article(patterned(look)), doing),
      fmt::format("{} {} {}", with_article(kind), phrase, company_of(script))};
  if (!action.second.empty())
    captions.push_back(
        fmt::format("{} {} and {} at the same time", with_article(kind), phrase, phrase_of(action.second)));
  return captions;
}

}  // namespace zoetrope::synthetic
