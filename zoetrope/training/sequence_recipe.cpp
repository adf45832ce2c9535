#include "zoetrope/training/sequence_recipe.h"

namespace zoetrope::training {

void describe(ConfigFields& f, SequenceDataOptions& o) {
  f.field("train", o.train, "what the model learns from");
  f.field("validation", o.validation, "what it is measured on; without a root that of train");
  f.field("validate", o.validate, "measure it at all");
  f.field("sample", o.sample, "every so many-th frame is taken").range(1, 1 << 20);
  f.field("standardise", o.standardise, "features by their mean and deviation over the training videos");
  f.field("fps", o.fps, "frames of the features a second; 0: not known").range(0, 1e6);
}

void describe(ConfigFields& f, AlignmentRecipe& o) {
  f.field("frame_sampling", o.frame_sampling, "frames from one possible boundary to the next")
      .range(1, 1 << 20);
  f.field("beam", o.beam, "hypotheses that live on after a step; 0: all").at_least(0);
  f.field("max_length", o.max_length, "of a segment").range(2, 1 << 24);
}

void describe(ConfigFields& f, NnvOptions& o) {
  f.field("buffer", o.buffer, "videos whose alignments are kept; 0: all").at_least(0);
  f.field("buffered", o.buffered, "frames from the buffer for each of the video's own").range(0, 1e6);
  f.field("batch", o.batch, "frames of a step").range(1, 1 << 20);
}

void describe(ConfigFields& f, IsbaOptions& o) {
  f.field("passes", o.passes, "over the training videos in a round, an epoch of the run").range(1, 1'000'000);
  f.field("batch", o.batch, "videos of a step").range(1, 1 << 16);
  f.field("threshold", o.insertion.threshold, "by which probabilities differ for a boundary to move")
      .range(0, 1);
  f.field("randomness", o.insertion.randomness, "how often a boundary moves the other way").range(0, 1);
  f.field("repeats", o.insertion.repeats, "of the class that is inserted").range(1, 1000);
  f.field("patience", o.patience, "rounds without a smaller video-level loss before the run ends")
      .at_least(0);
  f.field("restart", o.restart, "every round begins with new weights");
}

void describe(ConfigFields& f, ActionSetTraining& o) {
  f.field("batch", o.batch, "frames of a step").range(1, 1 << 20);
  f.field("pool", o.pool, "videos whose frames are shuffled together").range(1, 1 << 20);
  f.field("transcripts", o.transcripts, "of the grammar that is drawn from the sets").range(1, 100'000);
  f.field("min_length", o.min_length, "the least mean length of a class").range(1e-3, 1e6);
}

void describe(ConfigFields& f, SequenceRecipe& o) {
  f.field("task", o.task, "what is trained").choices({kSegmentationTask});
  describe(f, o.run);
  f.field("data", o.data, "features and labels");
  f.field("method", o.method, "how the network learns");
  f.field("supervision", o.supervision, "what a training video tells");
  f.field("labelled", o.labelled, "share of the videos with labels, of mixed supervision").range(0, 1);
  f.field("teaching", o.teaching, "for how long the decoder is given the true actions");
  f.field("teaching_epochs", o.teaching_epochs, "of 'first'").at_least(0);
  f.field("mucon", o.mucon, "MuCon's losses");
  f.field("sct", o.sct, "SCT's losses");
  f.field("alignment", o.alignment, "how videos are aligned: nnv, cdfl, action_set");
  f.field("nnv", o.nnv, "NNV's buffer");
  f.field("cdfl", o.cdfl, "CDFL's loss");
  f.field("isba", o.isba, "ISBA's rounds");
  f.field("action_set", o.action_set, "ActionSet's frames and grammar");
  f.field("decoding", o.decoding.decode, "what makes the segments");
  f.field("class_means", o.decoding.class_means,
          "lengths are fitted about their class's mean, not each its own");
  f.field("extractor", o.extractor, "what has made the features, for 'segment' of videos");
}

}  // namespace zoetrope::training
