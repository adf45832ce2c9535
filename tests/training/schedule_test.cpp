#include "zoetrope/training/schedule.h"

#include <gtest/gtest.h>

namespace zoetrope::training {
namespace {

TEST(Schedule, StepsFallAtTheirEpochs) {
  const Schedule schedule({.kind = ScheduleKind::kStep, .milestones = {10, 20}, .gamma = 0.1}, 30);
  EXPECT_DOUBLE_EQ(schedule.factor(9.99), 1);
  EXPECT_DOUBLE_EQ(schedule.factor(10), 0.1);
  EXPECT_NEAR(schedule.factor(25), 0.01, 1e-12);
}

TEST(Schedule, ACosineGoesFromOneToWhatIsLeft) {
  const Schedule schedule({.kind = ScheduleKind::kCosine, .final_factor = 0.2}, 10);
  EXPECT_DOUBLE_EQ(schedule.factor(0), 1);
  EXPECT_NEAR(schedule.factor(5), 0.6, 1e-12);
  EXPECT_NEAR(schedule.factor(10), 0.2, 1e-12);
}

TEST(Schedule, AWarmUpRisesToTheSchedule) {
  const Schedule schedule({.kind = ScheduleKind::kCosine, .warmup_epochs = 2, .warmup_factor = 0.1}, 10);
  const double goal = Schedule({.kind = ScheduleKind::kCosine}, 10).factor(2);
  EXPECT_NEAR(schedule.factor(0), 0.1 * goal, 1e-12);
  EXPECT_NEAR(schedule.factor(1), 0.55 * goal, 1e-12);
  EXPECT_NEAR(schedule.factor(2), goal, 1e-12);
}

TEST(Schedule, APlateauFallsAfterItsPatience) {
  Schedule schedule({.kind = ScheduleKind::kPlateau, .gamma = 0.5, .patience = 1}, 10);
  schedule.note(0.3);
  schedule.note(0.3);
  EXPECT_DOUBLE_EQ(schedule.factor(2), 1);
  schedule.note(0.2);
  EXPECT_DOUBLE_EQ(schedule.factor(3), 0.5);
  schedule.note(0.4);
  Schedule other({.kind = ScheduleKind::kPlateau, .gamma = 0.5, .patience = 1}, 10);
  other.restore(schedule.state());
  for (Schedule* each : {&schedule, &other}) {
    each->note(0.4);
    each->note(0.4);
    EXPECT_DOUBLE_EQ(each->factor(6), 0.25);
  }
}

}  // namespace
}  // namespace zoetrope::training
