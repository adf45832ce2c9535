#include "zoetrope/nn/similarity_sampling.h"

#include <algorithm>
#include <numbers>

#include "zoetrope/core/error.h"
#include "zoetrope/core/torch_compat.h"
#include "zoetrope/nn/synchronised_batch_norm.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;

// Of the authors' code: it decides whether the frame on the last bin's edge is seen at all.
constexpr double kEdge = 1e-7;

// The weights of frames in bins, with the gradients of (6.8); of the Kronecker kernel those of the authors.
class BinKernel : public torch::autograd::Function<BinKernel> {
 public:
  // Places [N, 1, T] in units of gamma, centres [N, B, 1], half widths [N, 1, 1].
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& places,
                        const Tensor& centres, const Tensor& halves, bool linear, double gradient_scale) {
    const Tensor apart = (places - centres).abs();
    Tensor sign =
        linear ? torch::where(centres < places, -1.0, 1.0).to(places.dtype()) : torch::ones_like(apart);
    sign.masked_fill_(linear ? apart > 1 : apart > halves, 0);
    context->save_for_backward({sign});
    context->saved_data["scale"] = gradient_scale;
    if (linear) return (1 + kEdge - apart).clamp_min(0);
    return (apart <= halves).to(places.dtype());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const Tensor sign = context->get_saved_variables().at(0);
    const double scale = context->saved_data["scale"].toDouble();
    return {(gradients.at(0) * sign).sum(1, /*keepdim=*/true) * scale, {}, {}, {}, {}};
  }
};

std::int64_t num_coordinates(const SimilaritySamplingOptions& options) {
  if (options.measure == SimilarityMeasure::kAngular) return options.embedding - 1;
  return options.measure == SimilarityMeasure::kSpherical ? options.embedding : 1;
}

bool is_linear(SimilarityKernel kernel) {
  return kernel == SimilarityKernel::kLinear || kernel == SimilarityKernel::kLinearMean;
}

// [N, B, T] of one coordinate [N, T]. The order of the operations is the authors': with another, rounding
// moves the frame of the largest coordinate into its bin or out of it.
Tensor weights_of_coordinate(const Tensor& delta, std::int64_t bins,
                             const SimilaritySamplingOptions& options) {
  const auto count = static_cast<double>(bins);
  Tensor largest = delta.amax(1, /*keepdim=*/true);
  if (options.hold_maximum) largest = largest.detach();
  // Where all frames are at zero, so is their scale.
  largest = torch::where(largest > 0, largest, torch::ones_like(largest));
  const Tensor places = delta * (largest.reciprocal() * (2 * count));
  // The edges follow the largest place, which is 2 B whatever Delta is: they have no gradient.
  const Tensor reach = places.detach().amax(1, /*keepdim=*/true);
  const Tensor width = torch::where(reach > 0, reach, torch::full_like(reach, 2 * count)) / count;
  const Tensor centres = torch::arange(bins, width.options()) * width + width / 2;
  return BinKernel::apply(places.unsqueeze(1), centres.unsqueeze(2), width.unsqueeze(2) / 2,
                          is_linear(options.kernel), options.gradient_scale);
}

Tensor mean_of_bins(const Tensor& weights, SimilarityKernel kernel) {
  const Tensor counts = weights.detach().ne(0).sum(2, /*keepdim=*/true).clamp_min(1).to(weights.dtype());
  if (kernel == SimilarityKernel::kKronecker) return weights / counts;
  // The value of the mean with the gradient of the sum, as the authors have it.
  return weights + (weights / counts - weights).detach();
}

// The angles of Z [N, L, T]: [N, L - 1, T].
Tensor angles_of(const Tensor& z) {
  constexpr double kSmall = 1e-12;  // under the root, which has no slope at zero
  const std::int64_t last = z.size(1) - 1;
  std::vector<Tensor> angles;
  for (std::int64_t i = 0; i + 1 < last; ++i) {
    const Tensor rest = z.slice(1, i + 1).square().sum(1).add(kSmall).sqrt();
    angles.push_back(torch::atan2(rest, z.select(1, i)));
  }
  const Tensor turn = torch::atan2(z.select(1, last), z.select(1, last - 1));
  angles.push_back(torch::where(turn < 0, turn + 2 * std::numbers::pi, turn));
  return torch::stack(angles, 1);
}

