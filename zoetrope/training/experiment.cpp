#include "zoetrope/training/experiment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <functional>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;

using Names = std::map<std::string, std::string>;

bool is_blank(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/// {data}, {out} and {1}: filled in where the command is run.
bool is_folder(const std::string& name) {
  return name == "data" || name == "out" ||
         (!name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }));
}

std::string text_of(const ConfigValue& value) {
  const auto* text = std::get_if<std::string>(&value.data);
  return text ? *text : to_inline_toml(value);
}

/// {{ and }} are braces themselves.
std::string fill(const std::string& word, const Names& names, const std::string& place) {
  std::string filled;
  std::size_t done = 0;
  while (true) {
    const std::size_t begin = word.find_first_of("{}", done);
    filled += word.substr(done, begin - done);
    if (begin == std::string::npos) return filled;
    if (begin + 1 < word.size() && word[begin + 1] == word[begin]) {
      filled += word[begin];
      done = begin + 2;
      continue;
    }
    const std::size_t end = word[begin] == '{' ? word.find('}', begin) : std::string::npos;
    if (end == std::string::npos)
      throw Error::usage("{}: a brace without its other one in '{}'; {{{{ and }}}} are braces themselves",
                         place, word);
    const std::string name = word.substr(begin + 1, end - begin - 1);
    const auto found = names.find(name);
    if (found == names.end() && !is_folder(name))
      throw Error::usage("{}: nothing fills {{{}}} of '{}'; a key of 'with' would", place, name, word);
    filled += found == names.end() ? word.substr(begin, end + 1 - begin) : found->second;
    done = end + 1;
  }
}

PlannedCommand fill_command(const std::string& text, const Names& names, const std::string& place) {
  PlannedCommand command;
  for (const std::string& word : split_words(text)) {
    const bool alone = word.size() > 2 && word.front() == '{' && word.find('}') == word.size() - 1;
    const std::string filled = fill(word, names, place);
    if (alone && !is_folder(word.substr(1, word.size() - 2)))
      std::ranges::copy(split_words(filled), std::back_inserter(command.words));
    else
      command.words.push_back(filled);
  }
  if (command.words.empty()) throw Error::usage("{}: a command without a word", place);
  command.text = join_words(command.words);
  return command;
}

/// What every {name} of a run stands for. Texts may hold names themselves, those of plain values.
Names names_of(const Experiment& experiment, const ExperimentScale& scale, const PlannedRun& run,
               const std::string& place) {
  const ExperimentRow& row = experiment.rows[run.row];
  Names plain = {{"split", std::to_string(run.split)}, {"seed", std::to_string(run.seed)}}, texts;
  for (const ConfigTable* table : {&experiment.with, &scale.with, &row.with}) {
    for (const auto& [key, value] : *table) {
      plain.erase(key);
      texts.erase(key);
      const bool has_names =
          std::holds_alternative<std::string>(value.data) && text_of(value).find('{') != std::string::npos;
      (has_names ? texts : plain)[key] = text_of(value);
    }
  }
  Names names = plain;
  for (const auto& [key, text] : texts) names[key] = fill(text, plain, place);
  return names;
}

/// Throws unless each name is one of `known`.
void check_names(const std::vector<std::string>& names, const std::vector<std::string>& known,
                 const std::string& place, const char* what) {
  for (const std::string& name : names) {
    if (std::ranges::find(known, name) == known.end())
      throw Error::usage("{}: '{}' is no {}{}", place, name, what, did_you_mean(name, known));
  }
}

void check_relation(const ExperimentRelation& relation, const std::vector<std::string>& rows,
                    const std::vector<std::string>& metrics, const std::string& place) {
  const std::string here = fmt::format("{}: relation '{}'", place, relation.claim);
  for (const auto* names : {&relation.higher, &relation.lower, &relation.alike})
    check_names(*names, rows, here, "row");
  check_names({relation.metric}, metrics, here, "metric");
  const bool ordered = !relation.higher.empty() && !relation.lower.empty() && relation.alike.empty();
  const bool alike = relation.alike.size() > 1 && relation.higher.empty() && relation.lower.empty();
  if (!ordered && !alike)
    throw Error::usage("{}: needs rows in both 'higher' and 'lower', or two in 'alike'", here);
}

void check(const Experiment& experiment, const std::string& place) {
  std::vector<std::string> rows, metrics;
  for (const ExperimentRow& row : experiment.rows) rows.push_back(row.name);
  for (const ExperimentMetric& metric : experiment.metrics) metrics.push_back(metric.name);
  if (rows.empty() || metrics.empty() || experiment.scales.empty())
    throw Error::usage("{}: needs rows, metrics and a scale", place);
  for (auto* names : {&rows, &metrics}) {
    std::vector<std::string> sorted = *names;
    std::ranges::sort(sorted);
    const auto twice = std::ranges::adjacent_find(sorted);
    if (twice != sorted.end()) throw Error::usage("{}: '{}' is there twice", place, *twice);
  }
  for (const ExperimentRow& row : experiment.rows) {
    std::vector<std::string> told;
    for (const auto& [name, value] : row.paper) told.push_back(name);
    check_names(told, metrics, fmt::format("{}: row '{}'", place, row.name), "metric");
    if (row.commands.empty() && experiment.commands.empty())
      throw Error::usage("{}: row '{}' has no commands", place, row.name);
  }
  for (const ExperimentRelation& relation : experiment.relations)
    check_relation(relation, rows, metrics, place);
  for (const auto& [name, scale] : experiment.scales) {
    if (scale.seeds.empty() || scale.splits.empty())
      throw Error::usage("{}: scale '{}' needs a seed and a split", place, name);
    static_cast<void>(plan_runs(experiment, name));
  }
}

}  // namespace

