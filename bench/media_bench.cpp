// How fast frames come: sparse sampling against reading all, and streaming with resizing against decoding
// alone. Prints a table in Markdown. Makes its own input, two minutes of H.264 (640 x 360, 30/s, a key frame
// every 250 frames at most, B-frames), from a clip of tests/data.
//
//   build/bench/media_bench [VIDEO]
#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "zoetrope/media/frame_decoder.h"
#include "zoetrope/media/video_reader.h"
#include "zoetrope/media/video_track.h"
#include "zoetrope/media/video_writer.h"

namespace {

using namespace zoetrope::media;

constexpr std::int64_t kFrames = 3600, kHeight = 360;
constexpr int kSampled = 16, kRepeats = 5;

std::string make_input() {
  const std::string path = (std::filesystem::temp_directory_path() / "zoetrope-media-bench.mp4").string();
  if (std::filesystem::exists(path)) return path;
  fmt::print(stderr, "making {} ...\n", path);
  const VideoReader clip(std::string(ZOETROPE_TEST_DATA) + "/videos/nasa_13013.mp4");
  VideoWriter writer(path, {.width = 640, .height = 360, .fps = 30, .crf = 23, .gop = 250});
  for (std::int64_t written = 0; written < kFrames;) {
    FrameStream stream = clip.stream({.short_side = kHeight});
    while (std::optional<Frame> frame = stream.next()) {
      if (written++ < kFrames) writer.write(frame->rgb);
    }
  }
  writer.finish();
  return path;
}

/// Median seconds of several runs.
double seconds(const std::function<void()>& run) {
  std::vector<double> times;
  for (int i = 0; i < kRepeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

/// FFmpeg's decoder and nothing else, as `ffmpeg -i VIDEO -f null -`: the frames are counted and dropped.
std::int64_t decode_only(const std::string& path, int threads) {
  Demuxer demuxer(path);
  const int stream = av_find_best_stream(&demuxer.context(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  demuxer.select(stream);
  const AVCodecParameters& parameters = *demuxer.context().streams[stream]->codecpar;
  const FFmpegPtr<AVCodecContext> codec(avcodec_alloc_context3(avcodec_find_decoder(parameters.codec_id)));
  avcodec_parameters_to_context(codec.get(), &parameters);
  codec->thread_count = threads;
  avcodec_open2(codec.get(), nullptr, nullptr);
  const auto packet = make_packet();
  const auto frame = make_frame();
  std::int64_t count = 0;
  for (bool more = true; more;) {
    more = demuxer.read(*packet);
    avcodec_send_packet(codec.get(), more ? packet.get() : nullptr);
    while (avcodec_receive_frame(codec.get(), frame.get()) >= 0) ++count;
  }
  return count;
}

void stream_all(const std::string& path, std::int64_t short_side) {
  const VideoReader reader(path);
  FrameStream stream = reader.stream({.short_side = short_side});
  while (stream.next()) {
  }
}

void sample(const std::string& path, int threads) {
  VideoReader reader(path, {.num_threads = threads});
  std::vector<std::int64_t> indices;
  for (int i = 0; i < kSampled; ++i) indices.push_back((2 * i + 1) * reader.num_frames() / (2 * kSampled));
  (void)reader.frames_at(indices);
}

void row(const std::string& what, double time, std::int64_t frames, const std::string& ratio) {
  fmt::print("| {} | {:.3f} | {:.0f} | {} |\n", what, time, static_cast<double>(frames) / time, ratio);
}

void run(const std::string& path) {
  const VideoReader reader(path);
  const std::int64_t frames = reader.num_frames();
  const auto cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  fmt::print(
      "{} frames of {} x {}, {}; {} cores, {} decoding threads; median of {} runs, opening included\n\n",
      frames, reader.stream_info().width, reader.stream_info().height, reader.stream_info().codec, cores,
      cores, kRepeats);
  fmt::print("| what | seconds | frames/s | ratio |\n| --- | ---: | ---: | --- |\n");
  const double decode = seconds([&] { (void)decode_only(path, cores); });
  row("decode only (FFmpeg)", decode, frames, "1");
  const double all = seconds([&] { stream_all(path, 0); });
  row("stream, RGB of full size", all, frames, fmt::format("{:.2f} of decode only's rate", decode / all));
  const double small = seconds([&] { stream_all(path, 224); });
  row("stream, RGB of short side 224", small, frames,
      fmt::format("{:.2f} of decode only's rate", decode / small));
  const double opening = seconds([&] { const VideoReader opened(path); });
  row("open and scan", opening, frames, fmt::format("{:.2f} of decode only's time", opening / decode));
  const double sparse = seconds([&] { sample(path, 0); });
  row(fmt::format("{} frames spread over it", kSampled), sparse, kSampled,
      fmt::format("{:.2f} of decode only's time", sparse / decode));
  const double single = seconds([&] { sample(path, 1); });
  row(fmt::format("{} frames, one thread", kSampled), single, kSampled,
      fmt::format("{:.2f} of decode only's time", single / decode));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? argv[1] : make_input());
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "media_bench: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
