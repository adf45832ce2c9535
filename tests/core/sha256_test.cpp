#include "zoetrope/core/sha256.h"

#include <gtest/gtest.h>

#include <fstream>

#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

// Examples of FIPS 180-4 (NIST's
// csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values).
TEST(Sha256, PublishedExamples) {
  EXPECT_EQ(sha256_of_bytes(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of_bytes("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_of_bytes(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesDoNotMatter) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes += static_cast<char>(i * 7);
  for (std::size_t size = 0; size <= bytes.size(); size += 1) {
    Sha256 hash;
    hash.update(std::string_view(bytes).substr(0, size));
    hash.update(std::string_view(bytes).substr(size));
    EXPECT_EQ(hash.hex_digest(), sha256_of_bytes(bytes));
  }
}

TEST(Sha256, File) {
  const std::string path = testing::TempDir() + "zoetrope_sha256";
  const std::string bytes(700'001, 'x');
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(sha256_of_file(path), sha256_of_bytes(bytes));
  std::filesystem::remove(path);
  EXPECT_THROW((void)sha256_of_file(path), Error);
  EXPECT_THROW((void)sha256_of_file(testing::TempDir()), Error);
}

}  // namespace
}  // namespace zoetrope
