#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <unordered_set>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/lists.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/media/video_reader.h"
#include "zoetrope/timeline/csv.h"
#include "zoetrope/weights/safetensors.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

struct FramesOptions {
  std::string path, output, index, time;
  std::int64_t every = 0;
  int stream = -1;
  bool json = false;
};

/// A safetensors file is written whole, so its frames are held in memory.
constexpr std::int64_t kMaxTensorBytes = std::int64_t{4} << 30;
/// Frames asked for by index are decoded this many at a time.
constexpr std::size_t kBatch = 32;

std::vector<std::int64_t> wanted_indices(const FramesOptions& options, const media::VideoReader& reader) {
  if (!options.index.empty()) return parse_indices(options.index, reader.num_frames());
  std::vector<std::int64_t> indices;
  for (const double seconds : parse_times(options.time)) indices.push_back(reader.index_played_at(seconds));
  return indices;
}

/// Calls `sink` for every frame that was asked for, in order, in bounded memory; returns how many were lost.
template <typename Sink>
std::int64_t for_each_frame(const FramesOptions& options, media::VideoReader& reader, ProgressMode mode,
                            Sink sink) {
  if (options.every > 0) {
    Progress progress({.total = (reader.num_frames() + options.every - 1) / options.every, .mode = mode});
    media::FrameStream stream = reader.stream({.stride = options.every});
    while (std::optional<media::Frame> frame = stream.next()) {
      throw_if_interrupted();
      sink(*frame);
      progress.advance();
    }
    progress.finish();
    return stream.lost();
  }
  std::int64_t lost = 0;
  const std::vector<std::int64_t> indices = wanted_indices(options, reader);
  for (std::size_t begin = 0; begin < indices.size(); begin += kBatch) {
    throw_if_interrupted();
    const std::size_t end = std::min(begin + kBatch, indices.size());
    const media::Frames frames = reader.frames_at({indices.begin() + begin, indices.begin() + end});
    lost += static_cast<std::int64_t>(frames.lost.size());
    for (std::size_t i = 0; i < frames.index.size(); ++i) {
      sink({frames.rgb[static_cast<std::int64_t>(i)], frames.index[i], frames.pts[i], frames.duration[i]});
    }
  }
  return lost;
}

std::string frame_name(std::int64_t index) {
  return fmt::format("frame_{:06}", index);
}

class Sink {
 public:
  virtual ~Sink() = default;
  /// Returns where the frame went: a file, or a tensor's name.
  virtual std::string add(const media::Frame& frame) = 0;
  virtual void finish() {}
};

/// One PNG file, or a folder of them.
class PngSink : public Sink {
 public:
  PngSink(const std::string& output, bool folder) : output_(output), folder_(folder) {
    if (folder_) fs::create_directories(output_);
  }

  std::string add(const media::Frame& frame) override {
    const std::string file =
        folder_ ? (output_ / (frame_name(frame.index) + ".png")).string() : output_.string();
    const torch::Tensor rgb = frame.rgb.contiguous();
    const cv::Mat view(static_cast<int>(rgb.size(0)), static_cast<int>(rgb.size(1)), CV_8UC3, rgb.data_ptr());
    cv::Mat bgr;
    cv::cvtColor(view, bgr, cv::COLOR_RGB2BGR);
    std::vector<unsigned char> png;
    if (!cv::imencode(".png", bgr, png)) throw Error::failed("{}: the frame cannot be encoded", file);
    write_file_atomically(file, {reinterpret_cast<const char*>(png.data()), png.size()});
    return file;
  }

 private:
  fs::path output_;
  bool folder_;
};

/// `frame_<index>`, uint8 [H, W, 3], for each frame; `index` int64 [T] and `pts`, `duration` float64 [T] in
/// seconds.
class SafetensorsSink : public Sink {
 public:
  SafetensorsSink(std::string output, std::string video)
      : output_(std::move(output)), video_(std::move(video)) {}

  std::string add(const media::Frame& frame) override {
    const std::string name = frame_name(frame.index);
    if (!seen_.insert(frame.index).second) return name;  // asked for twice
    bytes_ += frame.rgb.numel();
    if (bytes_ > kMaxTensorBytes) {
      throw Error::usage(
          "{}: more than {} of frames; take fewer, or write PNG files into a folder (-o FOLDER/)", output_,
          bytes_text(kMaxTensorBytes));
    }
    tensors_.emplace_back(name, frame.rgb.contiguous());
    index_.push_back(frame.index);
    pts_.push_back(frame.pts);
    duration_.push_back(frame.duration);
    return name;
  }

