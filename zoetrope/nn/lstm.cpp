#include "zoetrope/nn/lstm.h"

#include <cmath>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;

// Gates stand as LibTorch has them: input, forget, candidate, output.
template <typename Real>
void step_forward(Real* gates, const Real* cell_before, Real* cell, Real* hidden, std::int64_t width) {
  const auto sigmoid = [](Real x) { return 1 / (1 + std::exp(-x)); };
  for (std::int64_t k = 0; k < width; ++k) {
    Real& in = gates[k];
    Real& forget = gates[width + k];
    Real& candidate = gates[2 * width + k];
    Real& out = gates[3 * width + k];
    in = sigmoid(in);
    forget = sigmoid(forget);
    candidate = std::tanh(candidate);
    out = sigmoid(out);
    cell[k] = forget * cell_before[k] + in * candidate;
    hidden[k] = out * std::tanh(cell[k]);
  }
}

// From the gates after their functions to the gradient before them; `cell_gradient` goes one step back.
template <typename Real>
void step_backward(const Real* gates, const Real* cell_before, const Real* cell, const Real* hidden_gradient,
                   Real* cell_gradient, Real* gradient, std::int64_t width) {
  for (std::int64_t k = 0; k < width; ++k) {
    const Real in = gates[k], forget = gates[width + k], candidate = gates[2 * width + k],
               out = gates[3 * width + k];
    const Real squashed = std::tanh(cell[k]);
    const Real dc = cell_gradient[k] + hidden_gradient[k] * out * (1 - squashed * squashed);
    gradient[k] = dc * candidate * in * (1 - in);
    gradient[width + k] = dc * cell_before[k] * forget * (1 - forget);
    gradient[2 * width + k] = dc * in * (1 - candidate * candidate);
    gradient[3 * width + k] = hidden_gradient[k] * squashed * out * (1 - out);
    cell_gradient[k] = dc * forget;
  }
}

// The recurrence of one direction; `projected` [T, 4 hidden] is what comes from the sequence and the biases.
class Recurrence : public torch::autograd::Function<Recurrence> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const Tensor& projected, const Tensor& weight,
                                                const Tensor& hidden, const Tensor& cell, bool backwards) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const std::int64_t steps = projected.size(0), width = hidden.size(0);
    const Tensor gates = projected.clone(at::MemoryFormat::Contiguous);
    const Tensor states = torch::empty({steps, width}, projected.options()),
                 cells = torch::empty_like(states);
    AT_DISPATCH_FLOATING_TYPES(projected.scalar_type(), "lstm", [&] {
      const Tensor first_cell = cell.contiguous();
      const scalar_t* cell_before = first_cell.data_ptr<scalar_t>();
      Tensor before = hidden.contiguous();
      for (std::int64_t i = 0; i < steps; ++i) {
        const std::int64_t t = backwards ? steps - 1 - i : i;
        gates[t].addmv_(weight, before);
        auto* now = cells.data_ptr<scalar_t>() + t * width;
        step_forward(gates.data_ptr<scalar_t>() + t * 4 * width, cell_before, now,
                     states.data_ptr<scalar_t>() + t * width, width);
        cell_before = now;
        before = states[t];
      }
    });
    context->save_for_backward({gates, states, cells, weight, hidden, cell});
    context->saved_data["backwards"] = backwards;
    return {states, cells[backwards ? 0 : steps - 1].clone()};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const auto saved = context->get_saved_variables();
    const Tensor &gates = saved[0], &states = saved[1], &cells = saved[2], &weight = saved[3];
    const bool backwards = context->saved_data["backwards"].toBool();
    const std::int64_t steps = states.size(0), width = states.size(1);
    const Tensor projected = torch::empty_like(gates), transposed = weight.t();
    const Tensor cell_gradient = gradients[1].clone(at::MemoryFormat::Contiguous);
    const Tensor first_cell = saved[5].contiguous();
    Tensor hidden_gradient = torch::zeros({width}, states.options());
    AT_DISPATCH_FLOATING_TYPES(states.scalar_type(), "lstm", [&] {
      for (std::int64_t i = steps - 1; i >= 0; --i) {
        const std::int64_t t = backwards ? steps - 1 - i : i, before = backwards ? t + 1 : t - 1;
        hidden_gradient.add_(gradients[0][t]);
        const auto* cells_data = cells.data_ptr<scalar_t>();
        step_backward(gates.data_ptr<scalar_t>() + t * 4 * width,
                      i == 0 ? first_cell.data_ptr<scalar_t>() : cells_data + before * width,
                      cells_data + t * width, hidden_gradient.data_ptr<scalar_t>(),
                      cell_gradient.data_ptr<scalar_t>(), projected.data_ptr<scalar_t>() + t * 4 * width,
                      width);
        at::mv_out(hidden_gradient, transposed, projected[t]);
      }
    });
    const Tensor first = saved[4].reshape({1, width});
    const Tensor before = backwards ? torch::cat({states.slice(0, 1), first})
                                    : torch::cat({first, states.slice(0, 0, steps - 1)});
    return {projected, projected.t().mm(before), hidden_gradient, cell_gradient, {}};
  }
};

LstmOutput run_module(torch::nn::LSTM& lstm, const Tensor& sequence, const Tensor& hidden,
                      const Tensor& cell) {
  const Tensor batch = sequence.unsqueeze(lstm->options.batch_first() ? 0 : 1);
  const auto [output, last] =
      hidden.defined() ? lstm->forward(batch, std::make_tuple(hidden.unsqueeze(1), cell.unsqueeze(1)))
                       : lstm->forward(batch);
  const auto& [last_hidden, last_cell] = last;
  return {output.view({sequence.size(0), -1}), last_hidden.squeeze(1), last_cell.squeeze(1)};
}

}  // namespace

LstmOutput run_lstm(torch::nn::LSTM& lstm, const Tensor& sequence, const Tensor& hidden, const Tensor& cell) {
  const torch::nn::LSTMOptions& options = lstm->options;
  if (options.num_layers() != 1 || options.proj_size() != 0 || !options.bias())
    throw Error::usage("run_lstm is for LSTMs of one layer, with biases and without projection");
  const bool floating = sequence.scalar_type() == torch::kFloat || sequence.scalar_type() == torch::kDouble;
  if (sequence.device().type() != torch::kCPU || !floating) return run_module(lstm, sequence, hidden, cell);
  const std::vector<Tensor> all = lstm->parameters();
  std::vector<Tensor> sequences, hiddens, cells;
  for (std::int64_t direction = 0; direction < (options.bidirectional() ? 2 : 1); ++direction) {
    const auto* weights = all.data() + 4 * direction;  // of the input, of the state, and their biases
    const Tensor projected = torch::linear(sequence, weights[0], weights[2] + weights[3]);
    const Tensor zeros =
        hidden.defined() ? Tensor() : torch::zeros({options.hidden_size()}, sequence.options());
    const auto result = Recurrence::apply(projected, weights[1], hidden.defined() ? hidden[direction] : zeros,
                                          hidden.defined() ? cell[direction] : zeros, direction == 1);
    sequences.push_back(result[0]);
    hiddens.push_back(result[0][direction == 1 ? 0 : -1]);
    cells.push_back(result[1]);
  }
  return {torch::cat(sequences, 1), torch::stack(hiddens), torch::stack(cells)};
}

}  // namespace zoetrope::nn
