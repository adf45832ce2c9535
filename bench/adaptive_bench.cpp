// What a network saves whose temporal resolution adapts to the clip (zoetrope/models/adaptive.h): seconds
// beside multiply-adds, against the same network with every frame, on clips that stand almost still and on
// clips that keep changing; one clip at a time, and batches of clips that keep different numbers of maps.
// And what training saves where it need not compute the zeros that clips are padded with. Prints tables in
// Markdown and a histogram of the maps kept.
//
//   build/bench/adaptive_bench [NAME...]     without names: one of each family; "all": the whole registry
//   build/bench/adaptive_bench BUNDLE VIDEOS...    a trained network on clips of each folder of videos
//
// Networks are as they begin, with random weights, which say nothing of how alike two frames are. So the
// clips are made to drive the sampling: before its first addition of a constant such a network is
// homogeneous, a frame s times as bright has maps s times as large, and so s times as far an embedding. A
// clip is one random picture at K different brightnesses in a row, of which no two are equally far from their
// mean: about K bins are kept. Where layers before the sampling mix neighbouring frames, few steps keep more
// bins than that and many steps fewer; the tables say what was kept. Clips of the slow set have 1 to T / 8
// steps, those of the fast set more than 3 T / 4.
#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/timing.h"
#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/heap.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/inference/video_files.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/multiply_adds.h"
#include "zoetrope/training/sample_views.h"

namespace {

using namespace zoetrope;

constexpr int kRepeats = 5, kRepeatsOfHeavy = 3;
constexpr double kHeavy = 30e9;       // multiply-adds of a clip
constexpr double kLeastSaved = 0.01;  // of the multiply-adds: what is less has no ratio
constexpr std::array<std::int64_t, 2> kBatches = {1, 4};
constexpr std::size_t kVideos = 32;  // of a folder, with a bundle
constexpr const char* kOneOfEach[] = {
    "atfr_resnet3d_18", "atfr_resnet3d_50", "resnet3d_18", "resnet3d_50", "r2plus1d_34",
    "r3d_18",           "mc3_18",           "r2plus1d_18", "x3d_s",       "slow_r50",
    "slowfast_r50",     "csn_r101",         "hatnet_18",   "i3d_rgb"};

/// `steps` brightnesses between 0 and 2 whose distances to their mean, 1, are all different, from dark to
/// bright.
std::vector<double> brightnesses(std::int64_t steps) {
  std::vector<double> values;
  for (std::int64_t k = 0; k < steps; ++k) {
    const double distance = (static_cast<double>(k) + 0.5) / static_cast<double>(steps);
    const bool above = k % 4 == 0 || k % 4 == 3;  // + - - +, so that the mean stays 1
    values.push_back(above ? 1 + distance : 1 - distance);
  }
  std::ranges::sort(values);
  return values;
}

/// [1, C, T, H, W] with so many brightnesses, each for about as long.
torch::Tensor stepped_clip(const std::vector<std::int64_t>& shape, std::int64_t steps) {
  const std::vector<double> values = brightnesses(steps);
  const std::int64_t frames = shape[2];
  const torch::Tensor picture = torch::rand({1, shape[1], 1, shape[3], shape[4]});
  std::vector<torch::Tensor> clip;
  for (std::int64_t t = 0; t < frames; ++t)
    clip.push_back(picture * values[static_cast<std::size_t>(t * steps / frames)]);
  return torch::cat(clip, 2);
}

struct Speed {
  const char* name;
  double fewest, most;  // steps, of the frames
};
constexpr Speed kSpeeds[] = {{"slow", 0, 0.125}, {"fast", 0.75, 1}};

torch::Tensor clips_of(const Speed& speed, std::vector<std::int64_t> shape, std::int64_t batch) {
  std::vector<torch::Tensor> clips;
  for (std::int64_t i = 0; i < batch; ++i) {
    const double part = (static_cast<double>(i) + 0.5) / static_cast<double>(batch);
    const double share = speed.fewest + (speed.most - speed.fewest) * part;
    const auto steps = static_cast<std::int64_t>(share * static_cast<double>(shape[2]));
    clips.push_back(stepped_clip(shape, std::max<std::int64_t>(steps, 1)));
  }
  return torch::cat(clips, 0);
}

std::shared_ptr<models::Model> make(const std::string& name, const std::string& kind,
                                    const std::string& execution = "packed") {
  ConfigValue options{ConfigTable{}};
  apply_override(options, "adaptive.kind=\"" + kind + "\"");
  apply_override(options, "adaptive.execution=\"" + execution + "\"");
  // The spatial branch of STC is made for one length.
  if (name.starts_with("stc_")) apply_override(options, "stc.spatial=false");
  torch::manual_seed(1);
  auto model = models::make_model(name, options);
  model->eval();
  return model;
}

/// One network without and with the sampling, for clips [1, C, T, H, W] of a shape.
struct Pair {
  std::string name;
  std::vector<std::int64_t> shape;
  inference::Engine plain, adaptive;
  double plain_cost = 0;  // multiply-adds of a clip

