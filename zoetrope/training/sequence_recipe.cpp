#include "zoetrope/training/sequence_recipe.h"

namespace zoetrope::training {

void describe(ConfigFields& f, SequenceDataOptions& o) {
  f.field("train", o.train, "what the model learns from");
  f.field("validation", o.validation, "what it is measured on; without a root that of train");
  f.field("validate", o.validate, "measure it at all");
  f.field("sample", o.sample, "every so many-th frame is taken").range(1, 1 << 20);
  f.field("fps", o.fps, "frames of the features a second; 0: not known").range(0, 1e6);
}

void describe(ConfigFields& f, SequenceRecipe& o) {
  f.field("task", o.task, "what is trained").choices({kSegmentationTask});
  describe(f, o.run);
  f.field("data", o.data, "features and labels");
  f.field("supervision", o.supervision, "what a training video tells");
  f.field("labelled", o.labelled, "share of the videos with labels, of mixed supervision").range(0, 1);
  f.field("teaching", o.teaching, "for how long the decoder is given the true actions");
  f.field("teaching_epochs", o.teaching_epochs, "of 'first'").at_least(0);
  f.field("mucon", o.mucon, "MuCon's losses");
  f.field("sct", o.sct, "SCT's losses");
  f.field("decoding", o.decoding.decode, "what makes the segments");
  f.field("class_means", o.decoding.class_means,
          "lengths are fitted about their class's mean, not each its own");
  f.field("extractor", o.extractor, "the bundle that computes the features, for 'segment' of videos");
}

}  // namespace zoetrope::training
