#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/device.h"
#include "apps/zoetrope/input_batch.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/shipped_bundles.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/inference/features.h"
#include "zoetrope/inference/shards.h"
#include "zoetrope/inference/video_files.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

struct FeaturesOptions {
  std::vector<std::string> inputs;
  std::string bundle, output, preset, shard;
  inference::FeatureOptions features;
  std::string on_error = "skip", device = "cpu";
  int threads = 0;
  bool force = false;
};

inference::FeatureOptions features_of(const FeaturesOptions& options) {
  if (options.preset.empty()) return options.features;
  inference::FeatureOptions features = inference::i3d_two_stream_options();
  features.fps = options.features.fps;
  return features;
}

void extract_one(inference::FeatureExtractor& extractor, const inference::VideoFile& video,
                 const FeaturesOptions& options, ProgressMode mode) {
  const media::VideoReader reader(video.path.string());
  for (const std::string& warning : reader.info().warnings)
    log_warning("{}: {}", video.path.string(), warning);
  const fs::path npy = video.result.string() + ".npy";
  if (!options.force && extractor.is_done(reader, npy)) {
    log_info("{}: done before; --force does it again", video.path.string());
    return;
  }
  Progress progress({.label = video.path.filename().string(), .total = reader.num_frames(), .mode = mode});
  const torch::Tensor features = extractor.write(reader, npy, [&](std::int64_t done, std::int64_t) {
    throw_if_interrupted();
    progress.advance(done - progress.done());
  });
  progress.advance(reader.num_frames() - progress.done());
  progress.finish();
  fmt::print("{}: [{}, {}]\n", npy.string(), features.size(0), features.size(1));
  std::fflush(stdout);
}

int run_features(const FeaturesOptions& options, ProgressMode mode) {
  const inference::Shard shard = inference::shard_of(options.shard, this_environment());
  const torch::Device device = device_of(options.device);
  inference::use_threads(options.threads);
  bundle::Bundle bundle = bundle::load_bundle(bundle_folder(options.bundle));
  bundle.model->to(device);
  inference::FeatureExtractor extractor(std::move(bundle), features_of(options));
  InputBatch batch(options.on_error);
  std::vector<std::string> refused;
  const std::vector<inference::VideoFile> videos =
      inference::find_videos(options.inputs, options.output, batch.skips() ? &refused : nullptr);
  for (const std::string& line : inference::share_of(shard, refused)) batch.refuse(line);
  for (const inference::VideoFile& video : inference::share_of(shard, videos))
    batch.run(video.path, [&] { extract_one(extractor, video, options, mode); });
  return batch.exit_code();
}

}  // namespace

void add_features(Program& program) {
  CLI::App& command =
      program.command("features", "what a trained model computes of a video, as .npy of [D, T]",
                      {{"features videos/ --bundle bundles/r3d_18 --window 16 --stride 8 -o features",
                        "a column for each 8 frames"},
                       {"features match.mp4 --bundle bundles/x3d_s --layer blocks.4 --fps 25 -o out",
                        "of another layer, at 25 frames a second"},
                       {"features videos/ --bundle bundles/i3d_rgb --preset i3d-two-stream -o features",
                        "21 frames around each frame; the RGB half of two-stream features"}});
  auto options = std::make_shared<FeaturesOptions>();
  command.add_option("VIDEO", options->inputs, "video files, and folders that are searched for videos")
      ->required();
  command.add_option("--bundle", options->bundle, "the trained model: a folder that 'import' has made")
      ->type_name("DIR")
      ->required();
  command.add_option("-o,--output", options->output, "the folder for NAME.npy and NAME.json")
      ->type_name("DIR")
      ->required();
  CLI::Option* layer = command
                           .add_option("--layer", options->features.layer,
                                       "what the classifier takes, or a stage: layer3, blocks.4")
                           ->type_name("NAME")
                           ->capture_default_str();
  CLI::Option* window =
      command
          .add_option("--window", options->features.window, "frames of a column; the bundle's if not given")
          ->type_name("N")
          ->check(Program::above_zero());
  CLI::Option* stride = command
                            .add_option("--stride", options->features.stride,
                                        "frames from column to column; the window if not given")
                            ->type_name("N")
                            ->check(Program::above_zero());
  command
      .add_option("--fps", options->features.fps,
                  "frames a second to which the video is brought; if not given the bundle's, else its own")
      ->type_name("R")
      ->check(Program::above_zero());
  program
      .choice(command, "--preset", options->preset, {"i3d-two-stream"},
              "a published setting of layer, window and stride")
      ->excludes(layer)
      ->excludes(window)
      ->excludes(stride);
  add_on_error(program, command, options->on_error);
  add_device(program, command, options->device);
  command.add_option("-t,--threads", options->threads, "threads that compute; all cores if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command
      .add_option(
          "--shard", options->shard,
          "every N-th video from the I-th on, I from 1; env: as torchrun, MPI or Slurm number the processes")
      ->type_name("I/N|env");
  command.add_flag("--force", options->force, "do again what an earlier run has done");
  program.on_run(command, [&program, options] { return run_features(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
