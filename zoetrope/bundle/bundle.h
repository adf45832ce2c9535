#pragma once
// A trained model as a folder, which is all that a program needs to run it:
//
//   zoetrope.toml       model and options, preprocessing, task, metrics, origin (bundle_config.h)
//   model.safetensors   the tensors, by the names of the model's own state
//   labels.txt          the classes' names, one a line, in the order of the outputs
//
//   const bundle::Bundle bundle = bundle::load_bundle("bundles/x3d_s");
//   torch::Tensor logits = bundle.model->forward(clip);
//
// A bundle comes from elsewhere and is not trusted: what it lacks, what does not fit its own description (the
// tensors' names and shapes, their checksum, the count of labels), and files that are links or lie elsewhere
// are refused in one line. Nothing in it is a program.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"

namespace zoetrope::bundle {

inline constexpr const char* kConfigFile = "zoetrope.toml";

using models::ModelList;

struct Bundle {
  std::filesystem::path folder;
  BundleConfig config;
  std::vector<std::string> labels;  ///< as many as the model has classes, or none
  std::shared_ptr<models::Model> model;
};

/// The description and the labels alone, without the model; its weights are not read.
[[nodiscard]] Bundle read_bundle_info(const std::filesystem::path& folder,
                                      const ModelList& models = models::all_models(),
                                      const std::vector<std::string>& changes = {});

/// The whole bundle, its checksum verified, the model built, filled, on the CPU and in evaluation mode. Warns of
/// tensors that no training has filled.
/// Throws Error: kInput where the folder or its description cannot be read, kModel where the bundle is
/// refused.
/// `changes` are keys of the description that differ this time: "preprocessing.frames=64",
/// "model.options.adaptive.sampling.bins=[8]"; weights must fit all the same.
[[nodiscard]] Bundle load_bundle(const std::filesystem::path& folder,
                                 const ModelList& models = models::all_models(),
                                 const std::vector<std::string>& changes = {});

enum class Overwrite { kNo, kYes };

/// Writes a model with its description. `config.labels` and `config.weights` are filled in here. The folder
/// appears when it is whole: it is written beside its place under another name, flushed and renamed. With
/// `kYes`, an older bundle there is replaced in the same step; what is there and is no bundle is never
/// touched. Throws Error: kModel for labels of another number than the classes, and for a preprocessing whose clips
/// the model does not take; kUsage for an unknown model,
/// for labels that cannot be written one a line, or where something is in the way; kFailed if the disk
/// refuses.
void write_bundle(const std::filesystem::path& folder, BundleConfig config,
                  const std::vector<std::string>& labels, const models::Model& model,
                  Overwrite overwrite = Overwrite::kNo, const ModelList& models = models::all_models());

/// The tasks of the classifier's outputs, in their order: the bundle's heads, or the one that is not named.
[[nodiscard]] std::vector<HeadSection> heads_of(const Bundle& bundle,
                                                const ModelList& models = models::all_models());

/// Outputs of the classifier, by the option `num_classes` of the model; 0 where it has no such option. Throws
/// Error (kUsage) for a model that is not in the list.
[[nodiscard]] std::int64_t num_classes_of(const ModelSection& model,
                                          const ModelList& models = models::all_models());

}  // namespace zoetrope::bundle
