#pragma once
// From a published checkpoint to a bundle.
//
//   const bundle::ImportPlan plan = bundle::plan_import("X3D_S.pyth", {.model = {.name = "x3d_s"}, .labels =
//   labels}); std::cout << plan.report(); bundle::write_import(plan, "bundles/x3d_s");
//
// The checkpoint is read without running anything in it (weights/checkpoint.h), its names are matched to the
// model's (weights/name_map.h), and the model is filled with what was matched.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/weights/inflate.h"
#include "zoetrope/weights/name_map.h"

namespace zoetrope::bundle {

struct ImportOptions {
  ModelSection model = {};
  std::vector<std::string> labels = {};
  std::string task = "classification";
  /// Keys of Preprocessing that differ from what was published for the model (published.h).
  ConfigTable preprocessing = {};
  std::map<std::string, double> metrics = {};
  std::string licence = {};
  std::string notes = {};
  std::string key = {};  ///< the entry of the checkpoint that holds the weights; empty: it is searched
  bool inflate = false;  ///< 2D convolutions may fill 3D ones
  weights::Inflation inflation = weights::Inflation::kMean;
  /// What the checkpoint lacks may stay as the model initialises it, and what the model lacks may be left out.
  bool partial = false;
};

struct ImportPlan {
  std::filesystem::path source;
  ImportOptions options;
  Preprocessing preprocessing;
  weights::NameMap map;
  std::shared_ptr<models::Model> model;  ///< filled with what is matched, in evaluation mode

  /// For people: what became of every tensor.
  [[nodiscard]] std::string report() const { return map.report(); }
};

/// Reads, matches and fills. An incomplete match is not refused here, so that its report can be shown. Throws
/// Error: kInput and kModel for the checkpoint, kUsage for the model's name and options.
[[nodiscard]] ImportPlan plan_import(const std::filesystem::path& source, const ImportOptions& options,
                                     const ModelList& models = models::all_models());

/// Throws Error: kModel for an incomplete match and for tensors that the model has no place for, unless `partial`, and
/// for a match of nothing at all; else as write_bundle. Warns where names say little.
void write_import(const ImportPlan& plan, const std::filesystem::path& folder,
                  Overwrite overwrite = Overwrite::kNo, const ModelList& models = models::all_models());

/// Both steps.
ImportPlan import_checkpoint(const std::filesystem::path& source, const std::filesystem::path& folder,
                             const ImportOptions& options, Overwrite overwrite = Overwrite::kNo,
                             const ModelList& models = models::all_models());

}  // namespace zoetrope::bundle
