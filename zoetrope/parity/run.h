#pragma once
// Runs what a parity fixture describes and compares it with the fixture's numbers.
//
//   parity::Report report = parity::run_fixture("resnet18.json");
//   std::cout << parity::format_report(report);

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/parity/compare.h"

namespace zoetrope::parity {

struct Report {
  std::string path = {};
  std::string model = {};   ///< as the fixture calls it
  std::string source = {};  ///< the authors' repository and file
  std::vector<std::string> problems =
      {};  ///< names or shapes of tensors, or outputs, that one side lacks; a line each
  std::vector<Check> checks = {};  ///< stages in order of computation, then outputs, then gradients

  /// No problems, every check within its tolerance, and at least one check.
  [[nodiscard]] bool ok() const;
};

/// Throws Error: kInput for a file that cannot be read, kUsage for a fixture of something that parity does
/// not know (the line names the kinds that it knows) or for a configuration that the model does not have.
[[nodiscard]] Report run_fixture(const std::filesystem::path& path);

/// A line for each check and problem.
[[nodiscard]] std::string format_report(const Report& report);

}  // namespace zoetrope::parity
