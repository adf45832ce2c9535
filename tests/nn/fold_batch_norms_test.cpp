#include "zoetrope/nn/fold_batch_norms.h"

#include <gtest/gtest.h>

#include "zoetrope/core/error.h"
#include "zoetrope/nn/batch_norm.h"

namespace zoetrope::nn {
namespace {

// Two convolutions, each with its normalisation; the second one's output may be looked at by others, too.
class Network : public torch::nn::Module {
 public:
  explicit Network(bool share) : share_(share) {
    first_ = register_module("first", torch::nn::Conv3d(torch::nn::Conv3dOptions(3, 8, 3).bias(false)));
    first_norm_ = register_module("first_norm", BatchNorm3d(8));
    second_ = register_module("second", torch::nn::Conv3d(torch::nn::Conv3dOptions(8, 8, 1).groups(4)));
    second_norm_ = register_module("second_norm", BatchNorm3d(torch::nn::BatchNorm3dOptions(8).eps(1e-3)));
    for (const torch::Tensor& buffer : buffers()) {
      if (buffer.is_floating_point()) buffer.uniform_(0.5, 2);
    }
    const torch::NoGradGuard no_grad;
    for (const torch::Tensor& parameter : parameters()) parameter.uniform_(-1, 1);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor a = first_norm_->forward(first_->forward(x)).relu();
    const torch::Tensor b = second_->forward(a);
    return share_ ? second_norm_->forward(b) + b : second_norm_->forward(b);
  }

  torch::nn::Conv3d first_{nullptr}, second_{nullptr};
  BatchNorm3d first_norm_{nullptr}, second_norm_{nullptr};

 private:
  bool share_;
};

TEST(FoldBatchNorms, ChangesNoOutput) {
  torch::manual_seed(1);
  Network network(/*share=*/false);
  network.eval();
  const torch::Tensor x = torch::rand({2, 3, 4, 6, 5});
  const torch::NoGradGuard no_grad;
  const torch::Tensor before = network.forward(x);
  EXPECT_EQ(fold_batch_norms(network, [&] { (void)network.forward(x.narrow(0, 0, 1)); }), 2);
  EXPECT_TRUE(network.first_norm_->folded());
  EXPECT_TRUE(network.second_norm_->folded());
  EXPECT_TRUE(torch::allclose(network.forward(x), before, 1e-5, 1e-5));
  // A second time there is nothing left to do.
  EXPECT_EQ(fold_batch_norms(network, [&] { (void)network.forward(x); }), 0);
}

TEST(FoldBatchNorms, LeavesAConvolutionAloneThatOthersLookAt) {
  torch::manual_seed(2);
  Network network(/*share=*/true);
  network.eval();
  const torch::Tensor x = torch::rand({1, 3, 4, 6, 5});
  const torch::NoGradGuard no_grad;
  const torch::Tensor before = network.forward(x);
  EXPECT_EQ(fold_batch_norms(network, [&] { (void)network.forward(x); }), 1);
  EXPECT_FALSE(network.second_norm_->folded());
  EXPECT_TRUE(torch::allclose(network.forward(x), before, 1e-5, 1e-5));
}

TEST(FoldBatchNorms, LeavesAloneWhatRunsTwice) {
  Network network(/*share=*/false);
  network.eval();
  const torch::Tensor x = torch::rand({1, 3, 4, 6, 5});
  const torch::NoGradGuard no_grad;
  EXPECT_EQ(fold_batch_norms(network,
                             [&] {
                               (void)network.forward(x);
                               (void)network.forward(x);
                             }),
            0);
}

TEST(FoldBatchNorms, RefusesANetworkInTraining) {
  Network network(/*share=*/false);
  EXPECT_THROW((void)fold_batch_norms(network, [] {}), Error);
}

}  // namespace
}  // namespace zoetrope::nn
