#include "zoetrope/models/state.h"

#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "zoetrope/core/error.h"

namespace zoetrope::models {
namespace {

void collect(const torch::nn::Module& module, const std::string& prefix, NamedTensors& state) {
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    if (parameter.value().defined()) state.emplace_back(prefix + parameter.key(), parameter.value());
  }
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
    if (buffer.value().defined()) state.emplace_back(prefix + buffer.key(), buffer.value());
  }
  for (const auto& child : module.named_children())
    collect(*child.value(), prefix + child.key() + ".", state);
}

// What keeps a load from fitting, in words for one message.
struct Misfits {
  std::vector<std::string> missing;
  std::vector<std::string> left_over;
  std::vector<std::string> shapes;

  [[nodiscard]] std::string text() const {
    std::string text;
    const auto append = [&text](const char* what, const std::vector<std::string>& names) {
      if (names.empty()) return;
      text +=
          fmt::format("{}{} ({}): {}", text.empty() ? "" : "; ", what, names.size(), fmt::join(names, ", "));
    };
    append("missing", missing);
    append("left over", left_over);
    append("of another shape", shapes);
    return text;
  }
};

std::string shapes_text(const std::string& name, const torch::Tensor& ours, const torch::Tensor& theirs) {
  return fmt::format("{} [{}] for [{}]", name, fmt::join(theirs.sizes(), ", "),
                     fmt::join(ours.sizes(), ", "));
}

}  // namespace

NamedTensors state_of(const torch::nn::Module& model) {
  NamedTensors state;
  collect(model, "", state);
  return state;
}

std::int64_t num_parameters(const torch::nn::Module& model) {
  std::set<const void*> seen;
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : model.parameters()) {
    if (seen.insert(parameter.unsafeGetTensorImpl()).second) count += parameter.numel();
  }
  return count;
}

void save_state(const torch::nn::Module& model, const std::string& path, const weights::Metadata& metadata) {
  weights::write_safetensors(path, state_of(model), metadata);
}

void load_state(torch::nn::Module& model, const NamedTensors& tensors, LoadMode mode) {
  std::map<std::string_view, const torch::Tensor*> theirs;
  for (const auto& [name, tensor] : tensors) theirs.emplace(name, &tensor);
  std::vector<std::pair<torch::Tensor, const torch::Tensor*>> copies;
  Misfits misfits;
  for (const auto& [name, tensor] : state_of(model)) {
    const auto found = theirs.find(name);
    if (found == theirs.end()) {
      if (mode == LoadMode::kStrict && !name.ends_with("num_batches_tracked"))
        misfits.missing.push_back(name);
      continue;
    }
    if (found->second->sizes() != tensor.sizes()) {
      misfits.shapes.push_back(shapes_text(name, tensor, *found->second));
    } else {
      copies.emplace_back(tensor, found->second);
    }
    theirs.erase(found);
  }
  if (mode == LoadMode::kStrict) {
    for (const auto& [name, tensor] : tensors) {
      if (theirs.contains(name)) misfits.left_over.push_back(name);
    }
  }
  if (const std::string text = misfits.text(); !text.empty()) {
    throw Error::model("the weights do not fit the model: {}", text);
  }
  if (copies.empty() && !tensors.empty()) {
    throw Error::model("the weights do not fit the model: none of their {} names is the model's",
                       tensors.size());
  }
  const torch::NoGradGuard no_grad;
  for (const auto& [ours, source] : copies) ours.copy_(*source);
}

}  // namespace zoetrope::models
