#include "zoetrope/core/file_lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

TEST(FileLock, TheSecondWaitsForTheFirst) {
  const test::TemporaryFolder folder;
  std::optional<FileLock> first(folder.path() / "lock");
  std::atomic<bool> first_has_it = true;
  std::promise<void> waits;
  std::thread second([&] {
    const FileLock lock(folder.path() / "lock", [&] { waits.set_value(); });
    EXPECT_FALSE(first_has_it);
  });
  waits.get_future().wait();
  first_has_it = false;
  first.reset();
  second.join();
}

TEST(FileLock, OneThatIsFreeIsNotWaitedFor) {
  const test::TemporaryFolder folder;
  { const FileLock lock(folder.path() / "lock"); }
  const FileLock again(folder.path() / "lock", [] { ADD_FAILURE() << "waited"; });
}

TEST(FileLock, AFolderThatIsNotThereIsNamed) {
  const test::TemporaryFolder folder;
  try {
    const FileLock lock(folder.path() / "gone" / "lock");
    FAIL() << "locked";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("gone/lock: cannot be locked: No such file"), std::string::npos);
  }
}

}  // namespace
}  // namespace zoetrope