  void finish() override {
    tensors_.emplace_back("index", torch::tensor(index_, torch::kInt64));
    tensors_.emplace_back("pts", torch::tensor(pts_, torch::kFloat64));
    tensors_.emplace_back("duration", torch::tensor(duration_, torch::kFloat64));
    weights::write_safetensors(output_, tensors_,
                               {{"video", video_}, {"layout", "height, width, RGB; times in seconds"}});
  }

 private:
  std::string output_, video_;
  std::int64_t bytes_ = 0;
  std::vector<std::pair<std::string, torch::Tensor>> tensors_;
  std::unordered_set<std::int64_t> seen_;
  std::vector<std::int64_t> index_;
  std::vector<double> pts_, duration_;
};

/// `several`: more than one frame was asked for, as far as the command line tells.
std::unique_ptr<Sink> make_sink(const FramesOptions& options, bool several) {
  const fs::path output = options.output;
  if (output.extension() == ".safetensors")
    return std::make_unique<SafetensorsSink>(options.output, options.path);
  if (output.extension() == ".png" && !fs::is_directory(output)) {
    if (!several) return std::make_unique<PngSink>(options.output, false);
    throw Error::usage("{}: one PNG file holds one frame; name a folder (-o FOLDER/) or a .safetensors file",
                       options.output);
  }
  if (!output.extension().empty() && !fs::is_directory(output) && !options.output.ends_with("/")) {
    throw Error::usage(
        "{}: unknown kind of file; write .png, .safetensors, or a folder of PNG files (-o FOLDER/)",
        options.output);
  }
  return std::make_unique<PngSink>(options.output, true);
}

int run_frames(const FramesOptions& options, ProgressMode mode) {
  if (!options.index.empty() + !options.time.empty() + (options.every != 0) != 1) {
    throw Error::usage("say which frames: one of --index, --time and --every");
  }
  if (options.every < 0) throw Error::usage("--every {}: the step must be at least 1", options.every);
  media::VideoReader reader(options.path, {.stream = options.stream});
  for (const std::string& warning : reader.info().warnings) log_warning("{}: {}", options.path, warning);
  const bool several =
      options.every ? reader.num_frames() > options.every : wanted_indices(options, reader).size() > 1;
  const std::unique_ptr<Sink> sink = make_sink(options, several);

  Json rows = Json::array();
  std::string lines = "index,pts,duration,output\n";
  std::int64_t written = 0;
  const std::int64_t lost = for_each_frame(options, reader, mode, [&](const media::Frame& frame) {
    const std::string output = sink->add(frame);
    ++written;
    if (options.json) {
      rows.push_back(
          {{"index", frame.index}, {"pts", frame.pts}, {"duration", frame.duration}, {"output", output}});
    } else {
      lines += fmt::format("{},{:.6f},{:.6f},{}\n", frame.index, frame.pts, frame.duration,
                           timeline::csv_field(output));
    }
  });
  if (written == 0) throw Error::input("{}: none of the frames asked for can be decoded", options.path);
  sink->finish();
  if (options.json) {
    print_json({{"video", options.path}, {"frames", rows}, {"lost", lost}});
  } else {
    fmt::print("{}", lines);
  }
  if (lost > 0) {
    log_warning("{}: {} of {} frames could not be decoded and are missing", options.path, lost,
                lost + written);
  }
  return 0;
}

}  // namespace

void add_frames(Program& program) {
  CLI::App& command = program.command(
      "frames", "frames of a video as PNG files or tensors, exact to the frame",
      {{"frames match.mp4 --index 0,30,60 -o frames.safetensors", "three frames by number, as tensors"},
       {"frames match.mp4 --time 1:02.5 -o goal.png", "the frame on screen at that time"},
       {"frames match.mp4 --every 25 -o thumbs/", "every 25th frame, PNG files in a folder"}});
  auto options = std::make_shared<FramesOptions>();
  command.add_option("VIDEO", options->path, "a video file")->required();
  command.add_option("--index", options->index, "frame numbers from 0: 0,30,60 or first:last:step")
      ->type_name("LIST");
  command.add_option("--time", options->time, "times: seconds, or minutes:seconds: 1.5,1:02.25")
      ->type_name("LIST");
  command.add_option("--every", options->every, "every Nth frame")->type_name("N");
  command
      .add_option("-o,--output", options->output,
                  "NAME.safetensors, NAME.png (one frame), or FOLDER/ of PNG files")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--stream", options->stream,
                  "the video stream's number in the file; the best one if not given")
      ->type_name("N");
  command.add_flag("--json", options->json, "print the frames' times as a JSON document instead of CSV");
  program.on_run(command, [&program, options] { return run_frames(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
