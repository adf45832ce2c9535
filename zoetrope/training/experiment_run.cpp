#include "zoetrope/training/experiment_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "zoetrope/core/child_process.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/training/experiment_store.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

/// Throws unless each of `chosen` is one of `known`.
template <typename T>
void check_chosen(const std::vector<T>& chosen, const std::vector<T>& known, const char* what) {
  for (const T& each : chosen) {
    if (std::ranges::find(known, each) != known.end()) continue;
    std::string hint;
    if constexpr (std::is_same_v<T, std::string>) hint = did_you_mean(each, known);
    throw Error::usage("there is no {} '{}' in this experiment{}", what, each, hint);
  }
}

bool is_chosen(const PlannedRun& run, const Experiment& experiment, const ExperimentRunOptions& options) {
  const auto among = [](const auto& chosen, const auto& each) {
    return chosen.empty() || std::ranges::find(chosen, each) != chosen.end();
  };
  return among(options.seeds, run.seed) && among(options.splits, run.split) &&
         among(options.rows, experiment.rows[run.row].name);
}

/// Several threads run what is planned; a command that two runs share is run by one, and the other waits.
class Workers {
 public:
  Workers(CommandStore& store, const ExperimentRunOptions& options, const CommandRunner& runner)
      : store_(store), options_(options), runner_(runner) {}

  void run(const std::vector<std::vector<StoredCommand>>& runs) {
    for (const auto& commands : runs) {
      for (const StoredCommand& command : commands) {
        if (!store_.is_done(command)) states_.emplace(command.key, State::kMissing);
      }
    }
    if (!states_.empty()) log_info("{} commands to run, {} at a time", states_.size(), options_.jobs);
    std::vector<std::thread> threads;
    for (int i = 0; i < options_.jobs; ++i) threads.emplace_back([&] { work(runs); });
    for (std::thread& thread : threads) thread.join();
    if (failed_) std::rethrow_exception(failed_);
    throw_if_interrupted();
  }

 private:
  enum class State { kMissing, kRunning, kDone, kFailed };

  void work(const std::vector<std::vector<StoredCommand>>& runs) {
    try {
      while (!interrupted()) {
        const std::size_t next = next_++;
        if (next >= runs.size()) return;
        for (const StoredCommand& command : runs[next]) {
          if (!ensure(command)) break;
        }
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failed_) failed_ = std::current_exception();
      next_ = runs.size();
      changed_.notify_all();
    }
  }

  /// Whether the command is done, by now or before.
  bool ensure(const StoredCommand& command) {
    std::unique_lock lock(mutex_);
    const auto found = states_.find(command.key);
    if (found == states_.end()) return true;
    State& state = found->second;
    changed_.wait(lock, [&] { return state != State::kRunning || failed_; });
    if (state != State::kMissing || failed_) return state == State::kDone;
    state = State::kRunning;
    log_info("{} of {}, {}: {}", ++started_, states_.size(), clock_text(seconds_since(begin_)), command.text);
    lock.unlock();
    State now = State::kMissing;
    try {
      now = store_.run(command, runner_, options_.threads) ? State::kDone : State::kFailed;
    } catch (...) {
      finish(state, State::kFailed);
      throw;
    }
    finish(state, now);
    return now == State::kDone;
  }

  void finish(State& state, State now) {
    const std::lock_guard lock(mutex_);
    state = now;
    changed_.notify_all();
  }

  CommandStore& store_;
  const ExperimentRunOptions& options_;
  const CommandRunner& runner_;
  const Clock::time_point begin_ = Clock::now();
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::map<std::string, State> states_;
  std::size_t started_ = 0;
  std::exception_ptr failed_;
};

/// "2:f1.10": of the second command; "f1.10": of the last.
std::pair<std::size_t, std::string> command_of(const std::string& path, std::size_t commands) {
  const std::size_t colon = path.find(':');
  const bool numbered =
      colon != std::string::npos && colon > 0 &&
      std::ranges::all_of(path.substr(0, colon), [](char c) { return c >= '0' && c <= '9'; });
  if (!numbered) return {commands, path};
  const std::size_t number = std::stoul(path.substr(0, colon));
  if (number < 1 || number > commands)
    throw Error::usage("'{}' names command {} of {}", path, number, commands);
  return {number, path.substr(colon + 1)};
}

std::map<std::string, double> values_of(const Experiment& experiment, const CommandStore& store,
                                        const std::vector<StoredCommand>& commands) {
  std::map<std::string, double> values;
  for (const ExperimentMetric& metric : experiment.metrics) {
    const auto [number, path] = command_of(metric.path, commands.size());
    const StoredCommand& command = commands[number - 1];
    const double value =
        path == "@seconds" ? store.seconds_of(command) : number_at(store.output_of(command), path);
    values[metric.name] = metric.factor * value;
  }
  return values;
}

