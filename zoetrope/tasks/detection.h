#pragma once
// Detection of actions in untrimmed videos by a network that knows the classes of whole videos
// (models/tsrnet.h): which classes, and where.
//
//   const data::FeatureStreams features({"rgb/a.npy", "flow/a.npy"});
//   const tasks::VideoScores scores = tasks::observe(*model, features);
//   for (const tasks::Detected& each : tasks::detect(scores, fps, options)) print(each.label, each.start);
//
//   classes      s = theta s_1 + (1 - theta) s_2; those of `class_score` or more, and the best
//   frames       w_i^c = theta a_1i s_1^c + (1 - theta) a_2i s_2^c
//   segments     runs of w^c above thresholds, joined, scored, thinned out (decoding/threshold_segments.h)
//   times        positions over the features' rate
//
// After a softmax a is taken times the number of frames, so that a frame of average attention has 1 in videos
// of any length, and the scores of segments of different videos compare. Thresholds are relative: they are
// not moved by it. A video is taken piece by piece: memory is that of a piece, and a few numbers a frame.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/data/feature_streams.h"
#include "zoetrope/decoding/threshold_segments.h"
#include "zoetrope/models/tsrnet.h"

namespace zoetrope::tasks {

using decoding::DetectOptions;

/// What a network says of one video.
struct VideoScores {
  struct Stream {
    std::string name = {};
    double share = 1;                    ///< in the fusion: theta, 1 - theta
    std::vector<double> attention = {};  ///< [T]; of mean 1 after a softmax, in [0, 1] of a sigmoid
    std::vector<double> scores = {};     ///< [C], after the softmax
  };
  std::vector<Stream> streams = {};
  std::vector<double> scores = {};  ///< [C], fused

  /// w^c [T].
  [[nodiscard]] std::vector<double> activations(std::int64_t label) const;
};

/// Takes a video piece by piece. The model is in inference mode, and outlives it.
class VideoObserver {
 public:
  /// Throws Error (kUsage) for a model that is no TSRNet.
  explicit VideoObserver(models::Model& model);

  /// The next frames [1, D, n], of all streams, on the model's device. Throws Error (kInput) for another D.
  void add(const torch::Tensor& features);
  [[nodiscard]] VideoScores scores() const;

 private:
  models::Tsrnet& model_;
  std::vector<nn::AttentionSum> sums_;
};

/// Of all frames 0, sample, 2 sample, ... of a video.
[[nodiscard]] VideoScores observe(models::Model& model, const data::FeatureStreams& features,
                                  std::int64_t sample = 1, torch::Device device = torch::kCPU);

struct Detected {
  std::int64_t label = 0;
  double start = 0;  ///< seconds
  double end = 0;
  double score = 0;
};

/// By class as the scores rank them, the best segment of each first. `rate`: frames of the features a second.
[[nodiscard]] std::vector<Detected> detect(const VideoScores& scores, double rate,
                                           const DetectOptions& options);

}  // namespace zoetrope::tasks
