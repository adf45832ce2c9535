#pragma once
// What verbs for networks of feature sequences are given: features, or videos to compute them of.
//
//   InputBatch batch(options.on_error);
//   for (const fs::path& input : feature_inputs(options.inputs, options.output, batch))
//     batch.run(input, [&] { run.add(input); });
//   return batch.exit_code();

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "apps/zoetrope/program.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/progress.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::cli {

/// Whether a path names features (.npy) and no video.
[[nodiscard]] bool is_features(const std::filesystem::path& path);

/// Inputs that are worked on one after the other; of those that fail, each is said at once.
class InputBatch {
 public:
  struct Failure {
    std::string input, error;
  };

  /// `on_error`: "skip" goes on with the next input, "fail" stops.
  explicit InputBatch(const std::string& on_error) : skips_(on_error == "skip") {}

  /// Errors of `work` get the input's name in front. Throws them where the batch stops, and always
  /// where a signal ended the work (kInterrupted).
  void run(const std::filesystem::path& input, const std::function<void()>& work);
  /// Throws the error where the batch stops.
  void fail(const std::string& input, const Error& error);

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

/// Files as given; a folder stands for the features in it, or, where it holds none, for the videos below it
/// but those in the folder of results. A folder with neither is a failure of the batch.
[[nodiscard]] std::vector<std::filesystem::path> feature_inputs(const std::vector<std::string>& inputs,
                                                                const std::filesystem::path& results,
                                                                InputBatch& batch);

/// Throws Error (kUsage) where two files would share a result, NAME.json; `hint` ends its line.
void refuse_equal_names(const std::vector<std::filesystem::path>& files, const std::string& hint = "");

/// What `run` makes of a video's features, which it computes with the progress that it is given.
template <typename Run>
auto with_progress(const media::VideoReader& reader, ProgressMode mode, Run&& run) {
  const std::string name = std::filesystem::path(reader.info().path).filename().string();
  Progress progress({.label = name + ", features", .total = reader.num_frames(), .mode = mode});
  return run([&progress](std::int64_t done, std::int64_t) {
    throw_if_interrupted();
    progress.advance(done - progress.done());
  });
}

}  // namespace zoetrope::cli