  Pair(std::string called, const std::shared_ptr<models::Model>& without,
       const std::shared_ptr<models::Model>& with, std::vector<std::int64_t> clip)
      : name(std::move(called)), shape(std::move(clip)), plain(without), adaptive(with) {
    if (!adaptive.adapts()) throw Error::usage("{}: does not adapt to the clip", name);
    const torch::NoGradGuard no_grad;
    const models::RunCost cost =
        models::count_multiply_adds(*without, without->inputs_of(torch::zeros(shape)));
    plain_cost = static_cast<double>(cost.multiply_adds);
  }
};

Pair untrained(const std::string& name) {
  const auto plain = make(name, "none");
  return {name, plain, make(name, "similarity"), plain->native_clip()};
}

std::string count_of(double multiply_adds) {
  return models::format_count(static_cast<std::int64_t>(multiply_adds));
}

/// The row of clips of one kind, in batches of so many; what was kept is added to `kept`.
void print_row(Pair& pair, const std::string& kind, const torch::Tensor& clips, std::int64_t batch,
               inference::NetworkUseSums& kept) {
  const std::vector<torch::Tensor> batches = clips.split(batch);
  inference::NetworkUseSums sums;
  for (const torch::Tensor& each : batches) {
    inference::NetworkUse use;
    (void)pair.adaptive.run(each, use);
    sums.add(use);
    kept.add(use);
  }
  const auto run_all = [&batches](inference::Engine& engine) {
    return [&] {
      for (const torch::Tensor& each : batches) (void)engine.run(each);
    };
  };
  const auto [plain, adaptive, share] = bench::milliseconds_in_turn(
      run_all(pair.plain), run_all(pair.adaptive), pair.plain_cost > kHeavy ? kRepeatsOfHeavy : kRepeats);
  const auto count = static_cast<double>(batches.size());
  const double cost = sums.multiply_adds / static_cast<double>(sums.clips);
  const double saved_time = 1 - share, saved_work = 1 - cost / pair.plain_cost;
  fmt::print("| {} | {} | {} | {:.1f} of {} | {} | {} | {:.1f} | {:.1f} | {:.0f} % | {:.0f} % | {} |\n",
             pair.name, kind, batch, sums.mean_bins(), sums.all_bins, count_of(pair.plain_cost),
             count_of(cost), plain / count, adaptive / count, 100 * saved_work, 100 * saved_time,
             saved_work > kLeastSaved ? fmt::format("{:.2f}", saved_time / saved_work) : "-");
  std::fflush(stdout);
}

void print_header() {
  fmt::print(
      "| model | clips | batch | maps kept | plain | adaptive | plain, ms | adaptive, ms | saved "
      "multiply-adds "
      "| saved time | time / multiply-adds |\n");
  fmt::print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
}

/// The rows of one model; its histograms are appended.
void measure(const std::string& name, std::string& histograms) {
  Pair pair = untrained(name);
  for (const Speed& speed : kSpeeds) {
    inference::NetworkUseSums kept;
    for (const std::int64_t batch : kBatches)
      print_row(pair, speed.name, clips_of(speed, pair.shape, batch), batch, kept);
    histograms += fmt::format("\n{}, {} clips\n{}", name, speed.name, inference::format_bins(kept));
  }
}

/// A clip of each of a folder's first videos.
torch::Tensor clips_in(const std::string& folder, const bundle::Preprocessing& preprocessing) {
  const data::SampleSource clip_of = training::view_source(preprocessing, {.clips = 1});
  RandomGenerator random(1);
  std::vector<torch::Tensor> clips;
  for (const inference::VideoFile& video : inference::find_videos({folder}, "")) {
    if (clips.size() == kVideos) break;
    clips.push_back(clip_of({.path = video.path}, random).clip);
  }
  return torch::cat(clips);
}

/// The rows of a bundle's network, and its histograms.
void measure_bundle(const std::string& folder, const std::vector<std::string>& videos) {
  const bundle::Bundle bundle = bundle::load_bundle(folder);
  ConfigValue options{bundle.config.model.options};
  apply_override(options, "adaptive.kind=\"none\"");
  const std::string& name = bundle.config.model.name;
  const auto plain = models::make_model(name, options);
  plain->eval();
  std::vector<torch::Tensor> clips;
  for (const std::string& each : videos) clips.push_back(clips_in(each, bundle.config.preprocessing));
  if (clips.empty()) throw Error::usage("{}: give folders of videos behind the bundle", folder);
  Pair pair(name, plain, bundle.model, clips.front().narrow(0, 0, 1).sizes().vec());
  print_header();
  std::string histograms;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    inference::NetworkUseSums kept;
    for (const std::int64_t batch : kBatches) print_row(pair, videos[i], clips[i], batch, kept);
    histograms += fmt::format("\n{}\n{}", videos[i], inference::format_bins(kept));
  }
  fmt::print("\nMaps kept:\n{}", histograms);
}

