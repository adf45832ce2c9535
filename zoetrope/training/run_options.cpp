#include "zoetrope/training/run_options.h"

#include "zoetrope/core/sha256.h"

namespace zoetrope::training {

void describe(ConfigFields& f, RunOptions& o) {
  f.field("name", o.name, "of the run");
  f.field("seed", o.seed, "of every random choice");
  f.field("model", o.model, "what is trained");
  f.field("init", o.init, "a bundle whose weights are taken over where they fit");
  f.field("optimizer", o.optimizer, "what moves the weights");
  f.field("schedule", o.schedule, "of the learning rate");
  f.field("epochs", o.epochs, "passes over the training videos").range(1, 1e6);
  f.field("ema", o.ema, "decay of the moving average of the weights; 0: none").range(0, 1);
  f.field("early_stop", o.early_stop, "epochs without a better metric before the run ends; 0: never")
      .at_least(0);
  f.field("validate_every", o.validate_every, "epochs; the last is always validated").at_least(1);
  f.field("checkpoint_minutes", o.checkpoint_minutes, "between checkpoints within an epoch").at_least(0);
}

void describe(ConfigFields& f, ExtractorOptions& o) {
  f.field("bundle", o.bundle, "the bundle that computes the features, as seen from the run's; empty: none");
  f.field("layer", o.layer, "of it");
  f.field("window", o.window, "frames of a column; 0: the extractor's").range(0, 4096);
  f.field("stride", o.stride, "frames from column to column; 0: the window").range(0, 1 << 20);
  f.field("fps", o.fps, "to which a video is brought first; 0: its own").range(0, 1000);
}

void set_extractor(bundle::SequenceSection& section, const ExtractorOptions& options) {
  section.extractor = options.bundle;
  section.layer = options.layer;
  section.window = options.window;
  section.stride = options.stride;
  section.video_fps = options.fps;
}

std::string hash_of_recipe(const std::string& toml) {
  return sha256_of_bytes(toml);
}

}  // namespace zoetrope::training
