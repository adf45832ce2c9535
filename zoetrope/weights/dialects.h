#pragma once
// The names that code bases give to the tensors of the same networks, as rewriting rules towards the names of
// the models here: torchvision's for residual networks, PyTorchVideo's for video networks.

#include <string>
#include <utility>
#include <vector>

namespace zoetrope::weights {

struct Dialect {
  std::string name;
  /// Regular expressions and what replaces each of their matches, applied one after another.
  std::vector<std::pair<std::string, std::string>> rules;
};

/// All dialects. The first has no rules: the names as they are.
[[nodiscard]] const std::vector<Dialect>& dialects();

/// Names without what wrappers and frameworks put before them: "module.", "model.", "backbone.", "encoder.",
/// "base_model.", "net.", "_orig_mod.", again and again.
[[nodiscard]] std::string without_prefixes(std::string name);

/// The names in the target's words, each without prefixes and by the dialect's rules.
[[nodiscard]] std::vector<std::string> translate(const std::vector<std::string>& names,
                                                 const Dialect& dialect);

}  // namespace zoetrope::weights