Tensor mahalanobis(const Tensor& z) {
  const std::int64_t frames = z.size(2);
  if (frames <= z.size(1)) {
    throw Error::usage(
        "measure 'mahalanobis': {} frames have no covariance with an inverse in {} dimensions; give more "
        "frames or a smaller 'embedding'",
        frames, z.size(1));
  }
  const Tensor apart = z - z.mean(2, /*keepdim=*/true);
  const Tensor covariance = apart.bmm(apart.transpose(1, 2)) / static_cast<double>(frames - 1);
  // Where frames do not spread in some direction, none is apart in it.
  const Tensor inverse = torch::linalg_pinv(covariance, c10::optional<double>(), c10::optional<double>());
  return (inverse.bmm(apart) * apart).sum(1, /*keepdim=*/true);
}

Tensor distance_to_mean(const Tensor& z, double p) {
  constexpr double kApart = 1e-6;  // of PyTorch's pairwise distance
  return (z.mean(2, /*keepdim=*/true) - z + kApart).norm(p, {1}, /*keepdim=*/true);
}

// Those of a clip of shapes alone: LibTorch 1.13 does not know the shapes of all that makes the weights.
Tensor shape_of_weights(const Tensor& embeddings, const SimilaritySamplingOptions& options,
                        std::int64_t step) {
  std::int64_t bins = 0;
  for (std::int64_t begin = 0; begin < embeddings.size(2); begin += step) {
    const std::int64_t frames = std::min(step, embeddings.size(2) - begin);
    std::int64_t of_block = options.bins.empty() ? frames : 1;
    for (const std::int64_t count : options.bins) of_block *= count;
    bins += options.drop_empty ? std::min(of_block, frames) : of_block;
  }
  return torch::empty({embeddings.size(0), bins, embeddings.size(2)}, embeddings.options());
}

// In 32 bits at least, whatever the maps have: a bin is a T-th of what the frames differ by.
Tensor in_full_precision(const Tensor& tensor) {
  return tensor.to(torch::promoteTypes(tensor.scalar_type(), torch::kFloat));
}

// Psi of the whole clip: blocks of frames have bins of their own.
Tensor weights_of_clip(const Tensor& given, const SimilaritySamplingOptions& options) {
  const Bfloat16Scope precise(given.device(), /*enabled=*/false);
  const Tensor embeddings = in_full_precision(given);
  const std::int64_t frames = embeddings.size(2);
  const std::int64_t step = options.block > 0 ? std::min(options.block, frames) : frames;
  if (embeddings.is_meta()) return shape_of_weights(embeddings, options, step);
  std::vector<Tensor> blocks;
  for (std::int64_t begin = 0; begin < frames; begin += step) {
    const std::int64_t length = std::min(step, frames - begin);
    const Tensor block = embeddings.narrow(2, begin, length);
    const Tensor weights = bin_weights(similarity_coordinates(block, options.measure), options);
    blocks.push_back(torch::constant_pad_nd(weights, {begin, frames - begin - length}));
  }
  return blocks.size() == 1 ? blocks.front() : torch::cat(blocks, 1);
}

// The maps [N, C, T, H, W] of the frames, summed with the weights [N, B, T] of each bin. A product for each
// channel, so that neither maps nor result have to be laid out anew.
Tensor weighted_sums(const Tensor& maps, const Tensor& weights) {
  const std::int64_t channels = maps.size(1);
  const Tensor of_channels =
      weights.to(maps.scalar_type()).unsqueeze(1).expand({-1, channels, -1, -1}).flatten(0, 1);
  return of_channels.bmm(maps.flatten(3).flatten(0, 1))
      .view({maps.size(0), channels, weights.size(1), maps.size(3), maps.size(4)});
}

