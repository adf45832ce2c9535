#pragma once
// Networks of feature sequences among the models: MuCon, SCT, TSRNet, those of older methods, captioners. They
// are `Model`s like all others, so that the list, the counter, files, bundles and parity hold for them; what
// differs is what a clip is.
//
//   native input   one, "features" [1, D, T]: D numbers a frame, as .npy files have them
//   clip           the sequence itself, of any T that the pools leave a frame of
//   logits         the first output: [N, num_classes, T], a score for each frame; the label is its largest; of a
//                  network that classifies the whole (TSRNet) [N, num_classes]; of one that says words
//                  (captioner.h) [N, num_classes, steps]
//
// A second interface would have had to repeat all of `Model` for the sake of one dimension.

#include "zoetrope/models/model.h"

namespace zoetrope::models {

/// Whether the model takes features [N, D, T] where others take clips.
[[nodiscard]] inline bool takes_sequence(const Model& model) {
  constexpr std::size_t kSequenceDimensions = 3;
  const std::vector<InputSpec> inputs = model.native_inputs();
  return inputs.size() == 1 && inputs.front().shape.size() == kSequenceDimensions;
}

}  // namespace zoetrope::models
