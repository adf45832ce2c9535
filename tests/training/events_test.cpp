#include "zoetrope/training/events.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/files.h"

namespace zoetrope::training {
namespace {

TEST(Events, ChecksumsAreCastagnolis) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);            // the check value of the CRC catalogue
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);  // RFC 3720, B.4
}

template <typename T>
T read_at(const std::string& bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

TEST(Events, RecordsAreFramedAndHoldTheScalar) {
  const test::TemporaryFolder folder;
  EventWriter(folder.path()).scalar("train/loss", 300, 0.75);
  std::filesystem::path path;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) path = entry.path();
  EXPECT_TRUE(path.filename().string().starts_with("events.out.tfevents."));
  const std::string bytes = read_text_file(path, 1 << 20);
  const auto mask = [](std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8U; };
  std::vector<std::string> records;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = read_at<std::uint64_t>(bytes, at);
    EXPECT_EQ(read_at<std::uint32_t>(bytes, at + 8), mask(crc32c(bytes.substr(at, 8))));
    records.push_back(bytes.substr(at + 12, size));
    EXPECT_EQ(read_at<std::uint32_t>(bytes, at + 12 + size), mask(crc32c(records.back())));
    at += 16 + size;
  }
  ASSERT_EQ(records.size(), 2u);
  EXPECT_NE(records[0].find("brain.Event:2"), std::string::npos);
  // wall_time, then step 300 as a varint of field 2, then the summary with tag and float.
  EXPECT_EQ(records[1].substr(9, 3), std::string("\x10\xac\x02"));
  EXPECT_EQ(records[1].substr(12, 2), std::string("\x2a\x13"));
  EXPECT_EQ(records[1].substr(14), std::string("\x0a\x11\x0a\x0atrain/loss\x15\x00\x00\x40\x3f", 19));
}

}  // namespace
}  // namespace zoetrope::training
