#include "zoetrope/weights/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "tests/weights/attack_files.h"
#include "zoetrope/core/error.h"

namespace zoetrope::weights {
namespace {

using test::le;
using test::zip;
using ::testing::HasSubstr;

// What opening a file of these bytes says; "" if nothing.
std::string zip_refusal(const std::string& bytes) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder.file("attack.zip"), bytes);
  try {
    const ZipArchive archive(std::make_shared<const MappedFile>(folder.file("attack.zip")));
    for (const ZipArchive::Entry& entry : archive.entries())
      EXPECT_LE(archive.bytes(entry).size(), bytes.size());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_THAT(error.what(), HasSubstr("attack.zip: zip archive refused"));
    return error.what();
  }
  return "";
}

TEST(ZipArchive, FindsEntriesByTheirVeryNames) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder.file("a"), zip({{.name = "x/one", .data = "1"}, {.name = "x/two", .data = ""}}));
  const ZipArchive archive(std::make_shared<const MappedFile>(folder.file("a")));
  ASSERT_EQ(archive.entries().size(), 2u);
  EXPECT_EQ(archive.bytes(*archive.find("x/one")), "1");
  EXPECT_EQ(archive.bytes(*archive.find("x/two")), "");
  EXPECT_EQ(archive.find("x/../x/one"), nullptr);
  EXPECT_EQ(archive.find("one"), nullptr);
  EXPECT_EQ(zip_refusal(zip({})), "");
}

TEST(ZipArchiveAttack, CompressedAndEncryptedEntries) {
  EXPECT_THAT(zip_refusal(zip({{.name = "bomb", .data = "x", .method = 8}})), HasSubstr("is compressed"));
  EXPECT_THAT(zip_refusal(zip({{.name = "bomb", .data = "x", .claimed_size = 1 << 30, .claimed_packed = 1}})),
              HasSubstr("is compressed"));
  EXPECT_THAT(zip_refusal(zip({{.name = "secret", .data = "x", .flags = 1}})), HasSubstr("is encrypted"));
}

TEST(ZipArchiveAttack, SizesAndPlacesBeyondTheFile) {
  EXPECT_THAT(zip_refusal(zip({{.name = "a", .data = "x", .claimed_size = 1 << 30}})),
              HasSubstr("beyond the file"));
  EXPECT_THAT(zip_refusal(zip({{.name = "a", .data = "x", .claimed_header = 1 << 30}})),
              HasSubstr("beyond the file"));
  EXPECT_THAT(zip_refusal(zip({{.name = "a", .data = "x", .claimed_header = 1}})), HasSubstr("is not where"));
  // Sizes that say "see ZIP64", without a field to see.
  EXPECT_THAT(zip_refusal(zip({{.name = "a", .data = "x", .claimed_size = 0xFFFFFFFF}})),
              HasSubstr("beyond the file"));
}

TEST(ZipArchiveAttack, EntriesThatShareBytes) {
  EXPECT_THAT(
      zip_refusal(zip({{.name = "a", .data = "xyz"}, {.name = "a2", .data = "x", .claimed_header = 0}})),
      HasSubstr("another name"));
  EXPECT_THAT(
      zip_refusal(zip({{.name = "a", .data = "xyz"}, {.name = "a", .data = "x", .claimed_header = 0}})),
      HasSubstr("overlaps"));
  // An entry within another's bytes.
  const std::string inner = zip({{.name = "b", .data = "in"}});
  EXPECT_THAT(zip_refusal(zip({{.name = "a", .data = inner},
                               {.name = "b", .data = "", .claimed_size = 2, .claimed_header = 31}})),
              HasSubstr("overlaps"));
  EXPECT_THAT(zip_refusal(zip({{.name = "a", .data = "x", .claimed_size = 40}})),
              HasSubstr("overlaps the directory"));
}

TEST(ZipArchiveAttack, NamesThatAreNotUniqueOrNotTheSame) {
  EXPECT_THAT(zip_refusal(zip({{.name = "a", .data = "1"}, {.name = "a", .data = "2"}})),
              HasSubstr("stands twice"));
  EXPECT_THAT(zip_refusal(zip({{.name = "a", .data = "1", .local_name = "b"}})), HasSubstr("another name"));
  EXPECT_THAT(zip_refusal(zip({{.name = std::string("\x1b[31m\n"), .data = "", .flags = 1}})),
              HasSubstr(R"(\u001b[31m\n)"));
}

TEST(ZipArchiveLimits, HoldAtTheirVeryValue) {
  EXPECT_EQ(zip_refusal(zip({{.name = std::string(kMaxZipNameBytes, 'n'), .data = ""}})), "");
  EXPECT_THAT(zip_refusal(zip({{.name = std::string(kMaxZipNameBytes + 1, 'n'), .data = ""}})),
              HasSubstr("longer than 4096 bytes"));
}

// The end records of a ZIP64 archive whose directory is empty, and claims this many entries.
std::string zip64(std::uint64_t count, std::uint64_t begin = 0, std::uint64_t size = 0,
                  std::uint64_t record = 0) {
  const std::string end64 = "PK\x06\x06" + le(std::uint64_t{44}) + std::string(12, '\0') + le(count) +
                            le(count) + le(size) + le(begin);
  const std::string locator = "PK\x06\x07" + std::string(4, '\0') + le(record) + le(std::uint32_t{1});
  return end64 + locator + std::string("PK\x05\x06\0\0\0\0", 8) + le(std::uint16_t{0xFFFF}) +
         le(std::uint16_t{0xFFFF}) + le(UINT32_MAX) + le(UINT32_MAX) + le(std::uint16_t{0});
}

TEST(ZipArchiveAttack, Zip64EndRecords) {
  EXPECT_EQ(zip_refusal(zip64(0)), "");
  EXPECT_THAT(zip_refusal(zip64(kMaxZipEntries)), HasSubstr("directory is damaged"));
  EXPECT_THAT(zip_refusal(zip64(kMaxZipEntries + 1)), HasSubstr("are the most"));
  EXPECT_THAT(zip_refusal(zip64(0, UINT64_MAX, 1)), HasSubstr("not within the file"));
  EXPECT_THAT(zip_refusal(zip64(0, 1, UINT64_MAX)), HasSubstr("not within the file"));
  EXPECT_THAT(zip_refusal(zip64(0, 0, 0, UINT64_MAX - 3)), HasSubstr("ZIP64 end record"));
}

TEST(ZipArchiveAttack, EveryCutOfAGoodFileIsRefused) {
  const std::string whole = zip({{.name = "a/data.pkl", .data = "N."}, {.name = "a/data/0", .data = "1234"}});
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(zip_refusal(whole.substr(0, length)), "") << length;
  EXPECT_NE(zip_refusal(whole + "x"), "");
}

TEST(ZipArchiveAttack, NoChangedByteDoesHarm) {
  const std::string whole = zip({{.name = "a/data.pkl", .data = "N."}, {.name = "a/data/0", .data = "1234"}});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int flip : {0x01, 0x02, 0x10, 0x80, 0xff}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      zip_refusal(changed);  // refused or read; the sanitizers watch
    }
  }
}

}  // namespace
}  // namespace zoetrope::weights
