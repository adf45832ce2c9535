#include "zoetrope/nn/tsrnet_loss.h"

#include "zoetrope/core/error.h"
#include "zoetrope/nn/discrepancy.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;

template <typename OfAttention>
Tensor mean_over_videos(const std::vector<Tensor>& attention, const OfAttention& term) {
  std::vector<Tensor> values;
  for (const Tensor& each : attention) values.push_back(term(each));
  return torch::cat(values).mean();
}

// Of the clips that have a label here; nothing where none has.
Tensor trimmed_cross_entropy(const TsrnetPrediction& prediction, const Tensor& labels) {
  const Tensor rows = labels.sum(1).gt(0).nonzero().squeeze(1);
  if (rows.numel() == 0) return {};
  return shared_cross_entropy(prediction.trimmed_logits.index_select(0, rows), labels.index_select(0, rows));
}

}  // namespace

void describe(ConfigFields& f, TsrnetLossOptions& o) {
  f.field("smooth", o.smooth, "alpha: weight of the differences between neighbouring frames' attention")
      .at_least(0);
  f.field("sparsity", o.sparsity, "beta: weight of the attention's sparsity").at_least(0);
  f.field("form", o.form, "of the sparsity; l1 is constant after a softmax");
  f.field("transfer", o.transfer, "weight of the knowledge transfer; 0: none").at_least(0);
  f.field("fc1", o.fc1, "weight within it of what FC1 takes; 0: none").at_least(0);
  f.field("fc2", o.fc2, "the same of what FC2 takes").at_least(0);
  f.field("bandwidths", o.bandwidths, "of the Gaussian kernels; empty: the median of the distances")
      .at_least(1e-9);
  f.field("trimmed_classes", o.trimmed_classes, "weight of the trimmed clips' own classes; 0: none")
      .at_least(0);
}

Tensor shared_cross_entropy(const Tensor& logits, const Tensor& labels) {
  const Tensor counts = labels.sum(1, true);
  if (counts.lt(0.5).any().item<bool>()) throw Error::usage("a video without a class teaches none");
  return -(labels / counts * logits.log_softmax(1)).sum(1).mean();
}

TsrnetLosses tsrnet_losses(const TsrnetPrediction& prediction, const Tensor& labels,
                           const Tensor& trimmed_labels, AttentionKind kind,
                           const TsrnetLossOptions& options) {
  TsrnetLosses losses;
  losses.classification = shared_cross_entropy(prediction.logits, labels);
  losses.total = losses.classification;
  const auto add = [&](double weight, const Tensor& term) {
    if (term.defined()) losses.total = losses.total + weight * term;
    return term;
  };
  if (options.smooth > 0) {
    losses.smooth = add(options.smooth, mean_over_videos(prediction.attention, [&](const Tensor& a) {
                          return attention_roughness(a, kind);
                        }));
  }
  if (options.sparsity > 0) {
    losses.sparsity = add(options.sparsity, mean_over_videos(prediction.attention, [&](const Tensor& a) {
                            return attention_sparsity(a, kind, options.form);
                          }));
  }
  if (!prediction.trimmed_feature.defined()) return losses;
  const MmdOptions kernels{.bandwidths = options.bandwidths};
  if (options.transfer * options.fc1 > 0) {
    losses.fc1 = add(options.transfer * options.fc1,
                     squared_mmd(prediction.trimmed_feature, prediction.feature, kernels));
  }
  if (options.transfer * options.fc2 > 0) {
    losses.fc2 = add(options.transfer * options.fc2,
                     squared_mmd(prediction.trimmed_hidden, prediction.hidden, kernels));
  }
  if (options.trimmed_classes > 0)
    losses.trimmed_classes = add(options.trimmed_classes, trimmed_cross_entropy(prediction, trimmed_labels));
  return losses;
}

}  // namespace zoetrope::nn