/// Forward and backward of a batch.
void training_step(models::Model& model, const torch::Tensor& clips) {
  for (torch::Tensor& parameter : model.parameters()) parameter.mutable_grad() = torch::Tensor();
  model.forward(clips).square().sum().backward();
}

/// The rows of one of the networks that train packed.
void measure_training(const std::string& name) {
  const auto plain = make(name, "none"), padded = make(name, "similarity", "padded"),
             packed = make(name, "similarity", "packed");
  for (const auto& model : {plain, padded, packed}) model->train();
  for (const Speed& speed : {kSpeeds[0], kSpeeds[1], Speed{"of all speeds", 0, 1}}) {
    const torch::Tensor clips = clips_of(speed, plain->native_clip(), kBatches.back());
    const auto step = [&clips](models::Model& model) {
      return [&clips, &model] { training_step(model, clips); };
    };
    const bench::Compared of_padded =
        bench::milliseconds_in_turn(step(*padded), step(*packed), kRepeatsOfHeavy);
    const bench::Compared of_plain =
        bench::milliseconds_in_turn(step(*plain), step(*packed), kRepeatsOfHeavy);
    fmt::print("| {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.2f} | {:.2f} |\n", name, speed.name, of_plain.first,
               of_padded.first, of_padded.second, of_padded.ratio, of_plain.ratio);
    std::fflush(stdout);
  }
}

bool has_adaptive(const models::ModelEntry& entry) {
  const std::vector<ConfigKey> keys = entry.options();
  return std::ranges::any_of(keys, [](const ConfigKey& key) { return key.path == "adaptive.kind"; });
}

/// Every model with the option, those of 18 layers first.
std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const models::ModelEntry& entry : models::all_models()) {
    if (has_adaptive(entry)) names.push_back(entry.name);
  }
  std::ranges::stable_partition(names, [](const std::string& name) { return name.ends_with("_18"); });
  return names;
}

void run(std::vector<std::string> names) {
  const int threads = inference::use_threads(0);
  fmt::print(
      "{} threads; milliseconds a batch, median of {} rounds of the engine ({} of networks of more than {}), "
      "in each of which both run; saved time is the median of the rounds'; multiply-adds a clip\n\n",
      threads, kRepeats, kRepeatsOfHeavy, count_of(kHeavy));
  if (!names.empty() && std::filesystem::is_directory(names.front()))
    return measure_bundle(names.front(), {names.begin() + 1, names.end()});
  if (names.empty()) names.assign(std::begin(kOneOfEach), std::end(kOneOfEach));
  if (names == std::vector<std::string>{"all"}) names = all_names();
  print_header();
  std::string histograms;
  for (const std::string& name : names) measure(name, histograms);
  fmt::print("\nMaps kept, of all clips:\n{}", histograms);
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("atfr_"); });
  if (names.empty()) return;
  fmt::print("\nA training step, forward and backward, of {} clips; medians of {} rounds\n\n",
             kBatches.back(), kRepeatsOfHeavy);
  fmt::print(
      "| model | clips | every frame, ms | padded, ms | packed, ms | packed / padded | packed / every frame |"
      "\n");
  fmt::print("| --- | --- | ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::string& name : names) measure_training(name);
}

}  // namespace

int main(int argc, char** argv) {
  zoetrope::keep_freed_memory();
  try {
    run({argv + 1, argv + argc});
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "adaptive_bench: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
