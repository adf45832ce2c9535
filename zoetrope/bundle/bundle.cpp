#include "zoetrope/bundle/bundle.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "zoetrope/bundle/atomic_folder.h"
#include "zoetrope/bundle/trial.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/data/labels.h"
#include "zoetrope/models/state.h"
#include "zoetrope/weights/safetensors.h"

namespace zoetrope::bundle {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLabelsFile = "labels.txt";

// A file right in the folder: no link, which could lead anywhere, and no device or pipe, which could never
// end.
fs::path member(const fs::path& folder, const std::string& name) {
  const fs::path path = folder / name;
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (!fs::exists(status)) throw Error::model("{}: bundle refused: it has no {}", folder.string(), name);
  if (!fs::is_regular_file(status)) {
    throw Error::model("{}: bundle refused: {} must be a file, not a link or anything else", folder.string(),
                       name);
  }
  return path;
}

void check_labels(const ModelSection& model, const std::vector<std::string>& labels, const ModelList& models,
                  const std::string& where) {
  const std::int64_t classes = num_classes_of(model, models);
  if (labels.empty() || classes == 0 || static_cast<std::int64_t>(labels.size()) == classes) return;
  throw Error::model("{}: {} labels, but the model '{}' has {} classes (its option num_classes)", where,
                     labels.size(), model.name, classes);
}

void check_thresholds(const BundleConfig& config, const ModelList& models, const std::string& where) {
  const std::int64_t classes = num_classes_of(config.model, models);
  if (config.thresholds.empty() || std::ssize(config.thresholds) == classes) return;
  throw Error::model("{}: {} thresholds, but the model '{}' has {} classes (its option num_classes)", where,
                     config.thresholds.size(), config.model.name, classes);
}

void check_heads(const BundleConfig& config, const ModelList& models, const std::string& where) {
  constexpr const char* kMultitask = "multitask";
  if (config.heads.empty() != (config.task != kMultitask)) {
    throw Error::model("{}: heads are for the task '{}', and needed there; this one is '{}'", where,
                       kMultitask, config.task);
  }
  if (config.heads.empty()) return;
  std::int64_t outputs = 0;
  for (const HeadSection& head : config.heads) outputs += head.outputs;
  const std::int64_t classes = num_classes_of(config.model, models);
  if (outputs != classes) {
    throw Error::model(
        "{}: its heads have {} outputs, but the model '{}' has {} classes (its option num_classes)", where,
        outputs, config.model.name, classes);
  }
}

// What is thrown within a bundle that someone made is the bundle's fault, whatever it would be elsewhere.
template <typename Work>
auto refusing(const fs::path& folder, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage && error.kind() != ErrorKind::kModel) throw;
    throw Error::model("{}: bundle refused: {}", folder.string(), error.what());
  }
}

std::shared_ptr<models::Model> build_model(const BundleConfig& config, const ModelList& models) {
  std::shared_ptr<models::Model> model =
      models::find_model(config.model.name, models).build({config.model.options});
  model->eval();
  return model;
}

}  // namespace

std::int64_t num_classes_of(const ModelSection& model, const ModelList& models) {
  constexpr std::string_view kKey = "num_classes";
  const models::ModelEntry& entry = models::find_model(model.name, models);
  const ConfigValue* given = find_key(model.options, kKey);
  const auto* number = given ? std::get_if<std::int64_t>(&given->data) : nullptr;
  if (number) return *number;
  std::int64_t classes = 0;
  for (const ConfigKey& key : entry.options()) {
    if (key.path == kKey) std::from_chars(key.value.data(), key.value.data() + key.value.size(), classes);
  }
  return classes;
}

std::vector<HeadSection> heads_of(const Bundle& bundle, const ModelList& models) {
  if (!bundle.config.heads.empty()) return bundle.config.heads;
  return {{.name = "", .task = bundle.config.task, .outputs = num_classes_of(bundle.config.model, models)}};
}

Bundle read_bundle_info(const fs::path& folder, const ModelList& models,
                        const std::vector<std::string>& changes) {
  const fs::path path = folder / kConfigFile;
  const std::string where = path.string();
  if (!fs::is_directory(folder)) throw Error::input("{}: no bundle: it is no folder", folder.string());
  Bundle bundle{.folder = folder, .config = {}, .labels = {}, .model = nullptr};
  bundle.config =
      parse_bundle_config(read_text_file(member(folder, kConfigFile), kMaxConfigBytes), where, changes);
  if (!bundle.config.labels.empty()) bundle.labels = data::read_labels(member(folder, bundle.config.labels));
  refusing(folder, [&] {
    check_labels(bundle.config.model, bundle.labels, models, where);
    check_heads(bundle.config, models, where);
    check_thresholds(bundle.config, models, where);
  });
  return bundle;
}

Bundle load_bundle(const fs::path& folder, const ModelList& models, const std::vector<std::string>& changes) {
  Bundle bundle = read_bundle_info(folder, models, changes);
  const WeightsSection& described = bundle.config.weights;
  if (!described.untrained.empty()) {
    log_warning("{}: {} of its tensors were never trained ({}); its scores say little", folder.string(),
                described.untrained.size(), described.untrained.front());
  }
  const fs::path path = member(folder, described.file);
  if (sha256_of_file(path) != described.sha256) {
    throw Error::model(
        "{}: bundle refused: {} is not the file that {} describes (its sha256 differs); copy the bundle "
        "again",
        folder.string(), described.file, kConfigFile);
  }
  bundle.model = refusing(folder, [&] {
    const Preprocessing& p = bundle.config.preprocessing;
    (void)layers_for(bundle.config.model, p.frames, p.crop, models);
    std::shared_ptr<models::Model> model = build_model(bundle.config, models);
    models::load_state(*model, weights::SafetensorsFile(path.string()).tensors());
    return model;
  });
  return bundle;
}

void write_bundle(const fs::path& folder, BundleConfig config, const std::vector<std::string>& labels,
                  const models::Model& model, Overwrite overwrite, const ModelList& models) {
  check_labels(config.model, labels, models, folder.string());
  check_heads(config, models, folder.string());
  check_thresholds(config, models, folder.string());
  (void)layers_for(config.model, config.preprocessing.frames, config.preprocessing.crop, models);
  std::error_code error;
  const bool is_there = fs::exists(fs::symlink_status(folder, error));
  if (is_there && (overwrite == Overwrite::kNo || !fs::is_regular_file(folder / kConfigFile, error))) {
    throw Error::usage("{}: already there{}", folder.string(),
                       overwrite == Overwrite::kNo ? "; --force replaces a bundle, or choose another name"
                                                   : ", and no bundle; choose another name");
  }
  AtomicFolder temporary(folder);
  config.format = kFormatVersion;
  config.labels = labels.empty() ? "" : kLabelsFile;
  config.weights.file = WeightsSection().file;
  const fs::path tensors = temporary.path() / config.weights.file;
  models::save_state(model, tensors.string(), {{"format", "pt"}});
  config.weights.sha256 = sha256_of_file(tensors);
  if (!labels.empty()) write_file_atomically(temporary.path() / kLabelsFile, data::format_labels(labels));
  const std::string described = config_to_toml(config);
  (void)parse_bundle_config(described, (folder / kConfigFile).string());  // nothing that would be refused
  write_file_atomically(temporary.path() / kConfigFile, described);
  temporary.commit();
}

}  // namespace zoetrope::bundle
