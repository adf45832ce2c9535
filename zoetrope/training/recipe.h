#pragma once
// What a training run is made of, as TOML. A recipe names a model, its data and what is done to it; what it leaves
// out keeps the defaults below. `zoetrope train RECIPE key=value...` overrides single keys.

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/core/config.h"
#include "zoetrope/data/augment.h"
#include "zoetrope/data/label_noise.h"
#include "zoetrope/data/layouts.h"
#include "zoetrope/data/mixing.h"
#include "zoetrope/training/optimizer.h"
#include "zoetrope/training/schedule.h"

namespace zoetrope::training {

/// The clips that the model is trained on and, in the middle of a sample, validated on.
struct InputOptions {
  bundle::Sampling sampling = bundle::Sampling::kClip;
  std::int64_t frames = 16;
  std::int64_t stride = 2;  ///< between them, in frames of the video
  double fps = 0;           ///< to which the video is brought first; 0: its own
  std::int64_t size = 112;  ///< height and width
  std::array<double, 3> mean = {0.45, 0.45, 0.45};
  std::array<double, 3> std = {0.225, 0.225, 0.225};
};
void describe(ConfigFields& fields, InputOptions& options);
/// The same for a bundle: pictures are brought to `size` by their shorter side, and cut to their centre.
[[nodiscard]] bundle::Preprocessing preprocessing_of(const InputOptions& input);

struct DataOptions {
  data::DatasetOptions train = {};
  data::DatasetOptions validation = {};  ///< without a root: no validation
  data::LabelNoiseOptions noise = {};    ///< of the training labels, for measuring what it costs
  double max_broken = 0.05;              ///< share of an epoch's samples that may be unreadable
};
void describe(ConfigFields& fields, DataOptions& options);

/// A rendered world (synthetic/world.h) that the data lies in.
struct WorldSection {
  std::string recipe = {};  ///< its TOML; empty: the data is there already
  std::string folder = {};  ///< where it is rendered to, unless it is there
};
void describe(ConfigFields& fields, WorldSection& options);

/// In what the network computes while it is trained and validated; weights and losses are float32 in both.
enum class Precision {
  kFloat32,
  kBfloat16  ///< convolutions and products, where the machine has such arithmetic (core/torch_compat.h)
};
inline EnumNames<Precision> config_names(Precision) {
  return {{"float32", Precision::kFloat32}, {"bfloat16", Precision::kBfloat16}};
}

struct Recipe {
  std::string name = "run";  ///< the run goes to runs/NAME
  std::uint64_t seed = 1;
  bundle::ModelSection model = {.name = "resnet3d_18"};
  /// Each label set ends in convolutions of its own (the model's option head_classes, nn/conv_heads.h).
  bool separate_heads = false;
  std::string init = {};  ///< a bundle whose weights are taken over where names and shapes agree
  /// Bundles whose weights are taken over by parts of the model, by the parts' names, after `init`.
  std::map<std::string, std::string> init_parts = {};
  WorldSection world = {};
  DataOptions data = {};
  InputOptions input = {};
  data::AugmentOptions augment = {};
  data::MixingOptions mixing = {};
  OptimizerOptions optimizer = {};
  ScheduleOptions schedule = {};
  double epochs = 30;
  std::int64_t batch_size = 16;  ///< samples of a step, over all ranks
  std::int64_t accumulate = 1;   ///< parts in which a step's samples are computed, for memory
  Precision precision = Precision::kFloat32;
  double label_smoothing = 0;
  std::map<std::string, double> head_weights =
      {};  ///< of the losses, by the label sets' names; 1 where none is given
  /// The label sets that are no choice of one are one: a mean over all their known labels, where else the
  /// means of the sets are summed.
  bool joint_loss = false;
  double ema = 0;                  ///< decay of the moving average that is evaluated and kept; 0: none
  std::int64_t precise_norms = 0;  ///< batches over which norms' statistics are taken anew before evaluation
  std::int64_t early_stop = 0;     ///< epochs without a better metric after which the run ends; 0: never
  double checkpoint_minutes = 10;  ///< between checkpoints within an epoch
};
void describe(ConfigFields& fields, Recipe& options);

}  // namespace zoetrope::training
