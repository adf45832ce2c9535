#include "zoetrope/core/atomic_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(AtomicFile, AppearsOnCommitAndNotBefore) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.txt");
  std::ofstream(path) << "old";
  {
    AtomicFile file(path);
    EXPECT_EQ(file.temporary().extension(), ".txt");
    file.write("ne");
    file.write("w");
    EXPECT_EQ(text_of(path), "old");
    file.commit();
  }
  EXPECT_EQ(text_of(path), "new");
  EXPECT_EQ(folder.size(), 1);
}

TEST(AtomicFile, WithoutCommitNothingChanges) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("a.txt")) << "old";
  {
    AtomicFile(folder.file("a.txt")).write("new");
    AtomicFile(folder.file("b.txt")).write("new");
  }
  EXPECT_EQ(text_of(folder.file("a.txt")), "old");
  EXPECT_EQ(folder.size(), 1);
}

TEST(AtomicFile, FollowsALinkAndKeepsIt) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("a.txt")) << "old";
  std::filesystem::create_symlink("a.txt", folder.file("link.txt"));
  AtomicFile file(folder.file("link.txt"));
  file.write("new");
  file.commit();
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link.txt")));
  EXPECT_EQ(text_of(folder.file("a.txt")), "new");
}

TEST(AtomicFile, RefusesWhatARenameWouldDestroyOrCannotReach) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(AtomicFile(folder.path()), Error);
  EXPECT_THROW(AtomicFile(folder.path() / ""), Error);
  EXPECT_THROW(AtomicFile("/dev/null"), Error);
  EXPECT_THROW(AtomicFile(folder.file("missing/a.txt")), Error);
  EXPECT_EQ(folder.size(), 0);
}

}  // namespace
}  // namespace zoetrope
