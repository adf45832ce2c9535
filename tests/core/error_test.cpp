#include "zoetrope/core/error.h"

#include <gtest/gtest.h>

#include <csignal>

namespace zoetrope {
namespace {

TEST(Error, CarriesItsLineKindAndExitCode) {
  const Error error = Error::input("{}: no video stream", "a.txt");
  EXPECT_STREQ(error.what(), "a.txt: no video stream");
  EXPECT_EQ(error.kind(), ErrorKind::kInput);
  EXPECT_EQ(error.exit_code(), 4);
  EXPECT_EQ(Error::failed("x").exit_code(), 1);
  EXPECT_EQ(Error::usage("x").exit_code(), 2);
  EXPECT_EQ(Error::model("x").exit_code(), 5);
}

TEST(Error, AnInterruptionExitsAsShellsReportItsSignal) {
  EXPECT_EQ(Error::interrupted(SIGINT).exit_code(), 130);
  EXPECT_EQ(Error::interrupted(SIGTERM).exit_code(), 143);
  EXPECT_EQ(Error::interrupted(SIGTERM).kind(), ErrorKind::kInterrupted);
  EXPECT_EQ(Error(ErrorKind::kInterrupted, "stopped").exit_code(), 130);
}

}  // namespace
}  // namespace zoetrope
