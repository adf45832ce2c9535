#pragma once
// The second action of `zoetrope data`: features made up, for label sequences or for a detector.

#include <cstdint>
#include <string>
#include <vector>

#include "apps/zoetrope/program.h"
#include "zoetrope/data/feature_generator.h"

namespace zoetrope::cli {

struct GenerateOptions {
  std::string task = "segmentation";
  std::vector<std::string> detection;  // key=value
  std::string sequences, mapping, background;
  std::int64_t every = 1;
  data::GeneratorOptions features;
  data::GeneratedSplits splits;
  std::string segmentation_alone;  // a flag that was given, and that sets for detection do not have
  bool force = false;
};

/// The first flag that was given and that is of segmentation alone; else "".
[[nodiscard]] std::string flag_of_segmentation(const CLI::App& command);

void add_generate_flags(Program& program, CLI::App& command, GenerateOptions& options);

/// Writes the set to the folder `output`, prints what it holds, returns the exit code. Throws Error.
int run_generate(const GenerateOptions& options, const std::string& output, bool json, ProgressMode mode);

}  // namespace zoetrope::cli
