#pragma once
// What moves the weights: LibTorch's SGD, AdamW or RMSprop over groups of parameters, by their names.
//
//   training::Optimizer optimizer(*model, {.lr = 0.05, .groups = {{"fc", 10}}, .train_from = "layer4"});
//   optimizer.set_factor(schedule.factor(epoch));
//   optimizer.zero_grad(); loss.backward(); optimizer.step();

#include <torch/torch.h>

#include <array>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/model.h"

namespace zoetrope::training {

enum class OptimizerKind { kSgd, kAdamW, kRmsProp };
inline EnumNames<OptimizerKind> config_names(OptimizerKind) {
  return {
      {"sgd", OptimizerKind::kSgd}, {"adamw", OptimizerKind::kAdamW}, {"rmsprop", OptimizerKind::kRmsProp}};
}

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kSgd;
  double lr = 0.1;            ///< of a batch of `lr_batch` samples
  std::int64_t lr_batch = 0;  ///< the rate grows with the batch over it (Goyal et al., 2017); 0: it does not
  double momentum = 0.9;      ///< SGD, RMSprop
  bool nesterov = true;       ///< SGD
  std::array<double, 2> betas = {0.9, 0.999};  ///< AdamW (Loshchilov and Hutter, ICLR 2019)
  double smoothing = 0.9;  ///< RMSprop: decay of the mean of squares (Hinton's lecture; Keras's default)
  double weight_decay = 1e-4;
  bool decay_all = false;  ///< also norms and biases; else only weights of two dimensions and more
  /// Factors of the rate, by the beginning of parameters' names: {"fc" = 10}. The longest that fits holds.
  std::map<std::string, double> groups = {};
  /// The first module that is trained, "layer4": parameters that are registered before it keep their values, and
  /// norms before it their statistics. Empty: all are trained.
  std::string train_from = {};
  double clip_norm = 0;  ///< largest norm of all gradients together; 0: any
  /// Beginnings of parameters' names whose gradients are clipped together, apart from all others'.
  std::vector<std::string> clip_apart = {};
};
void describe(ConfigFields& fields, OptimizerOptions& options);

class Optimizer {
 public:
  /// `batch` is the number of samples of a step, over all ranks. Parameters that are not trained lose requires_grad.
  /// Throws Error (kUsage) for names in `groups` or `train_from` that no parameter has.
  Optimizer(models::Model& model, const OptimizerOptions& options, std::int64_t batch);

  void zero_grad();
  /// Clips the gradients and takes a step. Returns the gradients' norm before clipping, those apart left out.
  double step();
  /// Every group's rate becomes its base times `factor`.
  void set_factor(double factor);
  /// The rate of the parameters that are in no group of their own.
  [[nodiscard]] double rate() const noexcept { return base_ * factor_; }
  /// Names of what is not trained.
  [[nodiscard]] const std::vector<std::string>& frozen() const noexcept { return frozen_; }
  /// Puts the frozen modules in evaluation mode: after each model.train().
  void hold_frozen_modules();

  /// Momenta and counts of steps, as LibTorch writes them.
  void save(std::ostream& stream) const;
  /// Throws Error (kModel) for the state of another optimiser.
  void load(std::istream& stream);

 private:
  models::Model& model_;
  OptimizerOptions options_;
  double base_ = 0;
  double factor_ = 1;
  std::vector<double> group_factors_;
  std::vector<torch::Tensor> trained_;  // clipped together
  std::vector<torch::Tensor> apart_;    // these, too
  std::vector<std::string> frozen_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

}  // namespace zoetrope::training
