#include "zoetrope/training/optimizer.h"

#include <algorithm>
#include <istream>
#include <limits>
#include <ostream>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"

namespace zoetrope::training {
namespace {

bool is_within(const std::string& name, const std::string& prefix) {
  return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '.');
}

std::vector<std::string> modules_of(const models::Model& model) {
  std::vector<std::string> names;
  for (const auto& module : model.named_modules("", /*include_self=*/false)) names.push_back(module.key());
  return names;
}

void check_names(const models::Model& model, const std::vector<std::string>& prefixes, const char* key) {
  const auto parameters = model.named_parameters().keys();
  for (const std::string& prefix : prefixes) {
    const bool any =
        std::ranges::any_of(parameters, [&](const std::string& name) { return is_within(name, prefix); });
    if (!any) {
      throw Error::usage("{}: no parameter's name begins with '{}'{}", key, prefix,
                         did_you_mean(prefix, modules_of(model)));
    }
  }
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(std::vector<torch::optim::OptimizerParamGroup> groups,
                                                        const OptimizerOptions& o) {
  if (o.kind == OptimizerKind::kSgd) {
    return std::make_unique<torch::optim::SGD>(
        std::move(groups),
        torch::optim::SGDOptions(o.lr).momentum(o.momentum).nesterov(o.nesterov && o.momentum > 0));
  }
  if (o.kind == OptimizerKind::kRmsProp) {
    return std::make_unique<torch::optim::RMSprop>(
        std::move(groups), torch::optim::RMSpropOptions(o.lr).alpha(o.smoothing).momentum(o.momentum));
  }
  return std::make_unique<torch::optim::AdamW>(
      std::move(groups), torch::optim::AdamWOptions(o.lr).betas({o.betas[0], o.betas[1]}));
}

std::unique_ptr<torch::optim::OptimizerOptions> group_options(const OptimizerOptions& o, double rate,
                                                              double decay) {
  if (o.kind == OptimizerKind::kSgd) {
    return std::make_unique<torch::optim::SGDOptions>(torch::optim::SGDOptions(rate)
                                                          .momentum(o.momentum)
                                                          .nesterov(o.nesterov && o.momentum > 0)
                                                          .weight_decay(decay));
  }
  if (o.kind == OptimizerKind::kRmsProp) {
    return std::make_unique<torch::optim::RMSpropOptions>(
        torch::optim::RMSpropOptions(rate).alpha(o.smoothing).momentum(o.momentum).weight_decay(decay));
  }
  return std::make_unique<torch::optim::AdamWOptions>(
      torch::optim::AdamWOptions(rate).betas({o.betas[0], o.betas[1]}).weight_decay(decay));
}

double factor_of(const std::string& name, const std::map<std::string, double>& groups) {
  double factor = 1;
  std::size_t longest = 0;
  for (const auto& [prefix, value] : groups) {
    if (is_within(name, prefix) && prefix.size() >= longest) {
      longest = prefix.size();
      factor = value;
    }
  }
  return factor;
}

}  // namespace

void describe(ConfigFields& f, OptimizerOptions& o) {
  f.field("kind", o.kind, "the rule");
  f.field("lr", o.lr, "learning rate").at_least(0);
  f.field("lr_batch", o.lr_batch,
          "the batch that the rate is meant for; it grows with the batch; 0: it does not")
      .at_least(0);
  f.field("momentum", o.momentum, "SGD, RMSprop").range(0, 1);
  f.field("nesterov", o.nesterov, "SGD: Nesterov's momentum");
  f.field("betas", o.betas, "AdamW: decays of both moments").range(0, 1);
  f.field("smoothing", o.smoothing, "RMSprop: decay of the mean of squares").range(0, 1);
  f.field("weight_decay", o.weight_decay, "L2 penalty (AdamW: decoupled)").at_least(0);
  f.field("decay_all", o.decay_all, "also of norms and biases");
  f.field("groups", o.groups, "factors of the rate, by the beginning of parameters' names").at_least(0);
  f.field("train_from", o.train_from, "the first module that is trained; empty: all");
  f.field("clip_norm", o.clip_norm, "largest norm of the gradients; 0: any").at_least(0);
  f.field("clip_apart", o.clip_apart,
          "beginnings of names whose gradients are clipped apart from the others'");
}

Optimizer::Optimizer(models::Model& model, const OptimizerOptions& options, std::int64_t batch)
    : model_(model), options_(options), base_(options.lr) {
  if (options.lr_batch > 0) base_ *= static_cast<double>(batch) / static_cast<double>(options.lr_batch);
  std::vector<std::string> prefixes;
  for (const auto& [prefix, factor] : options.groups) prefixes.push_back(prefix);
  check_names(model, prefixes, "optimizer.groups");
  check_names(model, options.clip_apart, "optimizer.clip_apart");
  if (!options.train_from.empty()) check_names(model, {options.train_from}, "optimizer.train_from");

  std::map<std::pair<double, bool>, std::vector<torch::Tensor>> groups;  // by factor and decay
  bool reached = options.train_from.empty();
  for (const auto& parameter : model.named_parameters()) {
    reached = reached || is_within(parameter.key(), options.train_from);
    parameter.value().set_requires_grad(reached);
    if (!reached) {
      frozen_.push_back(parameter.key());
      continue;
    }
    const bool decays = options.decay_all || parameter.value().dim() > 1;
    groups[{factor_of(parameter.key(), options.groups), decays}].push_back(parameter.value());
    const bool apart = std::ranges::any_of(
        options.clip_apart, [&](const std::string& prefix) { return is_within(parameter.key(), prefix); });
    (apart ? apart_ : trained_).push_back(parameter.value());
  }
  std::vector<torch::optim::OptimizerParamGroup> param_groups;
  for (auto& [key, parameters] : groups) {
    const auto [factor, decays] = key;
    group_factors_.push_back(factor);
    param_groups.emplace_back(std::move(parameters),
                              group_options(options, base_ * factor, decays ? options.weight_decay : 0));
  }
  optimizer_ = make_optimizer(std::move(param_groups), options);
}

void Optimizer::zero_grad() {
  optimizer_->zero_grad();
}

double Optimizer::step() {
  constexpr double kAny = std::numeric_limits<float>::max();
  const double limit = options_.clip_norm > 0 ? options_.clip_norm : kAny;
  if (!apart_.empty()) torch::nn::utils::clip_grad_norm_(apart_, limit);
  const double norm = torch::nn::utils::clip_grad_norm_(trained_, limit);
  optimizer_->step();
  return norm;
}

void Optimizer::set_factor(double factor) {
  factor_ = factor;
  for (std::size_t i = 0; i < group_factors_.size(); ++i)
    optimizer_->param_groups()[i].options().set_lr(base_ * factor * group_factors_[i]);
}

void Optimizer::hold_frozen_modules() {
  if (frozen_.empty()) return;
  for (const auto& module : model_.named_modules("", /*include_self=*/false)) {
    const auto parameters = module.value()->parameters();
    const bool frozen =
        std::ranges::none_of(parameters, [](const torch::Tensor& p) { return p.requires_grad(); });
    if (!parameters.empty() && frozen) module.value()->eval();
  }
}

void Optimizer::save(std::ostream& stream) const {
  torch::serialize::OutputArchive archive;
  optimizer_->save(archive);
  archive.save_to(stream);
}

void Optimizer::load(std::istream& stream) {
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(stream);
    optimizer_->load(archive);
  } catch (const c10::Error& error) {
    throw Error::model("the optimizer's state does not fit: {}", error.what_without_backtrace());
  }
}

}  // namespace zoetrope::training
