#include "zoetrope/training/recipe.h"

namespace zoetrope::training {

void describe(ConfigFields& f, InputOptions& o) {
  f.field("sampling", o.sampling, "frames a stride apart, or one of each of as many equal parts");
  f.field("frames", o.frames, "of a clip").range(1, 1024);
  f.field("stride", o.stride, "from frame to frame, in frames of the video").range(1, 1024);
  f.field("fps", o.fps, "to which videos are brought first; 0: their own").at_least(0);
  f.field("size", o.size, "height and width of a clip").range(8, 2048);
  f.field("mean", o.mean, "of the channels R, G, B, in [0, 1]");
  f.field("std", o.std, "of the channels R, G, B").at_least(1e-6);
}

bundle::Preprocessing preprocessing_of(const InputOptions& input) {
  return {.sampling = input.sampling,
          .frames = input.frames,
          .stride = input.stride,
          .fps = input.fps,
          .short_side = input.size,
          .crop = input.size,
          .antialias = true,
          .mean = input.mean,
          .std = input.std};
}

void describe(ConfigFields& f, DataOptions& o) {
  f.field("train", o.train, "what the model learns from");
  f.field("validation", o.validation, "what it is measured on after each epoch");
  f.field("noise", o.noise, "errors that are put into the training labels");
  f.field("max_broken", o.max_broken, "share of an epoch's samples that may be unreadable").range(0, 1);
}

void describe(ConfigFields& f, WorldSection& o) {
  f.field("recipe", o.recipe, "a world's TOML; empty: none");
  f.field("folder", o.folder, "where it is rendered to, unless it is there");
}

void describe(ConfigFields& f, Recipe& o) {
  f.field("name", o.name, "of the run");
  f.field("seed", o.seed, "of every random choice");
  f.field("model", o.model, "what is trained");
  f.field("separate_heads", o.separate_heads, "convolutions of its own for each label set");
  f.field("init", o.init, "a bundle whose weights are taken over where they fit");
  f.field("init_parts", o.init_parts,
          "bundles whose weights parts of the model take over, by the parts' names");
  f.field("world", o.world, "a rendered world that the data lies in");
  f.field("data", o.data, "samples and labels");
  f.field("input", o.input, "clips as the model takes them");
  f.field("augment", o.augment, "what is done to training clips");
  f.field("mixing", o.mixing, "of the samples of a batch");
  f.field("optimizer", o.optimizer, "what moves the weights");
  f.field("schedule", o.schedule, "of the learning rate");
  f.field("epochs", o.epochs, "passes over the training data").range(0.001, 1e6);
  f.field("batch_size", o.batch_size, "samples of a step, over all processes").range(1, 1 << 20);
  f.field("accumulate", o.accumulate, "parts in which a step is computed").range(1, 1 << 20);
  f.field("precision", o.precision, "of convolutions and products");
  f.field("label_smoothing", o.label_smoothing, "of heads with one label").range(0, 1);
  f.field("head_weights", o.head_weights, "of the losses, by the names of the label sets").at_least(0);
  f.field("joint_loss", o.joint_loss,
          "one mean over the known tags of all label sets, not the sum of the sets' means");
  f.field("ema", o.ema, "decay of the moving average of the weights; 0: none").range(0, 1);
  f.field("precise_norms", o.precise_norms,
          "batches for the norms' statistics before evaluation; 0: as trained")
      .at_least(0);
  f.field("early_stop", o.early_stop, "epochs without a better metric before the run ends; 0: never")
      .at_least(0);
  f.field("checkpoint_minutes", o.checkpoint_minutes, "between checkpoints within an epoch").at_least(0);
}

}  // namespace zoetrope::training