void describe(ConfigFields& f, ExperimentMetric& o) {
  f.field("name", o.name, "the column's").required();
  f.field("path", o.path, "where it is in a command's JSON").required();
  f.field("digits", o.digits, "behind the point").range(0, 9);
  f.field("factor", o.factor, "by which it is multiplied");
}

void describe(ConfigFields& f, ExperimentRow& o) {
  f.field("name", o.name, "the row's").required();
  f.field("data", o.data, "in place of the experiment's");
  f.field("commands", o.commands, "in place of the experiment's");
  f.field("with", o.with, "what names in the commands stand for");
  f.field("paper", o.paper, "the published numbers");
}

void describe(ConfigFields& f, ExperimentRelation& o) {
  f.field("claim", o.claim, "in words").required();
  f.field("metric", o.metric, "that is compared").required();
  f.field("of", o.of, "the means over seeds, or their deviations");
  f.field("higher", o.higher, "rows");
  f.field("lower", o.lower, "rows");
  f.field("by", o.by, "the least difference");
  f.field("times", o.times, "the least ratio; 0: not asked").at_least(0);
  f.field("alike", o.alike, "rows");
  f.field("within", o.within, "the largest difference of those").at_least(0);
  f.field("reason", o.reason, "why it does not hold, where it does not");
}

void describe(ConfigFields& f, ExperimentScale& o) {
  f.field("seeds", o.seeds, "of the runs");
  f.field("splits", o.splits, "of the data, over which a mean is taken");
  f.field("with", o.with, "what names in the commands stand for");
  f.field("note", o.note, "what differs from the published protocol");
}

void describe(ConfigFields& f, Experiment& o) {
  f.field("title", o.title, "of the table").required();
  f.field("source", o.source, "where it was published").required();
  f.field("note", o.note, "what one must know to read it");
  f.field("data", o.data, "the folder of the data set, looked for in --data");
  f.field("commands", o.commands, "of a row, one after another");
  f.field("metrics", o.metrics, "the columns");
  f.field("with", o.with, "what names in the commands stand for");
  f.field("timed", o.timed, "times are compared: one command runs at a time");
  f.field("scales", o.scales, "cpu, gpu: seeds, splits, and what else differs");
  f.field("rows", o.rows, "of the table");
  f.field("relations", o.relations, "that the paper claims");
}

Experiment load_experiment(const fs::path& path) {
  Experiment experiment;
  experiment.name = path.stem().string();
  experiment.file = path.string();
  experiment = load_config<Experiment>(path, {}, experiment);
  check(experiment, path.string());
  return experiment;
}

const ExperimentScale& find_scale(const Experiment& experiment, const std::string& name) {
  const auto found = experiment.scales.find(name);
  if (found != experiment.scales.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [each, scale] : experiment.scales) known.push_back(each);
  throw Error::usage("{}: no scale '{}'; there is {}", experiment.name, name, fmt::join(known, ", "));
}

std::vector<PlannedRun> plan_runs(const Experiment& experiment, const std::string& scale_name) {
  const ExperimentScale& scale = find_scale(experiment, scale_name);
  std::vector<PlannedRun> runs;
  for (std::size_t r = 0; r < experiment.rows.size(); ++r) {
    const ExperimentRow& row = experiment.rows[r];
    const std::string place = fmt::format("{}: row '{}'", experiment.name, row.name);
    for (const std::int64_t split : scale.splits) {
      for (const std::int64_t seed : scale.seeds) {
        PlannedRun run{.row = r, .split = split, .seed = seed};
        run.data = row.data.empty() ? experiment.data : row.data;
        const Names names = names_of(experiment, scale, run, place);
        for (const std::string& text : row.commands.empty() ? experiment.commands : row.commands)
          run.commands.push_back(fill_command(text, names, place));
        runs.push_back(std::move(run));
      }
    }
  }
  return runs;
}

fs::path find_data(const fs::path& root, const std::string& name) {
  if (fs::is_directory(root / name)) return root / name;
  std::error_code failed;
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(root, failed)) {
    if (fs::is_directory(entry.path() / name, failed)) found.push_back(entry.path() / name);
  }
  if (found.empty()) {
    throw Error::input("{}: no folder '{}' here or one level below; --data names the folder of the data sets",
                       root.string(), name);
  }
  return *std::ranges::min_element(found);
}

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  bool within = false;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        words.back() += c;
      continue;
    }
    if (is_blank(c)) {
      within = false;
      continue;
    }
    if (!within) words.emplace_back();
    within = true;
    if (c == '\'' || c == '"')
      quote = c;
    else
      words.back() += c;
  }
  if (quote != 0) throw Error::usage("a quote in '{}' does not end", text);
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    const bool plain = word.find_first_of("[]()<>|&;*?$`\\\"'#~! \t\n") == std::string::npos;
    if (!word.empty() && plain)
      text += word;
    else if (word.find('\'') == std::string::npos)
      text += "'" + word + "'";
    else
      text += "\"" + word + "\"";
  }
  return text;
}

}  // namespace zoetrope::training
