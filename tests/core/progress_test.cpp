#include "zoetrope/core/progress.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "zoetrope/core/console.h"
#include "zoetrope/core/text_width.h"

namespace zoetrope {
namespace {

constexpr std::string_view kWipe = "\r\x1b[2K";

/// A console on a list of writes, and a clock that the test moves.
struct Stage {
  explicit Stage(bool terminal, bool unicode = false)
      : console({.write = [this](std::string_view bytes) { writes.emplace_back(bytes); },
                 .terminal = terminal,
                 .unicode = unicode,
                 .columns = [this] { return columns; }}) {}

  ProgressClock clock() {
    return [this] { return now; };
  }
  /// The last write without the wipe before it.
  [[nodiscard]] std::string last() const {
    if (writes.empty()) return "";
    const std::string& bytes = writes.back();
    return bytes.starts_with(kWipe) ? bytes.substr(kWipe.size()) : bytes;
  }

  int columns = 80;
  double now = 1000;
  std::vector<std::string> writes;
  Console console;
};

TEST(Progress, DrawsABarWithRateAndTimeLeft) {
  Stage stage(true);
  Progress progress({.label = "kitchen.mp4", .total = 100}, stage.console, stage.clock());
  EXPECT_EQ(stage.last(), "kitchen.mp4   0% [>                   ] 0/100 frames");
  stage.now += 2;
  progress.advance(50);
  EXPECT_EQ(stage.last(), "kitchen.mp4  50% [==========>         ] 50/100 frames, 25.0/s, 0:02 left");
  stage.now += 2;
  progress.advance(50);
  EXPECT_EQ(stage.last(), "kitchen.mp4 100% [====================] 100/100 frames, 25.0/s, 0:00 left");
}

TEST(Progress, EndsWithHowManyHowLongHowFast) {
  Stage stage(true);
  Progress progress({.label = "kitchen.mp4", .total = 142}, stage.console, stage.clock());
  stage.now += 3.1;
  progress.advance(142);
  stage.writes.clear();
  progress.finish();
  progress.finish();
  progress.advance();
  EXPECT_EQ(stage.writes,
            (std::vector<std::string>{std::string(kWipe), "kitchen.mp4: 142 frames, 3.1 s, 45.8/s\n"}));
}

TEST(Progress, TheLastLineReadsWellForOneAndForHours) {
  Stage stage(false);
  Progress one({.unit = "video", .units = "videos", .total = 1}, stage.console, stage.clock());
  stage.now += 20;
  one.advance();
  one.finish();
  EXPECT_EQ(stage.last(), "1 video, 20.0 s, 20.0 s each\n");
  Progress many({}, stage.console, stage.clock());
  stage.now += 3723;
  many.advance(1000000);
  many.finish();
  EXPECT_EQ(stage.last(), "1000000 frames, 1:02:03, 269/s\n");
  Progress none({}, stage.console, stage.clock());
  none.finish();
  EXPECT_EQ(stage.last(), "0 frames, 0.0 s\n");
}

TEST(Progress, DrawsAtMostTenTimesASecond) {
  Stage stage(true);
  Progress progress({.total = 100000}, stage.console, stage.clock());
  stage.writes.clear();
  for (int i = 0; i < 10000; ++i) {  // ten seconds
    stage.now += 0.001;
    progress.advance();
  }
  EXPECT_LE(stage.writes.size(), 100u);
  EXPECT_GE(stage.writes.size(), 98u);  // 0.001 adds up with rounding
}

TEST(Progress, AnUnknownTotalShowsCountAndRate) {
  Stage stage(true);
  Progress progress({.label = "camera"}, stage.console, stage.clock());
  EXPECT_EQ(stage.last(), "camera: 0 frames");
  stage.now += 1;
  progress.advance(30);
  EXPECT_EQ(stage.last(), "camera: 30 frames, 30.0/s");
  progress.set_total(90);
  stage.now += 1;
  progress.advance(30);
  EXPECT_NE(stage.last().find(" 66% ["), std::string::npos) << stage.last();
  EXPECT_NE(stage.last().find("60/90 frames, 30.0/s, 0:01 left"), std::string::npos) << stage.last();
}

TEST(Progress, TheRateFollowsRecentWork) {
  Stage stage(true);
  Progress progress({.total = 1000000}, stage.console, stage.clock());
  for (int i = 0; i < 600; ++i) {  // a minute at 100 a second
    stage.now += 0.1;
    progress.advance(10);
  }
  for (int i = 0; i < 600; ++i) {  // a minute at 10 a second
    stage.now += 0.1;
    progress.advance(1);
  }
  const std::size_t at = stage.last().find(" frames, ");
  const double rate = std::stod(stage.last().substr(at + 9));
  EXPECT_GT(rate, 10);
  EXPECT_LT(rate, 13);  // 10 + 90 exp(-60 / 15)
}

TEST(Progress, NoLineIsWiderThanTheTerminal) {
  for (const bool unicode : {false, true}) {
    for (int columns = 1; columns < 120; ++columns) {
      Stage stage(true, unicode);
      stage.columns = columns;
      Progress progress({.label = "台所と居間でのとても長いビデオの名前.mp4", .total = 100000}, stage.console,
                        stage.clock());
      stage.now += 1;
      progress.advance(12345);
      EXPECT_LT(display_width(stage.last()), std::max(columns, 1)) << columns;
      if (columns >= 100) {
        EXPECT_NE(stage.last().find(unicode ? "━" : "[="), std::string::npos) << stage.last();
      }
    }
  }
}

TEST(Progress, WritesPlainLinesNowAndThenWhereThereIsNoTerminal) {
  Stage stage(false);
  Progress progress({.label = "kitchen.mp4", .total = 142, .line_seconds = 5}, stage.console, stage.clock());
  for (int i = 0; i < 142; ++i) {
    stage.now += 0.1;
    progress.advance();
  }
  progress.finish();
  ASSERT_EQ(stage.writes.size(), 3u);
  EXPECT_EQ(stage.writes[0].find('\x1b'), std::string::npos);
  EXPECT_TRUE(stage.writes[0].starts_with("kitchen.mp4: 5")) << stage.writes[0];
  EXPECT_NE(stage.writes[0].find("/142 frames (3"), std::string::npos) << stage.writes[0];
  EXPECT_TRUE(stage.writes[0].ends_with(" left\n")) << stage.writes[0];
  EXPECT_EQ(stage.writes[2], "kitchen.mp4: 142 frames, 14.2 s, 10.0/s\n");
}

TEST(Progress, WritesJsonLinesForPrograms) {
  Stage stage(true);
  Progress progress({.label = "a\"b\xff", .total = 100, .mode = ProgressMode::kJson}, stage.console,
                    stage.clock());
  EXPECT_TRUE(stage.writes.empty());
  stage.now += 2;
  progress.advance(50);
  progress.advance(10);  // within the same second
  progress.finish();
  ASSERT_EQ(stage.writes.size(), 2u);
  const auto line = nlohmann::json::parse(stage.writes[0]);
  EXPECT_EQ(line, nlohmann::json::parse(
                      R"({"event": "progress", "label": "a\"b\ufffd", "unit": "frames", "done": 50,
                                           "total": 100, "seconds": 2.0, "rate": 25.0, "left": 2.0})"));
  const auto last = nlohmann::json::parse(stage.writes[1]);
  EXPECT_EQ(last["event"], "finished");
  EXPECT_EQ(last["done"], 60);
  EXPECT_EQ(last["rate"], 30.0);
}

TEST(Progress, JsonHasNullForWhatIsUnknown) {
  Stage stage(false);
  Progress progress({.mode = ProgressMode::kJson}, stage.console, stage.clock());
  stage.now += 1;
  progress.advance();
  const auto line = nlohmann::json::parse(stage.last());
  EXPECT_TRUE(line["total"].is_null());
  EXPECT_TRUE(line["left"].is_null());
}

TEST(Progress, NoneWritesNothing) {
  Stage stage(true);
  Progress progress({.total = 2, .mode = ProgressMode::kNone}, stage.console, stage.clock());
  stage.now += 100;
  progress.advance(2);
  progress.finish();
  EXPECT_TRUE(stage.writes.empty());
  EXPECT_EQ(progress.done(), 2);
}

TEST(Progress, WorkThatIsGivenUpLeavesNoBar) {
  Stage stage(true);
  { Progress progress({.total = 2}, stage.console, stage.clock()); }
  EXPECT_EQ(stage.writes.back(), kWipe);
}

TEST(Progress, CountsWhatEveryThreadAdds) {
  Stage stage(true);
  Progress progress({.total = 80000}, stage.console, steady_seconds);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10000; ++i) progress.advance();
    });
  }
  for (std::thread& thread : threads) thread.join();
  progress.finish();
  EXPECT_TRUE(stage.last().starts_with("80000 frames, ")) << stage.last();
}

}  // namespace
}  // namespace zoetrope
