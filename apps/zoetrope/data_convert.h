#pragma once
// The third action of `zoetrope data`: labelled clips as a set of trimmed videos in ActivityNet's form, beside which
// a detector learns from untrimmed ones.

#include "apps/zoetrope/data_check.h"

namespace zoetrope::cli {

/// Writes `options.output`, prints what it holds, returns the exit code. Throws Error.
int run_convert(const CheckOptions& options, ProgressMode mode);

}  // namespace zoetrope::cli