void check_options(const Experiment& experiment, const ExperimentRunOptions& options) {
  const ExperimentScale& scale = find_scale(experiment, options.scale);
  std::vector<std::string> rows;
  for (const ExperimentRow& row : experiment.rows) rows.push_back(row.name);
  check_chosen(options.rows, rows, "row");
  check_chosen(options.seeds, scale.seeds, "seed");
  check_chosen(options.splits, scale.splits, "split");
}

}  // namespace

CommandRunner program_runner() {
  return [program = this_program().string()](const CommandJob& job) {
    std::vector<std::string> words = {program};
    words.insert(words.end(), job.words.begin(), job.words.end());
    words.insert(words.end(), {"--progress", "none"});
    std::map<std::string, std::string> environment;
    if (!std::getenv("OMP_NUM_THREADS")) environment["OMP_NUM_THREADS"] = std::to_string(job.threads);
    return run_child(
        {.words = words, .output = job.output, .errors = job.errors, .environment = environment});
  };
}

ExperimentResult run_experiment(const Experiment& experiment, const ExperimentRunOptions& options,
                                const CommandRunner& runner) {
  check_options(experiment, options);
  const std::string how =
      experiment.timed ? fmt::format("{} at a time, {} threads", options.jobs, options.threads) : "";
  CommandStore store(options.results / "work", options.data, options.program, how);
  const std::vector<PlannedRun> plan = plan_runs(experiment, options.scale);
  std::vector<std::vector<StoredCommand>> all, chosen;
  for (const PlannedRun& run : plan) {
    all.push_back(store.place(run));
    if (is_chosen(run, experiment, options)) chosen.push_back(all.back());
  }
  Workers(store, options, runner).run(chosen);
  ExperimentResult result{.experiment = experiment.name,
                          .scale = options.scale,
                          .program = options.program,
                          .machine = options.machine,
                          .note = find_scale(experiment, options.scale).note};
  std::map<std::string, double> seconds;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    ExperimentRun run{.row = experiment.rows[plan[i].row].name, .split = plan[i].split, .seed = plan[i].seed};
    const auto missing = std::ranges::find_if_not(
        all[i], [&](const StoredCommand& command) { return store.is_done(command); });
    if (missing == all[i].end()) {
      try {
        run.values = values_of(experiment, store, all[i]);
        for (const StoredCommand& command : all[i]) seconds[command.key] = store.seconds_of(command);
      } catch (const Error& error) {
        run.error = error.what();
      }
    } else if (is_chosen(plan[i], experiment, options)) {
      run.error = store.error_of(*missing);
    } else {
      continue;
    }
    result.runs.push_back(std::move(run));
  }
  for (const auto& [key, spent] : seconds) result.seconds += spent;
  write_result(result_path(options.results, experiment.name, options.scale), result);
  return result;
}

std::vector<PlannedRun> chosen_runs(const Experiment& experiment, const ExperimentRunOptions& options) {
  check_options(experiment, options);
  std::vector<PlannedRun> runs = plan_runs(experiment, options.scale);
  std::erase_if(runs, [&](const PlannedRun& run) { return !is_chosen(run, experiment, options); });
  return runs;
}

fs::path result_path(const fs::path& results, const std::string& experiment, const std::string& scale) {
  return results / fmt::format("{}.{}.json", experiment, scale);
}

double number_at(const std::string& text, const std::string& path) {
  using Json = nlohmann::json;
  const Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded())
    throw Error::failed("'{}': the command printed no JSON; --json is missing", path);
  const Json* at = &document;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, end - begin);
    if (at->is_array()) {
      char* rest = nullptr;
      const std::int64_t index = std::strtoll(key.c_str(), &rest, 10);
      const std::int64_t place = index < 0 ? index + std::ssize(*at) : index;
      if (*rest != 0 || key.empty() || place < 0 || place >= std::ssize(*at))
        throw Error::failed("'{}': no place '{}' in a list of {}", path, key, at->size());
      at = &(*at)[static_cast<std::size_t>(place)];
    } else {
      if (!at->is_object() || !at->contains(key))
        throw Error::failed("'{}': no '{}' in what the command printed", path, key);
      at = &(*at)[key];
    }
    begin = end + 1;
  }
  if (!at->is_number()) throw Error::failed("'{}': is no number in what the command printed", path);
  return at->get<double>();
}

}  // namespace zoetrope::training
