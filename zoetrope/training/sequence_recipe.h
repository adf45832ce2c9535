#pragma once
// What a run over feature sequences is made of, as TOML: recipe.h for networks that segment whole videos.
// `zoetrope train` takes a recipe for one of these where it says `task = "segmentation"`; its `method` says how they
// learn.

#include <cstdint>
#include <string>

#include "zoetrope/core/config.h"
#include "zoetrope/data/segmentation_set.h"
#include "zoetrope/decoding/soft_boundaries.h"
#include "zoetrope/nn/cdfl_loss.h"
#include "zoetrope/tasks/segmentation.h"
#include "zoetrope/training/run_options.h"

namespace zoetrope::training {

inline constexpr const char* kSegmentationTask = "segmentation";

/// What a training video tells. Its labels of frames are used for no more than that.
enum class Supervision {
  kFrames,       ///< the label of every frame
  kMixed,        ///< that, of a share of the videos; the transcript of the others
  kTranscripts,  ///< the actions in their order
  kSets          ///< the actions
};
inline EnumNames<Supervision> config_names(Supervision) {
  return {{"frames", Supervision::kFrames},
          {"mixed", Supervision::kMixed},
          {"transcripts", Supervision::kTranscripts},
          {"sets", Supervision::kSets}};
}

/// How a network learns.
enum class Method {
  kNetwork,   ///< as MuCon or SCT: by the losses of the network itself
  kNnv,       ///< NeuralNetwork-Viterbi, from transcripts
  kCdfl,      ///< the constrained discriminative forward loss, from transcripts
  kIsba,      ///< iterative soft boundary assignment, from transcripts
  kActionSet  ///< from sets, each frame alone
};
inline EnumNames<Method> config_names(Method) {
  return {{"network", Method::kNetwork},
          {"nnv", Method::kNnv},
          {"cdfl", Method::kCdfl},
          {"isba", Method::kIsba},
          {"action_set", Method::kActionSet}};
}

/// How videos are aligned, in training and by the bundle (tasks/transcript_alignment.h): NNV, CDFL, ActionSet.
struct AlignmentRecipe {
  std::int64_t frame_sampling = 1;  ///< above 1 the authors' decoder; theirs is 30
  std::int64_t beam = 0;            ///< of the search over transcripts; 0: exact
  std::int64_t max_length = 2000;   ///< of a segment, sampled frames
};
void describe(ConfigFields& fields, AlignmentRecipe& options);

/// NNV (nnv_objective.h).
struct NnvOptions {
  std::int64_t buffer = 0;   ///< videos whose alignments are kept; 0: as many as there are to train on
  double buffered = 25;      ///< frames that are drawn from it, for each of the video's own
  std::int64_t batch = 512;  ///< frames of a step
};
void describe(ConfigFields& fields, NnvOptions& options);

/// ISBA (isba_objective.h).
struct IsbaOptions {
  std::int64_t passes = 100;  ///< over the training videos in a round, which is an epoch of the run
  std::int64_t batch = 8;     ///< videos of a step
  decoding::InsertionOptions insertion = {};
  std::int64_t patience = 2;  ///< rounds without a smaller video-level loss before the run ends
  bool restart = true;        ///< every round begins with new weights
};
void describe(ConfigFields& fields, IsbaOptions& options);

/// ActionSet (action_set_objective.h).
struct ActionSetTraining {
  std::int64_t batch = 512;         ///< frames of a step
  std::int64_t pool = 64;           ///< videos whose frames are shuffled together
  std::int64_t transcripts = 1000;  ///< of the Monte Carlo grammar
  double min_length = 50;           ///< of a class's mean length, sampled frames
};
void describe(ConfigFields& fields, ActionSetTraining& options);

/// For how long MuCon's decoder is given the true actions.
enum class Teaching { kAlways, kFirst, kNever };
inline EnumNames<Teaching> config_names(Teaching) {
  return {{"always", Teaching::kAlways}, {"first", Teaching::kFirst}, {"never", Teaching::kNever}};
}

struct SequenceDataOptions {
  data::SegmentationOptions train = {};
  data::SegmentationOptions validation = {.subset = "test"};  ///< without a root: that of train
  bool validate = true;
  std::int64_t sample = 1;  ///< every so many-th frame is taken; validation is at the full rate
  bool standardise =
      false;       ///< features by their mean and deviation over the training videos (feature_scale.h)
  double fps = 0;  ///< frames of the features a second, for timelines; 0: not known
};
void describe(ConfigFields& fields, SequenceDataOptions& options);

struct SequenceRecipe {
  std::string task = kSegmentationTask;
  RunOptions run = {
      .name = "segmentation",
      .model = {.name = "mucon"},
      .optimizer = {.lr = 0.01, .momentum = 0, .nesterov = false, .weight_decay = 0.005, .decay_all = true},
      .schedule = {.kind = ScheduleKind::kStep, .milestones = {70}},
      .epochs = 150};
  SequenceDataOptions data = {};
  Method method = Method::kNetwork;  ///< others bring their supervision and decoding along
  Supervision supervision = Supervision::kTranscripts;
  double labelled = 0.1;  ///< share of the videos with labels, of mixed supervision; drawn by the seed
  Teaching teaching = Teaching::kAlways;
  double teaching_epochs = 70;  ///< of `first`
  nn::MuconLossOptions mucon = {};
  nn::SctLossOptions sct = {};
  AlignmentRecipe alignment = {};
  NnvOptions nnv = {};
  nn::CdflOptions cdfl = {};
  IsbaOptions isba = {};
  ActionSetTraining action_set = {};
  tasks::DecodeOptions decoding = {};  ///< of validation and of the bundle
  ExtractorOptions extractor = {};
};
void describe(ConfigFields& fields, SequenceRecipe& options);

}  // namespace zoetrope::training
