#pragma once
// c10d's reducer.hpp includes a header of LibTorch that Debian's package leaves out, and takes two names from
// it. These are they, in the shape that the library was built with: a pointer to a class that nobody here
// looks into, and the kind of a callback. Only on the include path where the real one is missing
// (zoetrope/training/CMakeLists.txt).

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

namespace torch::distributed::autograd {

class DistAutogradContext {
 public:
  using GradCallback = std::function<bool(at::Tensor&)>;
};

using ContextPtr = std::shared_ptr<DistAutogradContext>;

}  // namespace torch::distributed::autograd
