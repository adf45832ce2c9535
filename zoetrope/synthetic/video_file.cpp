#include "zoetrope/synthetic/video_file.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/interrupt.h"
#include "zoetrope/media/video_writer.h"
#include "zoetrope/synthetic/render.h"
#include "zoetrope/synthetic/sounds.h"

namespace zoetrope::synthetic {
namespace {

media::VideoWriterOptions writer_options(const WorldOptions& world) {
  media::VideoWriterOptions options;
  options.width = world.width;
  options.height = world.height;
  options.fps = world.fps;
  options.crf = world.encoding.crf;
  options.preset = world.encoding.preset;
  options.audio_sample_rate = world.sound.enabled ? world.sound.sample_rate : 0;
  options.audio_bit_rate = 64'000;
  options.num_threads = 1;
  return options;
}

/// The samples that are heard while frame `frame` is shown: the end of the last frame's is the sound's end.
std::int64_t samples_until(const WorldOptions& world, std::int64_t frame, std::size_t total) {
  const double sample = static_cast<double>(frame) / world.fps * world.sound.sample_rate;
  return std::min(static_cast<std::int64_t>(std::llround(sample)), static_cast<std::int64_t>(total));
}

}  // namespace

void write_video(const VideoScript& script, const WorldOptions& world, const std::string& path) {
  media::VideoWriter writer(path, writer_options(world));
  const FrameRenderer renderer(script, world);
  std::vector<float> sound;
  if (world.sound.enabled) sound = sound_of(script, world);
  for (std::int64_t i = 0; i < script.num_frames; ++i) {
    throw_if_interrupted();
    cv::Mat picture = renderer.frame(i);
    writer.write(torch::from_blob(picture.data, {picture.rows, picture.cols, 3}, torch::kUInt8));
    if (sound.empty()) continue;
    const std::int64_t begin = samples_until(world, i, sound.size());
    const std::int64_t end = samples_until(world, i + 1, sound.size());
    writer.write_audio(torch::from_blob(sound.data() + begin, {end - begin}, torch::kFloat32));
  }
  writer.finish();
}

}  // namespace zoetrope::synthetic
