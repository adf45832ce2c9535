#include "zoetrope/training/sequence_methods.h"

#include <utility>

#include "zoetrope/training/action_set_objective.h"
#include "zoetrope/training/cdfl_objective.h"
#include "zoetrope/training/isba_objective.h"
#include "zoetrope/training/nnv_objective.h"
#include "zoetrope/training/segmentation_objective.h"

namespace zoetrope::training {

std::unique_ptr<Objective> make_sequence_objective(SequenceRecipe recipe, SequenceData data,
                                                   const models::ModelList& models) {
  switch (recipe.method) {
    case Method::kNnv:
      return std::make_unique<NnvObjective>(std::move(recipe), data, models);
    case Method::kCdfl:
      return std::make_unique<CdflObjective>(std::move(recipe), data, models);
    case Method::kIsba:
      return std::make_unique<IsbaObjective>(std::move(recipe), data, models);
    case Method::kActionSet:
      return std::make_unique<ActionSetObjective>(std::move(recipe), data, models);
    case Method::kNetwork:
      break;
  }
  return std::make_unique<SegmentationObjective>(std::move(recipe), data, models);
}

}  // namespace zoetrope::training
