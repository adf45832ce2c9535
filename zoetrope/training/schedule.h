#pragma once
// How the learning rate goes over a run, as a factor of its base.
//
//   training::Schedule schedule({.kind = ScheduleKind::kCosine, .warmup_epochs = 5}, epochs);
//   optimizer.set_rate(base * schedule.factor(epoch + step / steps));
//   schedule.note(validation_metric);                                  // for plateau, once an epoch

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"

namespace zoetrope::training {

enum class ScheduleKind { kConstant, kStep, kCosine, kPlateau };
inline EnumNames<ScheduleKind> config_names(ScheduleKind) {
  return {{"constant", ScheduleKind::kConstant},
          {"step", ScheduleKind::kStep},
          {"cosine", ScheduleKind::kCosine},
          {"plateau", ScheduleKind::kPlateau}};
}

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::kCosine;
  std::vector<double> milestones =
      {};                   ///< step: epochs from which on the rate is multiplied by gamma once more
  double gamma = 0.1;       ///< of step and plateau
  double final_factor = 0;  ///< cosine: what is left at the end (Loshchilov and Hutter, SGDR, 2017)
  double warmup_epochs =
      0;  ///< a straight line to the schedule from warmup_factor; at most half of the epochs
  double warmup_factor = 0.01;
  std::int64_t patience = 3;  ///< plateau: epochs without a better metric before the rate falls
};
void describe(ConfigFields& fields, ScheduleOptions& options);

class Schedule {
 public:
  Schedule(ScheduleOptions options, double epochs);

  /// At a time in epochs, [0, epochs].
  [[nodiscard]] double factor(double epoch) const;
  /// The metric of an epoch, the higher the better.
  void note(double metric);

  /// What `note` has gathered, for checkpoints.
  struct State {
    double best = 0;
    std::int64_t waited = 0;  ///< epochs since the best
    std::int64_t falls = 0;
    bool any = false;
  };
  [[nodiscard]] const State& state() const noexcept { return state_; }
  void restore(const State& state) { state_ = state; }

 private:
  [[nodiscard]] double plain_factor(double epoch) const;

  ScheduleOptions options_;
  double epochs_;
  State state_;
};

}  // namespace zoetrope::training
