#include "zoetrope/core/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>

#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

class InterruptTest : public testing::Test {
 protected:
  ~InterruptTest() override {
    forgive_repeated_signals(0);
    clear_interrupt();
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
};

int exit_code_of_interruption() {
  try {
    throw_if_interrupted();
  } catch (const Error& error) {
    return error.exit_code();
  }
  return 0;
}

TEST_F(InterruptTest, TheFirstSignalIsAFlag) {
  install_interrupt_handler();
  EXPECT_FALSE(interrupted());
  EXPECT_NO_THROW(throw_if_interrupted());
  std::raise(SIGINT);
  EXPECT_EQ(interrupt_signal(), SIGINT);
  EXPECT_EQ(exit_code_of_interruption(), 130);
  EXPECT_EQ(exit_code_of_interruption(), 130) << "every thread that asks is told";
  clear_interrupt();
  std::raise(SIGTERM);
  EXPECT_EQ(exit_code_of_interruption(), 143);
}

TEST_F(InterruptTest, ARepeatedSignalMayBeForgiven) {
  install_interrupt_handler();
  forgive_repeated_signals(60);
  std::raise(SIGTERM);
  std::raise(SIGTERM);
  std::raise(SIGINT);
  EXPECT_EQ(interrupt_signal(), SIGTERM);
}

TEST_F(InterruptTest, AnIgnoredSignalStaysIgnored) {
  std::signal(SIGINT, SIG_IGN);
  install_interrupt_handler();
  std::raise(SIGINT);
  EXPECT_FALSE(interrupted());
}

using InterruptDeathTest = InterruptTest;

TEST_F(InterruptDeathTest, TheSecondSignalEndsTheProcess) {
  const auto two = [](int first, int second) {
    install_interrupt_handler();
    std::raise(first);
    std::raise(second);
  };
  EXPECT_EXIT(two(SIGINT, SIGINT), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(two(SIGINT, SIGTERM), testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace zoetrope
