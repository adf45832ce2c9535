#pragma once
// An experiment of two rows, and a program that is no program: its trainings say their rate.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/training/experiment_run.h"

namespace zoetrope::training {

inline constexpr const char* kTiny = R"(
title = "Rates"
source = "A book, table 1"
note = "Small."
data = "salads"
commands = ["train recipe.toml data={data} rate={rate} epochs={epochs} seed={seed} split={split} -o {out}",
            "score {1} --json {flags}"]
metrics = [{ name = "MoF", path = "mof.0", factor = 100 }, { name = "time", path = "1:@seconds" }]
with = { flags = "", epochs = 100 }
[scales.cpu]
seeds = [7, 8]
splits = [1, 2]
with = { epochs = 4 }
note = "Four epochs."
[[rows]]
name = "slow"
with = { rate = 0.1 }
paper = { MoF = 40 }
[[rows]]
name = "fast"
with = { rate = 0.5, flags = '--quick --more={epochs}' }
[[relations]]
claim = "fast is above slow"
metric = "MoF"
higher = ["fast"]
lower = ["slow"]
[[relations]]
claim = "slow is far above"
metric = "MoF"
higher = ["slow"]
lower = ["fast"]
by = 1
reason = "It was made up."
)";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("'" + from + "' is not there to be replaced");
  return text.replace(at, from.size(), to);
}

class TinyExperiment : public testing::Test {
 protected:
  TinyExperiment() : before_(std::filesystem::current_path()) {
    std::filesystem::create_directories(folder_.path() / "data/salads");
    std::filesystem::current_path(folder_.path());
    std::ofstream("recipe.toml") << "epochs = 1";
    set_log_level(LogLevel::kError);
  }
  ~TinyExperiment() override {
    std::filesystem::current_path(before_);
    set_log_level(LogLevel::kInfo);
  }

  Experiment load(const std::string& text) {
    std::ofstream(folder_.path() / "tiny.toml") << text;
    return load_experiment(folder_.path() / "tiny.toml");
  }
  std::string complaint_of(const std::string& text) {
    try {
      (void)load(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  ExperimentResult run(const std::string& text = kTiny, ExperimentRunOptions options = {}) {
    options.data = folder_.path();
    options.results = folder_.path() / "results";
    options.machine = "a machine";
    return run_experiment(load(text), options, [this](const CommandJob& job) { return pretend(job); });
  }

  // A training leaves its rate in its folder, from where scoring prints it.
  int pretend(const CommandJob& job) {
    const std::lock_guard lock(mutex_);
    ran_.push_back(job.words);
    std::ofstream out(job.output), err(job.errors);
    for (const std::string& word : job.words) {
      if (fails_.empty() || !word.starts_with(fails_)) continue;
      err << "one line\nerror: no such rate\n";
      return 1;
    }
    if (job.words[0] == "score") {
      std::ifstream rate(std::filesystem::path(job.words[1]) / "rate");
      out << "{\"mof\": [" << rate.rdbuf() << "]}\n";
      return 0;
    }
    const std::filesystem::path folder =
        job.words.back() == "--resume" ? job.words[job.words.size() - 2] : job.words.back();
    std::ofstream(folder / "rate") << job.words[3].substr(5);
    if (fails_ != "checkpoint") return 0;
    std::filesystem::create_directories(folder / "checkpoint");
    return 1;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path before_;
  std::mutex mutex_;
  std::vector<std::vector<std::string>> ran_;
  std::string fails_;
};

}  // namespace zoetrope::training
