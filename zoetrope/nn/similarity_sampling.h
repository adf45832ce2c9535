#pragma once
// Similarity guided sampling: the maps of similar frames become one, so that a clip keeps as many maps as it has to
// tell. Fayyaz, Bahrami, Diba, Noroozi, Adeli, Van Gool and Gall, "3D CNNs with Adaptive Temporal Feature
// Resolutions", CVPR 2021; equation numbers are those of chapter 6 of Fayyaz's thesis.
//
// Of maps I [N, C, T, H, W], a small network makes embeddings Z [N, L, T]. A frame's place is
//
//   Delta_t = a coordinate of Z_t (SimilarityMeasure), Delta_max its largest of the clip
//   gamma = Delta_max / (2 B),  beta_b = (2 b - 1) gamma,  b = 1 .. B                         (6.2, 6.3)
//   O_b = sum_t I_t Psi(Delta_t, beta_b), or with K coordinates the product over them         (6.4, 6.9)
//
// and bins that no frame falls into are dropped. B is T where not given. What is left stands in the order of beta,
// by similarity and not by time. Clips of a batch keep different numbers of bins: shorter ones end in zeros.
//
// The text measures the norm of Z_t (kMagnitude); the authors' code (github.com/SimilarityGuidedSampling) the
// distance of Z_t to the mean of Z over time, by default kL2, which its checkpoints need and which is the default
// here. Its further choices are followed, too:
//   - the frame of the largest Delta lies on the outer edge of the last bin: its linear weight is about 1e-7, and it
//     is lost unless others share its bin. A clip whose frames are all alike keeps one bin of next to nothing.
//   - embeddings come from layers of C / 2 and L channels and a batch norm, where the text has C and L.
//   - gradients follow (6.7) and (6.8), where gamma and beta are constants; beyond these, the scaling by Delta_max is
//     differentiated (`hold_maximum` leaves that out). A mean by the linear kernel passes the gradients of the sum.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/nn/batch_norm.h"

namespace zoetrope::nn {

/// The coordinates by which frames are put into bins: one, but of kAngular L - 1 and of kSpherical L.
enum class SimilarityMeasure {
  kMagnitude,    ///< the norm of Z_t (6.1)
  kL1,           ///< distances to the mean over time
  kL2,           ///< the authors' default
  kCosine,       ///< one minus the cosine
  kMahalanobis,  ///< squared, by the (pseudo-)inverse of the covariance over time; T has to exceed L
  kAngular,      ///< the angles of Z_t in spherical coordinates: the last in [0, 2 pi), the others in [0, pi]
  kSpherical     ///< the norm, then the angles
};
EnumNames<SimilarityMeasure> config_names(SimilarityMeasure);

enum class SimilarityKernel {
  kLinear,       ///< a sum, weighted by max(0, 1 - |Delta - beta| / gamma)  (6.6)
  kLinearMean,   ///< the same over the number of frames in the bin
  kKronecker,    ///< the mean of the frames within gamma of beta  (6.5)
  kKroneckerSum  ///< their sum
};
EnumNames<SimilarityKernel> config_names(SimilarityKernel);

struct SimilaritySamplingOptions {
  std::int64_t embedding = 8;  ///< L
  SimilarityMeasure measure = SimilarityMeasure::kL2;
  SimilarityKernel kernel = SimilarityKernel::kLinear;
  /// B of each coordinate; empty: as many as frames, of one coordinate. No parameter depends on it.
  std::vector<std::int64_t> bins = {};
  std::int64_t block =
      0;  ///< frames that are sampled by themselves, one block after the other; 0: the whole clip
  bool drop_empty = true;
  double gradient_scale = 1;  ///< of (6.8)
  bool hold_maximum = false;  ///< no gradient through Delta_max
};
void describe(ConfigFields& fields, SimilaritySamplingOptions& options);

/// What is kept of a batch.
struct SampledMaps {
  torch::Tensor maps;                ///< O [N, C, B', H, W], B' the most that a clip keeps
  torch::Tensor weights;             ///< Psi [N, B', T]: which frames are in which bin
  std::vector<std::int64_t> counts;  ///< of each clip: the bins that it keeps
};

/// Delta [N, K, T] of Z [N, L, T]. Throws Error (kUsage) for a covariance of no more frames than dimensions.
[[nodiscard]] torch::Tensor similarity_coordinates(const torch::Tensor& embeddings,
                                                   SimilarityMeasure measure);

/// Psi [N, B, T] of Delta [N, K, T], empty bins and all. Throws Error (kUsage) unless there are bins of each
/// coordinate.
[[nodiscard]] torch::Tensor bin_weights(const torch::Tensor& coordinates,
                                        const SimilaritySamplingOptions& options);

/// The maps [N, C, T, H, W] of frames with embeddings [N, L, T]; of a joint batch (synchronised_batch_norm.h), B' is
/// the most of all processes' clips. Of tensors that are but shapes (shape_only.h), as many bins are kept as may
/// be.
[[nodiscard]] SampledMaps sample_maps(const torch::Tensor& maps, const torch::Tensor& embeddings,
                                      const SimilaritySamplingOptions& options);

/// The layer: similarity network and sampling, which compute in 32 bits at least, also where autocast would not.
/// Parameters bear the authors' names: fc.0, fc.2, bn.
class SimilaritySamplingImpl : public torch::nn::Module {
 public:
  /// Throws Error (kUsage) unless there are bins of each coordinate of the measure.
  SimilaritySamplingImpl(std::int64_t channels, const SimilaritySamplingOptions& options);

  /// Z [N, L, T] of maps [N, C, T, H, W].
  [[nodiscard]] torch::Tensor embed(const torch::Tensor& maps);
  [[nodiscard]] SampledMaps forward(const torch::Tensor& maps);
  /// From now on every frame stays by itself, or is sampled again: to see what sampling saves.
  void set_keeps_frames(bool keeps) { keeps_frames_ = keeps; }

 private:
  SimilaritySamplingOptions options_;
  bool keeps_frames_ = false;
  torch::nn::Sequential fc_;
  BatchNorm3d bn_;
};
TORCH_MODULE(SimilaritySampling);

}  // namespace zoetrope::nn
