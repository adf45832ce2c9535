#pragma once
// A computed tensor against a fixture's summary of the authors' one.

#include <torch/torch.h>

#include <string>
#include <string_view>

#include "zoetrope/parity/fixture.h"

namespace zoetrope::parity {

enum class CheckKind { kOutput, kStage, kGradient };
[[nodiscard]] std::string_view name_of(CheckKind kind);

struct Check {
  std::string name = {};
  CheckKind kind = CheckKind::kOutput;
  /// The largest |a - b| / scale(b) over the kept elements, the mean and the standard deviation; infinite
  /// where a number is not finite. Of an exact summary: how many elements differ.
  double difference = 0;
  double tolerance = 0;  ///< 0 of an exact summary
  bool ok = false;
  std::string note =
      {};  ///< why the tensors cannot be compared: "shape [1, 400], not [1, 700]"; mostly empty
};

/// scale(b): the standard deviation of the authors' tensor, or |mean| where that is 1e6 times larger (a
/// single element, for one), plus 1e-12.
[[nodiscard]] double scale_of(const Summary& summary);

/// The mean and the standard deviation are compared, too: neither can differ by more than the largest
/// difference of an element, and they see the elements that the summary leaves out.
[[nodiscard]] Check compare(const torch::Tensor& computed, const Summary& summary, CheckKind kind,
                            double tolerance);

}  // namespace zoetrope::parity