// The most bins that a clip of the batch has; of a batch that several processes share out, of all their clips, as if one
// process had them all.
std::int64_t most_of(const std::vector<std::int64_t>& counts, torch::Device device) {
  const std::int64_t most = *std::max_element(counts.begin(), counts.end());
  JointBatch* const joint = JointBatchScope::present();
  if (!joint) return most;
  Tensor table = torch::zeros({joint->size()}, torch::TensorOptions(device).dtype(torch::kDouble));
  if (joint->has_share()) table[joint->rank()] = static_cast<double>(most);
  joint->sum(table);
  return static_cast<std::int64_t>(table.max().item<double>());
}

// Moves the bins in use forward and cuts the batch to the most that a clip has.
Tensor drop_empty_bins(const Tensor& weights, std::vector<std::int64_t>& counts) {
  const Tensor used = weights.detach().sum(2).ne(0);
  const Tensor sums = used.sum(1).to(torch::kCPU).contiguous();
  for (std::int64_t i = 0; i < sums.size(0); ++i) {
    counts[static_cast<std::size_t>(i)] = std::max<std::int64_t>(sums.data_ptr<std::int64_t>()[i], 1);
  }
  const std::int64_t most = most_of(counts, weights.device());
  // Of a process without a share, whose clips count for nothing.
  for (std::int64_t& count : counts) count = std::min(count, most);
  const Tensor order =
      std::get<1>(torch::sort(used.logical_not().to(torch::kInt), /*stable=*/c10::optional<bool>(true), 1));
  return weights.gather(1, order.narrow(1, 0, most).unsqueeze(2).expand({-1, -1, weights.size(2)}));
}

}  // namespace

EnumNames<SimilarityMeasure> config_names(SimilarityMeasure) {
  return {{"magnitude", SimilarityMeasure::kMagnitude},
          {"l1", SimilarityMeasure::kL1},
          {"l2", SimilarityMeasure::kL2},
          {"cosine", SimilarityMeasure::kCosine},
          {"mahalanobis", SimilarityMeasure::kMahalanobis},
          {"angular", SimilarityMeasure::kAngular},
          {"spherical", SimilarityMeasure::kSpherical}};
}

EnumNames<SimilarityKernel> config_names(SimilarityKernel) {
  return {{"linear", SimilarityKernel::kLinear},
          {"linear_mean", SimilarityKernel::kLinearMean},
          {"kronecker", SimilarityKernel::kKronecker},
          {"kronecker_sum", SimilarityKernel::kKroneckerSum}};
}

void describe(ConfigFields& f, SimilaritySamplingOptions& o) {
  f.field("embedding", o.embedding, "dimensions in which frames are compared").range(1, 4096);
  f.field("measure", o.measure, "by what frames are put into bins; magnitude is the text's");
  f.field("kernel", o.kernel, "how a bin's frames become one");
  f.field("bins", o.bins, "of each coordinate; empty: as many as frames").range(1, 4096);
  f.field("block", o.block, "frames that are sampled by themselves; 0: the whole clip").range(0, 1'000'000);
  f.field("drop_empty", o.drop_empty, "drop the bins that no frame falls into");
  f.field("gradient_scale", o.gradient_scale, "factor of the gradient to the embeddings").range(0, 1e6);
  f.field("hold_maximum", o.hold_maximum, "no gradient through the largest distance");
}

