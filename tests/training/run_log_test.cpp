#include "zoetrope/training/run_log.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/files.h"

namespace zoetrope::training {
namespace {

std::int64_t lines_with(const std::filesystem::path& path, const std::string& text) {
  const std::string all = read_text_file(path, 1 << 20);
  std::int64_t count = 0;
  for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
  return count;
}

TEST(RunLog, ForgetsWhatTheCheckpointDoesNotKnow) {
  const test::TemporaryFolder folder;
  {
    RunLog log(folder.path(), 0, 0);
    for (const std::int64_t step : {1, 2}) log.step(step, 0.5, 0.1);
    log.epoch(2, {.epoch = 1, .loss = 0.5});
    for (const std::int64_t step : {3, 4}) log.step(step, 0.25, 0.1);
    log.epoch(4, {.epoch = 2, .loss = 0.25});
  }
  // Killed between writing the second epoch's line and keeping that it was done: its last step was kept before.
  const RunLog resumed(folder.path(), 4, 1);
  EXPECT_EQ(lines_with(folder.path() / "results.csv", "\n"), 2) << "the header and one epoch";
  EXPECT_EQ(lines_with(folder.path() / "log.jsonl", R"("event":"epoch")"), 1);
  EXPECT_EQ(lines_with(folder.path() / "log.jsonl", R"("event":"step")"), 4);

  const RunLog earlier(folder.path(), 1, 0);
  EXPECT_EQ(lines_with(folder.path() / "results.csv", "\n"), 1);
  EXPECT_EQ(lines_with(folder.path() / "log.jsonl", "\n"), 1);
}

}  // namespace
}  // namespace zoetrope::training
