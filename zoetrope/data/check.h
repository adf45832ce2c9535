#pragma once
// Are the files of a data set all there and whole? Decodes every frame of every file, or reads every number
// of its features, before a training does.
//
//   data::CheckReport report = data::check_files(dataset, {.workers = 8});
//   for (const data::FileProblem& each : report.problems) use(each.path, each.problem);

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "zoetrope/data/dataset.h"
#include "zoetrope/data/feature_file.h"

namespace zoetrope::data {

enum class FileFault {
  kMissing,  ///< not there
  kBroken,   ///< nothing of it can be decoded
  kDamaged,  ///< some frames cannot be decoded
  kSegment,  ///< a sample's segment begins at or after the video's end
  kLength    ///< features of other sides than their labels or the other files have
};
/// "missing", "broken", "damaged", "segment", "length"
[[nodiscard]] const char* name_of(FileFault fault);

struct FileProblem {
  std::filesystem::path path;
  FileFault fault = FileFault::kMissing;
  std::string problem;           ///< in words, one line, without the path
  std::int64_t lost_frames = 0;  ///< of kDamaged
};

struct CheckReport {
  std::int64_t files = 0;                  ///< different ones
  std::int64_t frames = 0;                 ///< that were decoded
  std::vector<FileProblem> problems = {};  ///< in the order of the samples
};

struct CheckOptions {
  bool decode = true;  ///< else: only whether the files are there
  int workers = 0;     ///< files at once; 0: as many as the machine has cores
  /// Called after each file, from the workers' threads.
  std::function<void()> on_file = {};
};

/// How many different files the samples are of.
[[nodiscard]] std::int64_t count_files(const Dataset& dataset);

/// What is wrong with the files is in the report. Throws Error (kInterrupted) after Ctrl-C, as of
/// core/interrupt.h.
[[nodiscard]] CheckReport check_files(const Dataset& dataset, const CheckOptions& options = {});

/// A feature file and what it goes with.
struct WantedFeatures {
  std::filesystem::path path = {};
  std::int64_t num_frames = 0;        ///< of its labels; 0: not known
  std::filesystem::path beside = {};  ///< another file that should be as long; empty: none
};

/// The same for feature files (.npy): missing, broken (no such array, a number that is not finite), longer or
/// shorter than they should be by more than `slack` frames, or of other dimensions than the first file of their
/// folder. Which side is time follows from the lengths that are known, as for segmentation_set.h; else [D, T].
[[nodiscard]] CheckReport check_features(const std::vector<WantedFeatures>& files, std::int64_t slack,
                                         const CheckOptions& options = {});

}  // namespace zoetrope::data
