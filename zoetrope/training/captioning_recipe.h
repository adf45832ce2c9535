#pragma once
// What a run over captioned videos is made of, as TOML. `zoetrope train` takes a recipe for one of these where it says
// `task = "captioning"`.
//
//   what the language alone gives     model.options.blind=true

#include <cstdint>
#include <string>

#include "zoetrope/core/config.h"
#include "zoetrope/data/captioning_set.h"
#include "zoetrope/decoding/word_search.h"
#include "zoetrope/training/run_options.h"

namespace zoetrope::training {

inline constexpr const char* kCaptioningTask = "captioning";

struct CaptioningDataOptions {
  data::CaptioningOptions train = {.subset = "train"};
  data::CaptioningOptions validation = {.subset = "validate"};  ///< without captions: those of train
  bool validate = true;
  std::int64_t sample = 1;      ///< every so many-th column is taken
  double fps = 0;               ///< columns of the features a second, for timelines; 0: not known
  std::int64_t min_count = 1;   ///< words that are rarer in the training captions are unknown
  std::int64_t max_words = 30;  ///< longer captions are left out of training
};
void describe(ConfigFields& fields, CaptioningDataOptions& options);

struct CaptioningRecipe {
  std::string task = kCaptioningTask;
  RunOptions run = {
      .name = "captioning",
      .model = {.name = "captioner"},
      .optimizer = {.kind = OptimizerKind::kAdamW, .lr = 1e-3, .weight_decay = 1e-4, .clip_norm = 5},
      .epochs = 30};
  CaptioningDataOptions data = {};
  std::int64_t batch = 64;  ///< captions, each with its video
  double label_smoothing = 0;
  decoding::WordSearchOptions decoding = {};  ///< of validation and of the bundle
  ExtractorOptions extractor = {};
};
void describe(ConfigFields& fields, CaptioningRecipe& options);

}  // namespace zoetrope::training
