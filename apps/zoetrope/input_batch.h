#pragma once
// Inputs of a verb, of which one that fails need not lose the others.
//
//   InputBatch batch(options.on_error);
//   for (const fs::path& video : videos) batch.run(video, [&] { analyze(video); });
//   return batch.exit_code();

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "apps/zoetrope/program.h"
#include "zoetrope/core/error.h"

namespace zoetrope::cli {

/// Inputs that are worked on one after the other; of those that fail, each is said at once.
class InputBatch {
 public:
  struct Failure {
    std::string input, error;
  };

  /// `on_error`: "skip" goes on with the next input, "fail" stops.
  explicit InputBatch(const std::string& on_error) : skips_(on_error == "skip") {}

  [[nodiscard]] bool skips() const noexcept { return skips_; }

  /// Errors of `work` get the input's name in front. Throws them where the batch stops, and always
  /// where a signal ended the work (kInterrupted).
  void run(const std::filesystem::path& input, const std::function<void()>& work);
  /// Throws the error where the batch stops.
  void fail(const std::string& input, const Error& error);

  /// The same of a line "INPUT: what is wrong", as of a search for videos.
  void refuse(const std::string& line);

  [[nodiscard]] std::int64_t num_done() const noexcept { return num_done_; }
  [[nodiscard]] const std::vector<Failure>& failures() const noexcept { return failures_; }
  /// 0, the failures' code where nothing succeeded, or kSomeInputsFailed.
  [[nodiscard]] int exit_code() const noexcept;

 private:
  bool skips_;
  std::int64_t num_done_ = 0;
  std::vector<Failure> failures_;
  int code_ = 0;
};

/// --on-error, for an InputBatch.
void add_on_error(Program& program, CLI::App& command, std::string& on_error);

}  // namespace zoetrope::cli
