#include "zoetrope/inference/features.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "zoetrope/bundle/trial.h"
#include "zoetrope/core/atomic_file.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/data/npy.h"
#include "zoetrope/inference/preprocess.h"
#include "zoetrope/inference/recognition.h"

namespace zoetrope::inference {
namespace {

constexpr const char* kFeatures = "features";
constexpr std::int64_t kMaxWindow = 4096;  // as the frames of a bundle's clips

/// To a millionth: 10, not 9.999999999999998.
double rounded(double fps) {
  constexpr double kMillion = 1e6;
  return std::round(fps * kMillion) / kMillion;
}

using Json = nlohmann::ordered_json;

std::filesystem::path json_beside(const std::filesystem::path& npy) {
  return std::filesystem::path(npy).replace_extension(".json");
}

/// [n, C, ...] of one clip to [C]: the mean over frames, time and space.
torch::Tensor pooled(const torch::Tensor& value) {
  const torch::Tensor flat = value.dim() > 2 ? value.flatten(2).mean(2) : value;
  return flat.mean(0).to(torch::TensorOptions(torch::kCPU).dtype(torch::kFloat32));
}

const torch::Tensor* find(const models::NamedTensors& tensors, const std::string& name) {
  for (const auto& [key, value] : tensors) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace

FeatureOptions i3d_two_stream_options() {
  return {.layer = kFeatures, .window = 21, .stride = 1};
}

void check_layer(const bundle::Bundle& bundle, const std::string& layer, std::int64_t frames,
                 const models::ModelList& models) {
  const bundle::BundleConfig& config = bundle.config;
  const std::vector<std::string> names =
      bundle::layers_for(config.model, frames, config.preprocessing.crop, models);
  if (std::ranges::find(names, layer) != names.end()) return;
  constexpr std::size_t kListed = 12;
  const std::size_t listed = std::min(names.size(), kListed);
  throw Error::usage("{} has no layer '{}'{}; it has {}{}", config.model.name, layer,
                     did_you_mean(layer, names),
                     fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(listed), ", "),
                     listed < names.size() ? fmt::format(" and {} more", names.size() - listed) : "");
}

torch::Tensor layer_feature(Engine& engine, const torch::Tensor& clips, const std::string& layer) {
  models::Stages stages(std::set<std::string>{layer});
  const models::NamedTensors outputs = engine.run(clips, &stages);
  if (const torch::Tensor* output = find(outputs, layer)) return pooled(*output);
  if (const torch::Tensor* stage = find(stages.kept(), layer)) return pooled(*stage);
  throw Error::model("layer '{}' gives nothing for this clip", layer);
}

FeatureExtractor::FeatureExtractor(bundle::Bundle bundle, FeatureOptions options,
                                   const models::ModelList& models)
    : bundle_(std::move(bundle)), options_(std::move(options)), engine_(bundle_.model) {
  const bundle::Preprocessing& preprocessing = bundle_.config.preprocessing;
  if (options_.window == 0) options_.window = preprocessing.frames;
  if (options_.stride == 0) options_.stride = options_.window;
  if (options_.fps == 0) options_.fps = preprocessing.fps;
  if (options_.window < 1 || options_.window > kMaxWindow || options_.stride < 1 || !(options_.fps >= 0)) {
    throw Error::usage("features of {} frames (1 to {}), each {} frames, at {}/s cannot be made",
                       options_.window, kMaxWindow, options_.stride, options_.fps);
  }
  check_layer(bundle_, options_.layer, options_.window, models);
}

torch::Tensor FeatureExtractor::column(const torch::Tensor& clips) {
  return layer_feature(engine_, clips, options_.layer);
}

torch::Tensor FeatureExtractor::extract(const media::VideoReader& reader, std::int64_t& lost,
                                        const FrameProgress& progress) {
  const bundle::Preprocessing& preprocessing = bundle_.config.preprocessing;
  const ClipRequest request{
      plan_neighbourhoods(reader.frame_times(), options_.fps, options_.window, options_.stride),
      [&preprocessing](const torch::Tensor& rgb) { return prepare_frame(rgb, preprocessing); }};
  std::vector<torch::Tensor> columns;
  lost = stream_clips(
      reader, {&request, 1},
      [&](std::size_t, std::size_t, const torch::Tensor& frames) {
        columns.push_back(column(make_clips(frames, preprocessing)));
      },
      progress);
  return torch::stack(columns, 1);
}

std::string FeatureExtractor::describe(const media::VideoReader& reader, const torch::Tensor* features,
                                       std::int64_t lost) const {
  const bundle::Preprocessing& p = bundle_.config.preprocessing;
  Json document = {
      {"schema", "zoetrope.features"},
      {"version", 1},
      {"video", {{"path", reader.info().path}, {"sha256", sha256_of_file(reader.info().path)}}},
      {"bundle",
       {{"name", name_of(bundle_)},
        {"model", bundle_.config.model.name},
        {"sha256", bundle_.config.weights.sha256}}},
      {"streams", {"rgb"}},
      {"layer", options_.layer},
      {"window", options_.window},
      {"stride", options_.stride},
      {"fps", options_.fps > 0 ? options_.fps : rounded(reader.stream_info().fps)},
      {"start", reader.stream_info().start_time},
      {"preprocessing",
       {{"short_side", p.short_side},
        {"crop", p.crop},
        {"interpolation", p.interpolation == bundle::Interpolation::kBicubic ? "bicubic" : "bilinear"},
        {"antialias", p.antialias},
        {"channels", p.channels == bundle::ChannelOrder::kBgr ? "bgr" : "rgb"},
        {"scale", p.scale},
        {"mean", p.mean},
        {"std", p.std}}}};
  if (features) {
    document["layout"] = "[D, T]";
    document["shape"] = features->sizes().vec();
    document["lost_frames"] = lost;
  }
  return document.dump(2) + "\n";
}

torch::Tensor FeatureExtractor::write(const media::VideoReader& reader, const std::filesystem::path& npy,
                                      const FrameProgress& progress) {
  std::int64_t lost = 0;
  const torch::Tensor features = extract(reader, lost, progress);
  std::filesystem::create_directories(npy.parent_path());
  data::write_npy(npy, features);
  AtomicFile description(json_beside(npy));
  description.write(describe(reader, &features, lost));
  description.commit();
  return features;
}

bool FeatureExtractor::is_done(const media::VideoReader& reader, const std::filesystem::path& npy) const {
  std::ifstream file(json_beside(npy));
  if (!file || !std::filesystem::exists(npy)) return false;
  const Json there = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!there.is_object()) return false;
  const Json wanted = Json::parse(describe(reader, nullptr, 0));
  for (const auto& [key, value] : wanted.items()) {
    if (key == "video" ? there.value(key, Json())["sha256"] != value["sha256"]
                       : there.value(key, Json()) != value)
      return false;
  }
  return true;
}

}  // namespace zoetrope::inference
