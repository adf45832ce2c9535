#include "zoetrope/models/list.h"

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/models/action_set.h"
#include "zoetrope/models/atfr_resnet3d.h"
#include "zoetrope/models/bottleneck_r2plus1d.h"
#include "zoetrope/models/captioner.h"
#include "zoetrope/models/csn.h"
#include "zoetrope/models/gru.h"
#include "zoetrope/models/hatnet.h"
#include "zoetrope/models/i3d.h"
#include "zoetrope/models/mucon.h"
#include "zoetrope/models/resnet2d.h"
#include "zoetrope/models/resnet3d.h"
#include "zoetrope/models/sct.h"
#include "zoetrope/models/slow.h"
#include "zoetrope/models/slowfast.h"
#include "zoetrope/models/tcfpn.h"
#include "zoetrope/models/tsn.h"
#include "zoetrope/models/tsrnet.h"
#include "zoetrope/models/video_resnet.h"
#include "zoetrope/models/x3d.h"

namespace zoetrope::models {
namespace {

std::vector<ModelEntry> make_list() {
  std::vector<ModelEntry> list;
  for (const auto& family : {
           resnet2d_models,  video_resnet_models, bottleneck_r2plus1d_models,
           resnet3d_models,  hatnet_models,       atfr_resnet3d_models,
           i3d_models,       tsn_models,          csn_models,
           slow_models,      slowfast_models,     x3d_models,
           mucon_models,     sct_models,          tsrnet_models,
           gru_models,       tcfpn_models,        action_set_models,
           captioner_models,
       }) {
    for (ModelEntry& model : family()) list.push_back(std::move(model));
  }
  return list;
}

}  // namespace

const ModelList& all_models() {
  static const ModelList list = make_list();
  return list;
}

const ModelEntry& find_model(std::string_view name, const ModelList& models) {
  std::vector<std::string> names;
  for (const ModelEntry& model : models) {
    if (model.name == name) return model;
    names.push_back(model.name);
  }
  throw Error::usage("unknown model '{}'{}", name, did_you_mean(name, names));
}

std::shared_ptr<Model> make_model(std::string_view name, const ConfigValue& options) {
  return find_model(name).build(options);
}

}  // namespace zoetrope::models
