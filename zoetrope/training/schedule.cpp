#include "zoetrope/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace zoetrope::training {

void describe(ConfigFields& f, ScheduleOptions& o) {
  f.field("kind", o.kind, "how the learning rate falls");
  f.field("milestones", o.milestones, "step: epochs at which it falls").at_least(0);
  f.field("gamma", o.gamma, "step, plateau: by which it is multiplied then").range(0, 1);
  f.field("final_factor", o.final_factor, "cosine: the share that is left at the end").range(0, 1);
  f.field("warmup_epochs", o.warmup_epochs, "epochs in which it rises first, at most half of all")
      .at_least(0);
  f.field("warmup_factor", o.warmup_factor, "the share at which it begins to").range(0, 1);
  f.field("patience", o.patience, "plateau: epochs without a better metric before it falls").at_least(0);
}

Schedule::Schedule(ScheduleOptions options, double epochs) : options_(std::move(options)), epochs_(epochs) {
  options_.warmup_epochs = std::min(options_.warmup_epochs, epochs / 2);
}

double Schedule::plain_factor(double epoch) const {
  switch (options_.kind) {
    case ScheduleKind::kStep:
      return std::pow(options_.gamma,
                      std::ranges::count_if(options_.milestones, [&](double at) { return epoch >= at; }));
    case ScheduleKind::kCosine: {
      const double part = std::clamp(epoch / epochs_, 0.0, 1.0);
      return options_.final_factor +
             (1 - options_.final_factor) * (1 + std::cos(std::numbers::pi * part)) / 2;
    }
    case ScheduleKind::kPlateau:
      return std::pow(options_.gamma, static_cast<double>(state_.falls));
    case ScheduleKind::kConstant:
      break;
  }
  return 1;
}

double Schedule::factor(double epoch) const {
  if (epoch >= options_.warmup_epochs) return plain_factor(epoch);
  const double goal = plain_factor(options_.warmup_epochs);
  const double part = epoch / options_.warmup_epochs;
  return goal * (options_.warmup_factor + (1 - options_.warmup_factor) * part);
}

void Schedule::note(double metric) {
  if (!state_.any || metric > state_.best) {
    state_ = {.best = metric, .waited = 0, .falls = state_.falls, .any = true};
    return;
  }
  if (++state_.waited > options_.patience) {
    ++state_.falls;
    state_.waited = 0;
  }
}

}  // namespace zoetrope::training
