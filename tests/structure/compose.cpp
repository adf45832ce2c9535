#include "tests/structure/compose.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "zoetrope/core/error.h"
#include "zoetrope/media/video_reader.h"
#include "zoetrope/structure/analyze.h"

namespace zoetrope::structure::compose {
namespace {

Clip load_clip(const std::string& path, double begin, double end, cv::Size size) {
  const media::VideoReader reader(path);
  const double start = reader.frame_times().front().pts;
  media::FrameStream stream = reader.stream();
  Clip clip{.name = path, .frames = {}};
  while (const auto frame = stream.next()) {
    const double time = frame->pts - start;
    if (time < begin) continue;
    if (time >= end) break;
    cv::Mat scaled;
    const torch::Tensor rgb = frame->rgb.contiguous();
    cv::resize(as_picture(rgb), scaled, size, 0, 0, cv::INTER_AREA);
    clip.frames.push_back(scaled);
  }
  if (clip.frames.empty()) throw Error::input("{}: no frame in {} to {} s", path, begin, end);
  return clip;
}

const cv::Mat& frame_of(const Piece& piece, int at) {
  const int n = static_cast<int>(piece.clip->frames.size());
  const int place = (piece.first + at) % (2 * n);
  return piece.clip->frames[static_cast<std::size_t>(place < n ? place : 2 * n - 1 - place)];
}

cv::Mat blend(const cv::Mat& a, const cv::Mat& b, double share) {
  cv::Mat out;
  cv::addWeighted(a, 1 - share, b, share, 0, out);
  return out;
}

cv::Mat wipe(const cv::Mat& a, const cv::Mat& b, double share) {
  cv::Mat out = a.clone();
  const int edge = static_cast<int>(share * a.cols);
  b.colRange(0, edge).copyTo(out.colRange(0, edge));
  return out;
}

/// Appends the mixed frames between two pieces; returns how many of the next piece's frames they used.
int join_pieces(const Piece& piece, const Piece& next, std::vector<cv::Mat>& frames) {
  const int body = piece.count - piece.length;
  if (piece.join == Join::kDissolve || piece.join == Join::kWipe) {
    for (int i = 0; i < piece.length; ++i) {
      const double share = (i + 1.0) / (piece.length + 1);
      const cv::Mat &from = frame_of(piece, body + i), &to = frame_of(next, i);
      frames.push_back(piece.join == Join::kWipe ? wipe(from, to, share) : blend(from, to, share));
    }
    return piece.length;
  }
  const cv::Mat even(frame_of(next, 0).size(), CV_8UC3,
                     cv::Scalar::all(piece.join == Join::kFadeToBlack ? 0 : 255));
  const int out = piece.length / 2, in = piece.length - out;
  for (int i = 0; i < out; ++i) frames.push_back(blend(frame_of(piece, body + i), even, (i + 1.0) / out));
  for (int i = 0; i < in; ++i) frames.push_back(blend(even, frame_of(next, i), (i + 1.0) / in));
  return in;
}

double uniform(std::mt19937& generator, double low, double high) {
  return low + (high - low) * (generator() / 4294967296.0);
}

std::size_t below(std::mt19937& generator, std::size_t n) {
  return generator() % n;
}

}  // namespace

std::vector<Clip> load_clips(const std::string& data_folder, const std::string& part, cv::Size size) {
  const std::string list = data_folder + "/structure/clips.txt";
  std::ifstream in(list);
  if (!in) throw Error::input("{}: cannot be opened", list);
  std::vector<Clip> clips;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string file, of;
    double begin = 0, end = 0;
    if (!(fields >> file >> begin >> end >> of)) throw Error::input("{}: cannot read '{}'", list, line);
    if (of == part) clips.push_back(load_clip(data_folder + "/" + file, begin, end, size));
  }
  return clips;
}

Video compose(const std::vector<Piece>& pieces, double fps) {
  Video video{.fps = fps, .frames = {}, .transitions = {}};
  int used = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool last = i + 1 == pieces.size();
    const bool gradual = !last && pieces[i].join != Join::kCut;
    const int body = pieces[i].count - (gradual ? pieces[i].length : 0);
    for (int at = used; at < body; ++at) video.frames.push_back(frame_of(pieces[i], at));
    if (last) break;
    const int begin = static_cast<int>(video.frames.size());
    used = gradual ? join_pieces(pieces[i], pieces[i + 1], video.frames) : 0;
    video.transitions.push_back({pieces[i].join, begin, static_cast<int>(video.frames.size())});
  }
  return video;
}

Video compose_randomly(const std::vector<Clip>& clips, const std::vector<Join>& joins, int num_pieces,
                       double fps, double min_seconds, double max_seconds, double max_gradual,
                       std::mt19937& generator) {
  std::vector<Piece> pieces;
  const Clip* previous = nullptr;
  int entering = 0;
  for (int i = 0; i < num_pieces; ++i) {
    Piece piece{.join = joins[static_cast<std::size_t>(i) % joins.size()]};
    do {
      piece.clip = &clips[below(generator, clips.size())];
    } while (piece.clip == previous && clips.size() > 1);
    previous = piece.clip;
    piece.length = static_cast<int>(std::lround(uniform(generator, 0.3, max_gradual) * fps));
    const int alone = static_cast<int>(uniform(generator, min_seconds, max_seconds) * fps);
    piece.count = std::max(alone, entering + piece.length + static_cast<int>(fps / 2));
    const int spare = static_cast<int>(piece.clip->frames.size()) - piece.count;
    piece.first = spare > 0 ? static_cast<int>(below(generator, static_cast<std::size_t>(spare) + 1)) : 0;
    entering = piece.length;
    pieces.push_back(piece);
  }
  return compose(pieces, fps);
}

Structure analyze(const Video& video, StructureOptions options) {
  StructureAnalyzer analyzer(options);
  for (std::size_t i = 0; i < video.frames.size(); ++i) {
    analyzer.push(video.frames[i], static_cast<double>(i) / video.fps, 1 / video.fps);
  }
  return analyzer.finish();
}

std::vector<metrics::Transition> predicted_transitions(const Structure& structure) {
  std::vector<metrics::Transition> out;
  for (const Transition& t : structure.transitions) {
    out.push_back({{t.begin, t.end}, t.kind != TransitionKind::kCut});
  }
  return out;
}

std::vector<metrics::Transition> true_transitions(const Video& video) {
  std::vector<metrics::Transition> out;
  for (const TrueTransition& t : video.transitions) {
    out.push_back({{t.begin / video.fps, t.end / video.fps}, t.join != Join::kCut});
  }
  return out;
}

PartScores score_parts(const Structure& structure, const Video& video) {
  std::vector<double> predicted, truth;
  for (std::size_t i = 1; i < structure.parts.size(); ++i) predicted.push_back(structure.parts[i].begin);
  for (const TrueTransition& t : video.transitions) truth.push_back((t.begin + t.end) / 2.0 / video.fps);
  const auto labels = [&](const std::vector<double>& boundaries) {
    std::vector<std::int64_t> of_frames;
    for (std::size_t i = 0; i < video.frames.size(); ++i) {
      const double time = static_cast<double>(i) / video.fps;
      of_frames.push_back(std::ranges::upper_bound(boundaries, time) - boundaries.begin());
    }
    return of_frames;
  };
  return {.boundaries = metrics::match_boundaries(predicted, truth, 1.0),
          .frames = metrics::match_parts(labels(predicted), labels(truth)).frames};
}

}  // namespace zoetrope::structure::compose