Tensor similarity_coordinates(const Tensor& z, SimilarityMeasure measure) {
  const bool has_angles = measure == SimilarityMeasure::kAngular || measure == SimilarityMeasure::kSpherical;
  if (has_angles && z.size(1) < 2)
    throw Error::usage(
        "measure 'angular' or 'spherical': one dimension has no angles; 'embedding' is 2 or more");
  switch (measure) {
    case SimilarityMeasure::kMagnitude:
      return z.norm(2, {1}, /*keepdim=*/true);
    case SimilarityMeasure::kL1:
      return distance_to_mean(z, 1);
    case SimilarityMeasure::kL2:
      return distance_to_mean(z, 2);
    case SimilarityMeasure::kCosine:
      return 1 - torch::cosine_similarity(z, z.mean(2, /*keepdim=*/true), 1).unsqueeze(1);
    case SimilarityMeasure::kMahalanobis:
      return mahalanobis(z);
    case SimilarityMeasure::kAngular:
      return angles_of(z);
    case SimilarityMeasure::kSpherical:
      break;
  }
  return torch::cat({z.norm(2, {1}, /*keepdim=*/true), angles_of(z)}, 1);
}

Tensor bin_weights(const Tensor& coordinates, const SimilaritySamplingOptions& options) {
  std::vector<std::int64_t> bins = options.bins;
  if (bins.empty()) bins = {coordinates.size(2)};
  if (static_cast<std::int64_t>(bins.size()) != coordinates.size(1)) {
    throw Error::usage("'bins' has {} numbers for {} coordinates: give one for each", bins.size(),
                       coordinates.size(1));
  }
  Tensor weights;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const Tensor one =
        weights_of_coordinate(coordinates.select(1, static_cast<std::int64_t>(i)), bins[i], options);
    weights = i == 0 ? one : (weights.unsqueeze(2) * one.unsqueeze(1)).flatten(1, 2);
  }
  const bool sums =
      options.kernel == SimilarityKernel::kLinear || options.kernel == SimilarityKernel::kKroneckerSum;
  return sums ? weights : mean_of_bins(weights, options.kernel);
}

SampledMaps sample_maps(const Tensor& maps, const Tensor& embeddings,
                        const SimilaritySamplingOptions& options) {
  SampledMaps sampled;
  sampled.weights = weights_of_clip(embeddings, options);
  sampled.counts.assign(static_cast<std::size_t>(maps.size(0)), sampled.weights.size(1));
  if (options.drop_empty && !maps.is_meta()) {
    sampled.weights = drop_empty_bins(sampled.weights, sampled.counts);
  }
  sampled.maps = weighted_sums(maps, sampled.weights);
  return sampled;
}

SimilaritySamplingImpl::SimilaritySamplingImpl(std::int64_t channels,
                                               const SimilaritySamplingOptions& options)
    : options_(options),
      fc_(register_module(
          "fc", torch::nn::Sequential(
                    torch::nn::Linear(channels, std::max<std::int64_t>(channels / 2, 1)), torch::nn::ReLU(),
                    torch::nn::Linear(std::max<std::int64_t>(channels / 2, 1), options.embedding)))),
      bn_(register_module("bn", BatchNorm3d(torch::nn::BatchNormOptions(options.embedding)))) {
  const std::int64_t coordinates = num_coordinates(options);
  const auto bins = static_cast<std::int64_t>(options.bins.size());
  if (bins != coordinates && (bins > 0 || coordinates != 1)) {
    throw Error::usage(
        "'bins' has {} numbers; this measure has {} coordinates with 'embedding' {}: give one for each", bins,
        coordinates, options.embedding);
  }
}

Tensor SimilaritySamplingImpl::embed(const Tensor& maps) {
  const Bfloat16Scope precise(maps.device(), /*enabled=*/false);
  const Tensor frames = in_full_precision(maps).mean({3, 4}).transpose(1, 2);  // [N, T, C]
  return bn_(fc_->forward(frames).transpose(1, 2));
}

SampledMaps SimilaritySamplingImpl::forward(const Tensor& maps) {
  const Tensor embeddings = embed(maps);
  if (!keeps_frames_) return sample_maps(maps, embeddings, options_);
  const std::int64_t clips = maps.size(0), frames = maps.size(2);
  SampledMaps all;
  all.weights = torch::eye(frames, maps.options()).expand({clips, -1, -1});
  all.counts.assign(static_cast<std::size_t>(clips), frames);
  all.maps = weighted_sums(maps, all.weights);
  return all;
}

}  // namespace zoetrope::nn
