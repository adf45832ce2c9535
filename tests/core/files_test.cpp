#include "zoetrope/core/files.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("zoetrope_files_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::size_t count_entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(Files, WriteThenRead) {
  const std::string bytes("a\0b\r\n\xff", 6);
  write_file_atomically(folder_ / "file", bytes);
  EXPECT_EQ(read_text_file(folder_ / "file", 6), bytes);
  write_file_atomically(folder_ / "file", "new");
  EXPECT_EQ(read_text_file(folder_ / "file", 100), "new");
  EXPECT_EQ(count_entries(), 1U);
}

TEST_F(Files, LargeFileInSeveralChunks) {
  const std::string bytes(3'000'001, 'z');
  write_file_atomically(folder_ / "large", bytes);
  EXPECT_EQ(read_text_file(folder_ / "large", bytes.size()), bytes);
}

TEST_F(Files, CeilingIsHeld) {
  write_file_atomically(folder_ / "file", "12345");
  EXPECT_EQ(read_text_file(folder_ / "file", 5), "12345");
  EXPECT_THROW((void)read_text_file(folder_ / "file", 4), Error);
  EXPECT_THROW((void)read_text_file("/dev/zero", 10'000), Error);
}

TEST_F(Files, WhatCannotBeReadIsNamed) {
  for (const fs::path& path : {folder_ / "missing", folder_}) {
    try {
      (void)read_text_file(path, 100);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_THAT(error.what(), testing::StartsWith(path.string() + ": cannot read: "));
    }
  }
}

TEST_F(Files, FailedWriteLeavesNothing) {
  EXPECT_THROW(write_file_atomically(folder_ / "no folder" / "file", "x"), Error);
  EXPECT_THROW(write_file_atomically(folder_, "x"), Error);
  EXPECT_EQ(count_entries(), 0U);
}

TEST_F(Files, LinksAreFollowedAndDevicesWrittenInPlace) {
  write_file_atomically(folder_ / "real", "old");
  fs::create_symlink("real", folder_ / "link");
  write_file_atomically(folder_ / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_text_file(folder_ / "real", 10), "new");
  fs::create_symlink("/dev/null", folder_ / "device");
  write_file_atomically(folder_ / "device", "gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace zoetrope
