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
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <string>
#include <thread>
#include <vector>

#include "zoetrope/core/heap.h"
#include "zoetrope/media/frame_decoder.h"
#include "zoetrope/media/video_reader.h"
#include "zoetrope/media/video_track.h"
#include "zoetrope/media/video_writer.h"

namespace {

using namespace zoetrope::media;

constexpr std::int64_t kFrames = 3600, kHeight = 360;
constexpr int kSampled = 16, kRounds = 7;

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

double seconds(const std::function<void()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
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

/// The same with OpenCV's reader, as its users write it.
void stream_with_opencv(const std::string& path, int short_side) {
  cv::VideoCapture capture(path, cv::CAP_FFMPEG);
  cv::Mat frame, small, rgb;
  while (capture.read(frame)) {
    const double scale = static_cast<double>(short_side) / std::min(frame.rows, frame.cols);
    cv::resize(frame, small, {}, scale, scale, cv::INTER_LINEAR);
    cv::cvtColor(small, rgb, cv::COLOR_BGR2RGB);
  }
}

void sample(const std::string& path, int threads) {
  VideoReader reader(path, {.num_threads = threads});
  std::vector<std::int64_t> indices;
  for (int i = 0; i < kSampled; ++i) indices.push_back((2 * i + 1) * reader.num_frames() / (2 * kSampled));
  (void)reader.frames_at(indices);
}

struct Task {
  std::string name;
  std::int64_t frames;
  std::function<void()> run;
  bool as_rate;  ///< the ratio is of rates, not of times
  std::vector<double> times = {};
};

void print_row(const Task& task, const Task& limit) {
  // Ratios within a round: a machine that is slower for a while is slower for both.
  std::vector<double> ratios;
  for (std::size_t i = 0; i < task.times.size(); ++i) ratios.push_back(task.times[i] / limit.times[i]);
  const double time = median(task.times), ratio = median(ratios);
  const std::string text = &task == &limit ? "1"
                           : task.as_rate  ? fmt::format("{:.2f} of decode only's rate", 1 / ratio)
                                           : fmt::format("{:.2f} of decode only's time", ratio);
  fmt::print("| {} | {:.3f} | {:.0f} | {} |\n", task.name, time, static_cast<double>(task.frames) / time,
             text);
}

void run(const std::string& path) {
  const VideoReader reader(path);
  const std::int64_t frames = reader.num_frames();
  const auto cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  fmt::print(
      "{} frames of {} x {}, {}; {} cores, {} decoding threads; median of {} rounds, opening included\n\n",
      frames, reader.stream_info().width, reader.stream_info().height, reader.stream_info().codec, cores,
      cores, kRounds);
  std::vector<Task> tasks = {
      {"decode only (FFmpeg)", frames, [&] { (void)decode_only(path, cores); }, true},
      {"stream, RGB of full size", frames, [&] { stream_all(path, 0); }, true},
      {"stream, RGB of short side 224", frames, [&] { stream_all(path, 224); }, true},
      {"OpenCV, RGB of short side 224", frames, [&] { stream_with_opencv(path, 224); }, true},
      {"open and scan", frames, [&] { const VideoReader opened(path); }, false},
      {fmt::format("{} frames spread over it", kSampled), kSampled, [&] { sample(path, 0); }, false},
      {fmt::format("{} frames, one thread", kSampled), kSampled, [&] { sample(path, 1); }, false}};
  for (int round = 0; round < kRounds; ++round) {
    for (Task& task : tasks) task.times.push_back(seconds(task.run));
  }
  fmt::print("| what | seconds | frames/s | ratio |\n| --- | ---: | ---: | --- |\n");
  for (const Task& task : tasks) print_row(task, tasks.front());
}

}  // namespace

int main(int argc, char** argv) {
  zoetrope::keep_freed_memory();
  try {
    run(argc > 1 ? argv[1] : make_input());
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "media_bench: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
