#include "zoetrope/tasks/detection.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"

namespace zoetrope::tasks {
namespace {

std::vector<double> to_doubles(const torch::Tensor& values) {
  const torch::Tensor doubles = values.detach().to(torch::kCPU, torch::kDouble).contiguous();
  return {doubles.data_ptr<double>(), doubles.data_ptr<double>() + doubles.numel()};
}

models::Tsrnet& tsrnet_of(models::Model& model) {
  auto* tsrnet = dynamic_cast<models::Tsrnet*>(&model);
  if (!tsrnet) throw Error::usage("the model finds nothing in whole videos; 'tsrnet' does");
  return *tsrnet;
}

// The best class, and all of the lowest score or more, in the order of their scores.
std::vector<std::int64_t> classes_of(const std::vector<double>& scores, double lowest) {
  std::vector<std::int64_t> classes(scores.size());
  std::iota(classes.begin(), classes.end(), 0);
  const auto score = [&](std::int64_t id) { return scores[static_cast<std::size_t>(id)]; };
  std::stable_sort(classes.begin(), classes.end(),
                   [&](std::int64_t a, std::int64_t b) { return score(a) > score(b); });
  std::size_t count = 1;
  while (count < classes.size() && score(classes[count]) >= lowest) ++count;
  classes.resize(std::min(count, classes.size()));
  return classes;
}

}  // namespace

std::vector<double> VideoScores::activations(std::int64_t label) const {
  std::vector<double> sum(streams.empty() ? 0 : streams.front().attention.size());
  for (const Stream& stream : streams) {
    const double score = stream.share * stream.scores.at(static_cast<std::size_t>(label));
    for (std::size_t t = 0; t < sum.size(); ++t) sum[t] += score * stream.attention[t];
  }
  return sum;
}

VideoObserver::VideoObserver(models::Model& model) : model_(tsrnet_of(model)) {
  for (std::size_t i = 0; i < model_.num_streams(); ++i)
    sums_.emplace_back(model_.stream(i).attention().kind());
}

void VideoObserver::add(const torch::Tensor& features) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const torch::Tensor part = model_.part(features, i);
    sums_[i].add(part, model_.stream(i).attention().energies(part));
  }
}

VideoScores VideoObserver::scores() const {
  const torch::NoGradGuard no_grad;
  VideoScores result;
  std::vector<torch::Tensor> scores;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    models::TsrnetStream& stream = model_.stream(i);
    const auto [attention, feature] = sums_[i].result();
    scores.push_back(stream.classify(stream.hidden(feature)).softmax(1));
    const bool sums_to_one = stream.attention().kind() != nn::AttentionKind::kSigmoid;
    const double scale = sums_to_one ? static_cast<double>(attention.size(1)) : 1;
    const double theta = sums_.size() == 1 ? 1 : model_.options().theta;
    result.streams.push_back({.name = model_.options().streams[i],
                              .share = i == 0 ? theta : 1 - theta,
                              .attention = to_doubles(attention.to(torch::kDouble) * scale),
                              .scores = to_doubles(scores.back())});
  }
  result.scores = to_doubles(model_.fuse(scores));
  return result;
}

VideoScores observe(models::Model& model, const data::FeatureStreams& features, std::int64_t sample,
                    torch::Device device) {
  constexpr std::int64_t kPiece = 1024;  // frames: of two streams of 2048 numbers, 16 MB
  VideoObserver observer(model);
  const std::int64_t frames = features.num_sampled(sample);
  for (std::int64_t first = 0; first < frames; first += kPiece)
    observer.add(features.read(first, std::min(kPiece, frames - first), sample).to(device));
  return observer.scores();
}

std::vector<Detected> detect(const VideoScores& scores, double rate, const DetectOptions& options) {
  std::vector<Detected> found;
  for (const std::int64_t label : classes_of(scores.scores, options.class_score)) {
    for (const decoding::ActivationSegment& segment :
         decoding::threshold_segments(scores.activations(label), options, rate)) {
      found.push_back({.label = label,
                       .start = static_cast<double>(segment.start) / rate,
                       .end = static_cast<double>(segment.end) / rate,
                       .score = segment.score});
    }
  }
  return found;
}

}  // namespace zoetrope::tasks
