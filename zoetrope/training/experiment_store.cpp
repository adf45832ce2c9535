#include "zoetrope/training/experiment_store.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "zoetrope/core/error.h"
#include "zoetrope/core/file_lock.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/sha256.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxOutputBytes = std::uint64_t{64} << 20;
constexpr std::size_t kKeyLetters = 12;

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// A recipe is a part of what the command depends on.
std::string text_of_recipe(const std::string& word) {
  const fs::path path(word);
  return path.extension() == ".toml" && fs::is_regular_file(path) ? read_text_file(path, kMaxConfigBytes)
                                                                  : "";
}

// Whether a {N} is left in it.
bool names_command(const std::string& word) {
  for (std::size_t at = word.find('{'); at != std::string::npos; at = word.find('{', at + 1)) {
    const std::size_t end = word.find_first_not_of("0123456789", at + 1);
    if (end != std::string::npos && end > at + 1 && word[end] == '}') return true;
  }
  return false;
}

void make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error::failed("{}: cannot be made: {}", folder.string(), failed.message());
}

}  // namespace

std::vector<StoredCommand> CommandStore::place(const PlannedRun& run) const {
  const fs::path data = run.data.empty() ? fs::path() : fs::canonical(find_data(data_, run.data));
  std::vector<StoredCommand> commands;
  for (const PlannedCommand& planned : run.commands) {
    StoredCommand command{.text = planned.text};
    std::string depends = how_;
    for (const std::string& word : planned.words) {
      std::string filled = word, named = word;
      if (data.empty() && word.find("{data}") != std::string::npos)
        throw Error::usage("'{}' has {{data}}, but the experiment names no data", planned.text);
      replace_all(filled, "{data}", data.string());
      named = filled;
      for (std::size_t n = 0; n < commands.size(); ++n) {
        const std::string place = fmt::format("{{{}}}", n + 1);
        replace_all(filled, place, (folder_of(commands[n]) / "out").string());
        replace_all(named, place, commands[n].key);
      }
      if (names_command(filled))
        throw Error::usage("'{}': {{N}} is the folder of an earlier command of the row", planned.text);
      // What an earlier command leaves, its key says already: its files are not there before it has run.
      depends += named + '\n' + (names_command(word) ? "" : text_of_recipe(filled)) + '\0';
      command.words.push_back(std::move(filled));
    }
    command.key = planned.words.front() + "-" + sha256_of_bytes(depends).substr(0, kKeyLetters);
    for (std::string& word : command.words) replace_all(word, "{out}", (folder_of(command) / "out").string());
    commands.push_back(std::move(command));
  }
  return commands;
}

bool CommandStore::is_done(const StoredCommand& command) const {
  return fs::exists(folder_of(command) / "done.json");
}

bool CommandStore::run(const StoredCommand& command, const CommandRunner& runner, int threads) {
  const fs::path folder = folder_of(command);
  make_folder(folder);
  // Another table, run by another process, may share the command.
  const FileLock lock(folder / "lock",
                      [&] { log_info("another process runs this, and is waited for: {}", command.text); });
  if (is_done(command)) return true;
  // A training goes on from what it left; other commands begin anew.
  if (command.words.front() != "train") fs::remove_all(folder / "out");
  make_folder(folder / "out");
  CommandJob job{.words = command.words,
                 .output = folder / "stdout.txt",
                 .errors = folder / "stderr.txt",
                 .threads = threads};
  const bool resumes = command.words.front() == "train" && fs::exists(folder / "out" / "checkpoint");
  if (resumes) job.words.emplace_back("--resume");
  const fs::path spent = folder / "spent.txt";
  double seconds =
      resumes && fs::exists(spent) ? std::strtod(read_text_file(spent, kMaxOutputBytes).c_str(), nullptr) : 0;
  const Clock::time_point begin = Clock::now();
  const int code = runner(job);
  seconds += std::chrono::duration<double>(Clock::now() - begin).count();
  if (code != 0) {
    write_file_atomically(spent, fmt::format("{}\n", seconds));
    throw_if_interrupted();
    log_warning("{}: {}", command.text, error_of(command));
    return false;
  }
  const Json done = {
      {"command", command.text}, {"seconds", seconds}, {"threads", threads}, {"program", program_}};
  write_file_atomically(folder / "done.json", done.dump(1) + "\n");
  return true;
}

std::string CommandStore::output_of(const StoredCommand& command) const {
  return read_text_file(folder_of(command) / "stdout.txt", kMaxOutputBytes);
}

std::string CommandStore::error_of(const StoredCommand& command) const {
  const fs::path path = folder_of(command) / "stderr.txt";
  std::string text = fs::exists(path) ? read_text_file(path, kMaxOutputBytes) : "";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::string line = text.substr(text.find_last_of('\n') + 1);
  return fmt::format("{}: {}", command.key, line.empty() ? "did not end well, without a word" : line);
}

double CommandStore::seconds_of(const StoredCommand& command) const {
  const fs::path path = folder_of(command) / "done.json";
  const Json done = Json::parse(read_text_file(path, kMaxOutputBytes), nullptr, false);
  if (done.is_discarded() || !done.contains("seconds") || !done["seconds"].is_number())
    throw Error::input("{}: is damaged; remove its folder, and the command runs again", path.string());
  return done["seconds"].get<double>();
}

}  // namespace zoetrope::training
