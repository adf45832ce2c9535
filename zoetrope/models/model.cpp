#include "zoetrope/models/model.h"

namespace zoetrope::models {

void Stages::keep(std::string_view name, const torch::Tensor& value) {
  std::string full = prefix_ + std::string(name);
  if (wanted_.empty() || wanted_.contains(full)) kept_.emplace_back(std::move(full), value);
}

void Stages::push(const std::string& prefix) {
  lengths_.push_back(prefix_.size());
  prefix_ += prefix + ".";
}

void Stages::pop() {
  prefix_.resize(lengths_.back());
  lengths_.pop_back();
}

}  // namespace zoetrope::models
