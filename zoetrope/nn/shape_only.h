#pragma once
// Networks as shapes: built in no time and run without computing, to be counted or listed.
//
//   const nn::ShapeOnly shapes;
//   auto model = models::make_model("slowfast_r101");         // no weight is allocated or drawn
//   model->run({torch::empty({1, 3, 32, 224, 224}), ...});    // the output's shape
//
// While one lives, tensors that the calling thread makes lie on LibTorch's meta device. Nothing may look at
// their values.

#include <c10/core/impl/LocalDispatchKeySet.h>

namespace zoetrope::nn {

class ShapeOnly {
 public:
  ShapeOnly();

 private:
  c10::impl::IncludeDispatchKeyGuard guard_;
};

}  // namespace zoetrope::nn
