// What training costs beyond the network's own arithmetic. Three tables in Markdown:
//   - a step of zoetrope::training against the plain LibTorch loop, the same network on the same clips in memory;
//   - a loader's clips against FFmpeg decoding the same videos alone, frames per second;
//   - resident memory over 50 epochs of loading real videos.
// Makes its own videos: a small rendered world in the temporary folder.
//
//   build/bench/training_bench
#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>

#include "zoetrope/core/heap.h"
#include "zoetrope/data/clip_source.h"
#include "zoetrope/data/layouts.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/media/frame_decoder.h"
#include "zoetrope/synthetic/write_world.h"
#include "zoetrope/training/trainer.h"

namespace {

using namespace zoetrope;
namespace fs = std::filesystem;

constexpr std::int64_t kClips = 96, kBatch = 8, kFrames = 8, kSize = 64, kRounds = 3, kClasses = 4;
constexpr int kMemoryEpochs = 50;
constexpr double kWidth = 0.25;

double seconds(const std::function<void()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double resident_mebibytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096 / (1 << 20);
}

data::Dataset in_memory() {
  data::Dataset dataset{.label_sets = {{.names = {"a", "b", "c", "d"}}}};
  for (std::int64_t i = 0; i < kClips; ++i)
    dataset.samples.push_back({.id = std::to_string(i), .labels = {std::vector<std::int64_t>{i % kClasses}}});
  return dataset;
}

/// An epoch as people write it: forward, loss, backward, step.
double plain_epoch(const torch::Tensor& clips) {
  const auto model = models::find_model("resnet3d_18", models::all_models())
                         .build({ConfigTable{{"num_classes", {kClasses}}, {"widen_factor", {kWidth}}}});
  torch::optim::SGD optimizer(model->parameters(), torch::optim::SGDOptions(0.01).momentum(0.9));
  const torch::Tensor labels = torch::arange(kBatch) % kClasses;
  const torch::Tensor input = (clips.to(torch::kFloat) / 255 - 0.45) / 0.225;
  model->train();
  const auto epoch = [&] {
    for (std::int64_t step = 0; step < kClips / kBatch; ++step) {
      optimizer.zero_grad();
      torch::nn::functional::cross_entropy(model->forward(input), labels).backward();
      optimizer.step();
    }
  };
  epoch();
  return seconds(epoch);
}

/// The same number of epochs, the first of which does not count, by the trainer.
double trainer_epoch(const torch::Tensor& clips, const fs::path& folder) {
  const data::Dataset dataset = in_memory();
  training::Recipe recipe;
  recipe.model = {.name = "resnet3d_18", .options = {{"widen_factor", {kWidth}}}};
  recipe.input = {.frames = kFrames, .size = kSize};
  recipe.optimizer.lr = 0.01;
  recipe.batch_size = kBatch;
  recipe.epochs = 2;
  fs::remove_all(folder);
  const auto source = [&](const data::Sample& sample, RandomGenerator&) {
    return data::LoadedSample{.clip = clips[std::stoll(sample.id) % kBatch]};
  };
  training::Trainer trainer(recipe, {.train = dataset, .source = source}, folder);
  return static_cast<double>(kClips) / trainer.run().epochs.back().clips_per_second;
}

void compare_loops(const fs::path& folder) {
  const torch::Tensor clips = torch::randint(256, {kBatch, 3, kFrames, kSize, kSize}, torch::kUInt8);
  std::vector<double> plain, ours, ratios;
  for (std::int64_t round = 0; round < kRounds; ++round) {
    plain.push_back(plain_epoch(clips));
    ours.push_back(trainer_epoch(clips, folder / "run"));
    ratios.push_back(plain.back() / ours.back());
  }
  fmt::print(
      "| training, 3D ResNet-18 of width {} on {} x {} x {} clips in memory | clips/s |\n| --- | ---: |\n",
      kWidth, kFrames, kSize, kSize);
  fmt::print(
      "| plain LibTorch loop | {:.1f} |\n| zoetrope::training, logs and checkpoints included | {:.1f} |\n",
      kClips / median(plain), kClips / median(ours));
  fmt::print("| ratio within a round | {:.2f} |\n\n", median(ratios));
}

fs::path make_world(const fs::path& folder) {
  synthetic::WorldOptions world;
  world.width = 320;
  world.height = 240;
  world.clips = {.seconds = 4, .train = 6, .val = 0, .test = 0};
  world.sound.enabled = false;
  world.layouts = {"csv"};
  fs::remove_all(folder);
  synthetic::write_world(world, folder, {.force = true});
  return folder;
}

/// Every frame of every video, counted and dropped, on all cores.
std::int64_t decode_all(const data::Dataset& dataset) {
  std::int64_t count = 0;
  for (const data::Sample& sample : dataset.samples) {
    media::Demuxer demuxer(sample.path.string());
    const int stream = av_find_best_stream(&demuxer.context(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    demuxer.select(stream);
    const AVCodecParameters& parameters = *demuxer.context().streams[stream]->codecpar;
    const media::FFmpegPtr<AVCodecContext> codec(
        avcodec_alloc_context3(avcodec_find_decoder(parameters.codec_id)));
    avcodec_parameters_to_context(codec.get(), &parameters);
    codec->thread_count = 0;
    avcodec_open2(codec.get(), nullptr, nullptr);
    const auto packet = media::make_packet();
    const auto frame = media::make_frame();
    for (bool more = true; more;) {
      more = demuxer.read(*packet);
      avcodec_send_packet(codec.get(), more ? packet.get() : nullptr);
      while (avcodec_receive_frame(codec.get(), frame.get()) >= 0) ++count;
    }
  }
  return count;
}

void measure_loader(const data::Dataset& dataset) {
  constexpr std::int64_t kClipFrames = 16;
  const data::ClipSourceOptions options{.timing = {.frames = kClipFrames, .stride = 2}, .size = 112};
  data::Loader loader(dataset, data::training_source(dataset, options),
                      {.shape = {3, kClipFrames, 112, 112}, .batch_size = 8, .seed = 1});
  std::int64_t epoch = 0;
  const auto load = [&] {
    std::int64_t clips = 0;
    loader.start(epoch++);
    while (const std::optional<data::Batch> batch = loader.next()) clips += std::ssize(batch->samples);
    return clips;
  };
  (void)load();
  std::vector<double> alone, loading, ratios;
  std::int64_t frames = 0, clips = 0;
  for (std::int64_t round = 0; round < kRounds; ++round) {
    alone.push_back(seconds([&] { frames = decode_all(dataset); }));
    loading.push_back(seconds([&] { clips = load(); }));
    ratios.push_back(static_cast<double>(clips) / loading.back() /
                     (static_cast<double>(frames) / (2 * kClipFrames) / alone.back()));
  }
  fmt::print(
      "| loading {} frames, 2 apart, of 320 x 240 to 112 x 112, augmented | clips/s |\n| --- | ---: |\n",
      kClipFrames);
  fmt::print(
      "| FFmpeg alone, each {} decoded frames counted as a clip | {:.1f} |\n| data::Loader | {:.1f} |\n",
      2 * kClipFrames, static_cast<double>(frames) / (2 * kClipFrames) / median(alone),
      static_cast<double>(clips) / median(loading));
  fmt::print("| ratio within a round | {:.2f} |\n\n", median(ratios));
  fmt::print("| epochs of loading | resident MiB |\n| ---: | ---: |\n");
  for (int i = 1; i <= kMemoryEpochs; ++i) {
    (void)load();
    if (i == 1 || i % 10 == 0) fmt::print("| {} | {:.0f} |\n", i, resident_mebibytes());
  }
}

}  // namespace

int main() {
  zoetrope::keep_freed_memory();
  try {
    const fs::path folder = fs::temp_directory_path() / "zoetrope-training-bench";
    fs::create_directories(folder);
    fmt::print("{} threads\n\n", inference::use_threads(0));
    compare_loops(folder);
    const fs::path world = make_world(folder / "world");
    measure_loader(data::read_dataset({.layout = data::Layout::kCsv,
                                       .root = world / "videos",
                                       .annotations = world / "annotations/csv/train.csv"}));
    fs::remove_all(folder);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "training_bench: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
