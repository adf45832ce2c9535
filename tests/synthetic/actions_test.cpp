#include "zoetrope/synthetic/actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/synthetic/random.h"

namespace zoetrope::synthetic {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::array<double Pose::*, 7> kNumbers = {&Pose::x,    &Pose::y,    &Pose::angle, &Pose::orbit,
                                                    &Pose::size, &Pose::open, &Pose::wag};

Pose random_pose(Random& random) {
  Pose pose;
  for (double Pose::*number : kNumbers) pose.*number = random.uniform();
  return pose;
}

/// Of a number that wraps, the shorter way around.
double distance(double a, double b, bool wraps) {
  const double plain = std::abs(a - b);
  return wraps ? std::min(plain, 1 - plain) : plain;
}

bool wraps(double Pose::*number) {
  return number != &Pose::size && number != &Pose::open && number != &Pose::wag;
}

TEST(Actions, EveryReverseIsAnActionWhoseReverseIsTheFirst) {
  for (const ActionKind& kind : all_actions()) {
    EXPECT_EQ(find_action(kind.reverse).reverse, kind.name);
    EXPECT_EQ(find_action(kind.reverse).number, kind.number);
    EXPECT_THAT(kind.sentence, HasSubstr("[something]"));
  }
}

TEST(Actions, AnUnknownNameIsToldWithTheNearest) {
  EXPECT_THAT([] { (void)find_action("spin clokwise"); },
              ThrowsMessage<Error>(HasSubstr("did you mean 'spin clockwise'?")));
}

TEST(Actions, APerformanceBeginsAtItsPoseAndChangesOneNumber) {
  Random random(3, "test");
  for (const ActionKind& kind : all_actions()) {
    for (int i = 0; i < 50; ++i) {
      const Pose start = random_pose(random);
      const Performance performance{&kind, random.uniform(0.5, 2), phase_from(kind, start, random.uniform())};
      const Pose begin = pose_after(performance, start, 0);
      const Pose later = pose_after(performance, start, random.uniform(0, 3));
      for (double Pose::*number : kNumbers) {
        EXPECT_LT(distance(begin.*number, start.*number, wraps(number)), 1e-9) << kind.name;
        EXPECT_TRUE(number == kind.number || later.*number == start.*number) << kind.name;
        EXPECT_GE(later.*number, 0) << kind.name;
        EXPECT_LE(later.*number, 1) << kind.name;
      }
    }
  }
}

// Note [A single frame says nothing]: Kolmogorov and Smirnov's distance from the uniform distribution stays
// below what chance gives at 4000 draws once in a million, at every moment and for every action.
TEST(Actions, APoseIsUniformAtAnyMomentOfAnyAction) {
  constexpr int kDraws = 4000;
  for (const ActionKind& kind : all_actions()) {
    for (const double seconds : {0.0, 0.4, 1.0, 1.9}) {
      Random random(5, kind.name + std::to_string(seconds));
      std::vector<double> values;
      for (int i = 0; i < kDraws; ++i) {
        const Pose start = random_pose(random);
        const double speed = std::exp(random.uniform(-0.4, 0.4));
        const Performance performance{&kind, speed, phase_from(kind, start, random.uniform())};
        values.push_back(pose_after(performance, start, seconds).*kind.number);
      }
      std::sort(values.begin(), values.end());
      double gap = 0;
      for (int i = 0; i < kDraws; ++i)
        gap = std::max(gap, std::abs(values[static_cast<std::size_t>(i)] - (i + 0.5) / kDraws));
      EXPECT_LT(gap, 2.7 / std::sqrt(kDraws)) << kind.name << " after " << seconds << " s";
    }
  }
}

TEST(Actions, TheSlowWayOfARampTellsItFromItsReverse) {
  Random random(7, "test");
  for (const auto& [name, sign] : {std::pair{"approach", 1}, std::pair{"recede", -1}, std::pair{"open", 1}}) {
    const ActionKind& kind = find_action(name);
    int with = 0, against = 0;
    for (int i = 0; i < 200; ++i) {
      const Pose start = random_pose(random);
      const Performance performance{&kind, 1, phase_from(kind, start, random.uniform())};
      for (double seconds = 0; seconds < 2; seconds += 0.05) {
        const double step = pose_after(performance, start, seconds + 0.05).*kind.number -
                            pose_after(performance, start, seconds).*kind.number;
        ++(step * sign > 0 ? with : against);
      }
    }
    EXPECT_GT(with, 3 * against) << name;
  }
}

TEST(Actions, RandomNumbersHangOnSeedAndPurposeAlone) {
  Random a(1, "x"), again(1, "x"), other_seed(2, "x"), other_purpose(1, "y");
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t bits = a.bits();
    EXPECT_EQ(bits, again.bits());
    EXPECT_NE(bits, other_seed.bits());
    EXPECT_NE(bits, other_purpose.bits());
  }
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) sum += a.uniform();
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

}  // namespace
}  // namespace zoetrope::synthetic
