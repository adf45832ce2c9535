#pragma once
// The second action of `zoetrope data`: features made up for label sequences.

#include <cstdint>
#include <string>

#include "apps/zoetrope/program.h"
#include "zoetrope/data/feature_generator.h"

namespace zoetrope::cli {

struct GenerateOptions {
  std::string sequences, mapping, background;
  std::int64_t every = 1;
  data::GeneratorOptions features;
  data::GeneratedSplits splits;
};

void add_generate_flags(CLI::App& command, GenerateOptions& options);

/// Writes the set to the folder `output`, prints what it holds, returns the exit code. Throws Error.
int run_generate(const GenerateOptions& options, const std::string& output, bool json, ProgressMode mode);

}  // namespace zoetrope::cli
