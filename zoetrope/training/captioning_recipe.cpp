#include "zoetrope/training/captioning_recipe.h"

namespace zoetrope::training {

void describe(ConfigFields& f, CaptioningDataOptions& o) {
  f.field("train", o.train, "videos with captions and features");
  f.field("validation", o.validation, "what the model is measured on; without captions those of train");
  f.field("validate", o.validate, "measure the model at all");
  f.field("sample", o.sample, "every so many-th column is taken").range(1, 1 << 20);
  f.field("fps", o.fps, "columns of the features a second; 0: not known").range(0, 1e6);
  f.field("min_count", o.min_count, "words that are rarer are unknown").range(1, 1'000'000);
  f.field("max_words", o.max_words, "longer captions are left out of training").range(1, 1000);
}

void describe(ConfigFields& f, CaptioningRecipe& o) {
  f.field("task", o.task, "what is trained").choices({kCaptioningTask});
  describe(f, o.run);
  f.field("data", o.data, "captions and features");
  f.field("batch", o.batch, "captions of a step, each with its video").range(1, 1 << 16);
  f.field("label_smoothing", o.label_smoothing, "share of the target that all words have alike")
      .range(0, 0.99);
  f.field("decoding", o.decoding, "how a caption is searched");
  f.field("extractor", o.extractor, "what has made the features, for 'caption' of videos");
}

}  // namespace zoetrope::training
