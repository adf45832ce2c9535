#include "zoetrope/training/detection_recipe.h"

namespace zoetrope::training {

void describe(ConfigFields& f, DetectionDataOptions& o) {
  f.field("train", o.train, "untrimmed videos with their classes");
  f.field("validation", o.validation, "what the model is measured on; without annotations those of train");
  f.field("trimmed", o.trimmed, "trimmed clips that teach what an action looks like; may be left out");
  f.field("validate", o.validate, "measure the model at all");
  f.field("sample", o.sample, "every so many-th frame is taken").range(1, 1 << 20);
  f.field("fps", o.fps, "frames of the features a second; 0: what the videos' durations tell").range(0, 1e6);
}

void describe(ConfigFields& f, DetectionRecipe& o) {
  f.field("task", o.task, "what is trained").choices({kDetectionTask});
  describe(f, o.run);
  f.field("data", o.data, "features and labels");
  f.field("batch", o.batch, "untrimmed videos of a step, and as many trimmed clips").range(1, 1 << 16);
  f.field("trimmed", o.trimmed, "what a trimmed clip's feature is");
  f.field("loss", o.loss, "weights of its parts");
  f.field("decoding", o.decoding, "what makes the segments");
  f.field("extractor", o.extractor, "what has made the features, for 'detect' of videos");
}

}  // namespace zoetrope::training
