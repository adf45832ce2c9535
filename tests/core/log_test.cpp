#include "zoetrope/core/log.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "zoetrope/core/console.h"

namespace zoetrope {
namespace {

/// A console on a string, and the log on that console; the log returns to standard error at the end.
class LogTest : public testing::Test {
 protected:
  explicit LogTest(bool terminal = false, bool color = false)
      : console({.write = [this](std::string_view bytes) { written += bytes; },
                 .terminal = terminal,
                 .color = color,
                 .columns = [] { return 20; }}) {
    set_log_console(console);
  }
  ~LogTest() override {
    set_log_console(standard_console());
    set_log_level(LogLevel::kInfo);
  }

  std::string written;
  Console console;
};

class LogOnTerminalTest : public LogTest {
 protected:
  LogOnTerminalTest() : LogTest(true, true) {}
};

TEST_F(LogTest, WritesLinesInTheMannerOfCompilers) {
  log_info("{}: {} frames", "match.mp4", 142);
  log_warning("match.mp4: {} frames are lost", 3);
  log_error("gone.mp4: no such file");
  EXPECT_EQ(written,
            "match.mp4: 142 frames\n"
            "warning: match.mp4: 3 frames are lost\n"
            "error: gone.mp4: no such file\n");
}

TEST_F(LogTest, AMessageIsOneLine) {
  log_warning("one\ntwo");
  EXPECT_EQ(written, "warning: one two\n");
}

TEST_F(LogTest, TheFlagsChooseWhatIsSaid) {
  const auto said_at = [&](int verbosity) {
    written.clear();
    set_log_level(log_level_of(verbosity));
    log_trace("t");
    log_debug("d");
    log_info("i");
    log_warning("w");
    log_error("e");
    return written;
  };
  EXPECT_EQ(said_at(-1), "error: e\n");
  EXPECT_EQ(said_at(0), "i\nwarning: w\nerror: e\n");
  EXPECT_EQ(said_at(1), "debug: d\ni\nwarning: w\nerror: e\n");
  EXPECT_EQ(said_at(2), "trace: t\ndebug: d\ni\nwarning: w\nerror: e\n");
  EXPECT_EQ(said_at(9), said_at(2));
}

TEST_F(LogTest, LinesOfSeveralThreadsDoNotMix) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 100; ++i) log_info("0123456789");
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string expected;
  for (int i = 0; i < 400; ++i) expected += "0123456789\n";
  EXPECT_EQ(written, expected);
}

TEST_F(LogTest, AConsoleThatIsNoTerminalDrawsNoStatus) {
  console.set_status("half way");
  log_info("line");
  EXPECT_EQ(written, "line\n");
}

TEST_F(LogOnTerminalTest, ColoursTheWordAlone) {
  log_warning("w");
  EXPECT_EQ(written, "\x1b[1;33mwarning:\x1b[0m w\n");
}

TEST_F(LogOnTerminalTest, ALineWipesTheStatusAndDrawsItAgainBelow) {
  console.set_status("50%");
  written.clear();
  log_info("a line");
  EXPECT_EQ(written, "\r\x1b[2Ka line\n50%");
}

TEST_F(LogOnTerminalTest, AStatusNeverFillsTheLastColumn) {
  console.set_status(std::string(40, 'x'));
  EXPECT_EQ(written, "\r\x1b[2K" + std::string(18, 'x') + "~");
  written.clear();
  console.set_status("");
  console.set_status("");  // wiped once
  EXPECT_EQ(written, "\r\x1b[2K");
}

}  // namespace
}  // namespace zoetrope
