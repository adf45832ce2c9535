#pragma once
// How the authors of a model test it: what an import takes for granted where nothing else is said.

#include <string>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/models/model.h"

namespace zoetrope::bundle {

/// Of a registered name, built: frames and side are the model's own, the rest is that of the published checkpoints of
/// its source (models/list.h says which): torchvision's references, the model zoos of PyTorchVideo and SlowFast,
/// 3D-ResNets-PyTorch's options, pytorch-i3d, TSM. A checkpoint of another training may need another.
[[nodiscard]] Preprocessing published_preprocessing(const std::string& model_name,
                                                    const models::Model& model);

}  // namespace zoetrope::bundle
