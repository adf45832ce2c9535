#include "zoetrope/core/child_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"

namespace zoetrope {
namespace {

class ChildProcess : public testing::Test {
 protected:
  ~ChildProcess() override {
    clear_interrupt();
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
  }

  int run(const std::string& script, const std::map<std::string, std::string>& environment = {}) {
    return run_child({.words = {"/bin/sh", "-c", script},
                      .output = folder_.file("out"),
                      .errors = folder_.file("err"),
                      .environment = environment});
  }
  std::string text(const char* name) { return read_text_file(folder_.file(name), 1000); }

  test::TemporaryFolder folder_;
};

TEST_F(ChildProcess, GivesItsExitCodeAndWhatItSays) {
  EXPECT_EQ(run("echo said; echo wrong >&2; exit 3"), 3);
  EXPECT_EQ(text("out"), "said\n");
  EXPECT_EQ(text("err"), "wrong\n");
  EXPECT_EQ(run("kill -KILL $$"), 128 + SIGKILL);
  EXPECT_EQ(text("out"), "");
}

TEST_F(ChildProcess, HasThisEnvironmentAndWhatIsGivenOverIt) {
  setenv("ZOETROPE_TEST_INHERITED", "old", 1);
  EXPECT_EQ(run("echo $ZOETROPE_TEST_INHERITED $OMP_NUM_THREADS", {{"OMP_NUM_THREADS", "7"}}), 0);
  EXPECT_EQ(text("out"), "old 7\n");
  unsetenv("ZOETROPE_TEST_INHERITED");
}

TEST_F(ChildProcess, ItsWordsAreReadByNoShell) {
  EXPECT_EQ(run_child({.words = {"/bin/echo", "$HOME; false"},
                       .output = folder_.file("out"),
                       .errors = folder_.file("err")}),
            0);
  EXPECT_EQ(text("out"), "$HOME; false\n");
}

TEST_F(ChildProcess, ASignalIsPassedOnOnceAndTheChildIsWaitedFor) {
  install_interrupt_handler();
  std::thread sender([this] {
    while (!std::filesystem::exists(folder_.path() / "ready"))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::raise(SIGTERM);
  });
  const std::string ready = folder_.file("ready");
  EXPECT_EQ(
      run("trap 'sleep 0.1; echo clean; exit 143' TERM; touch " + ready + "; while :; do sleep 0.02; done"),
      143);
  sender.join();
  EXPECT_EQ(text("out"), "clean\n");
  EXPECT_THROW((void)run("true"), Error) << "after the signal, nothing is started";
}

TEST_F(ChildProcess, WhatIsNoProgramIsSaid) {
  EXPECT_THROW(
      (void)run_child(
          {.words = {"/nowhere/zoetrope"}, .output = folder_.file("out"), .errors = folder_.file("err")}),
      Error);
  EXPECT_TRUE(std::filesystem::exists(this_program()));
}

}  // namespace
}  // namespace zoetrope
