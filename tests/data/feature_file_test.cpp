#include "zoetrope/data/feature_file.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::vector<float> all_of(const FeatureFile& file, std::int64_t stride = 1, std::int64_t num_frames = -1) {
  std::vector<float> values(
      static_cast<std::size_t>(file.num_dimensions() * file.num_sampled(stride, num_frames)));
  file.read(values, stride, num_frames);
  return values;
}

std::string complaint_about(const std::string& path) {
  try {
    const FeatureFile file(path);
    (void)all_of(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "";
}

TEST(FeatureFile, BothOrdersOfSidesGiveDimensionsByFrames) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.npy");
  write_features(path, std::vector<float>{0, 1, 2, 10, 11, 12}, 2);
  const FeatureFile file(path);
  EXPECT_EQ(file.num_frames(), 3);
  EXPECT_EQ(file.num_dimensions(), 2);
  EXPECT_THAT(all_of(file), ElementsAre(0, 1, 2, 10, 11, 12));
  EXPECT_THAT(all_of(file, 2), ElementsAre(0, 2, 10, 12));
  EXPECT_THAT(all_of(file, 2, 2), ElementsAre(0, 10));
  std::vector<float> part(4);
  file.read_part(part, 1, 2);
  EXPECT_THAT(part, ElementsAre(1, 2, 11, 12));
  file.read_part(std::span(part).first(2), 1, 1, 2);
  EXPECT_THAT(std::span(part).first(2), ElementsAre(2, 12));
  EXPECT_THROW(file.read_part(part, 2, 2), Error);
  const FeatureFile turned(path, FeatureOrder::kFramesFirst);
  EXPECT_EQ(turned.num_frames(), 2);
  EXPECT_THAT(all_of(turned), ElementsAre(0, 10, 1, 11, 2, 12));
}

TEST(FeatureFile, FortranOrderIsRead) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.npy");
  std::string header = make_npy_header(NpyType::kFloat32, std::vector<std::int64_t>{2, 3});
  header.replace(header.find("False"), 5, "True ");
  write_bytes(path, header + bytes_of<float>({0, 10, 1, 11, 2, 12}));
  EXPECT_THAT(all_of(FeatureFile(path)), ElementsAre(0, 1, 2, 10, 11, 12));
  EXPECT_THAT(all_of(FeatureFile(path, FeatureOrder::kFramesFirst), 1, 1), ElementsAre(0, 1, 2));
}

TEST(FeatureFile, HalvesAreThoseOfIeee754) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.npy");
  // 1, -2, 65504 (the largest), 2^-14 (the least normal), 2^-24 (the least), -0
  const std::vector<std::uint16_t> halves = {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000};
  write_bytes(path, make_npy_header(NpyType::kFloat16, std::vector<std::int64_t>{1, 6}) + bytes_of(halves));
  const std::vector<float> values = all_of(FeatureFile(path));
  EXPECT_THAT(values, ElementsAre(1, -2, 65504, 0x1p-14F, 0x1p-24F, 0));
  EXPECT_TRUE(std::signbit(values[5]));
}

TEST(FeatureFile, LongFilesAreReadInBlocks) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.npy");
  std::vector<float> values(3 * 1000);
  std::iota(values.begin(), values.end(), 0.0F);
  write_features(path, values, 3);
  EXPECT_EQ(all_of(FeatureFile(path)), values);
  const std::vector<float> sampled = all_of(FeatureFile(path), 7);
  ASSERT_EQ(sampled.size(), 3U * 143);
  EXPECT_EQ(sampled[142], 994);
  EXPECT_EQ(sampled[143 + 1], 1007);
}

TEST(FeatureFile, RefusesWhatHoldsNoFeatures) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.npy");
  const auto says = [&](NpyType type, const std::vector<std::int64_t>& shape, const std::string& values) {
    write_bytes(path, make_npy_header(type, shape) + values);
    return complaint_about(path);
  };
  EXPECT_THAT(says(NpyType::kInt64, {1, 2}, std::string(16, 'x')), HasSubstr("features of type '<i8'"));
  EXPECT_THAT(says(NpyType::kFloat32, {2}, std::string(8, 'x')), HasSubstr("an array of 1 sides"));
  EXPECT_THAT(says(NpyType::kFloat32, {0, 7}, ""), HasSubstr("0 x 7, without a feature"));
  EXPECT_THAT(says(NpyType::kFloat32, {4, 2}, std::string(8, 'x')), HasSubstr("it is cut off"));
  EXPECT_THAT(says(NpyType::kFloat16, {1, 30'000'000}, std::string(60'000'000, '\0')),
              HasSubstr("at most 20000000"));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(says(NpyType::kFloat32, {2, 2}, bytes_of<float>({0, 1, 2, nan})),
              HasSubstr("a.npy: the value at frame 1, dimension 1 is not finite"));
  write_bytes(path, "");
  EXPECT_THAT(complaint_about(path), HasSubstr("an empty file"));
  EXPECT_THAT(complaint_about(folder.path().string()), HasSubstr("no regular file"));
  EXPECT_THAT(complaint_about(folder.file("gone.npy")), HasSubstr("gone.npy: cannot read"));
}

TEST(FeatureFile, DamagedHeadersAreReadOrRefused) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.npy");
  write_features(path, std::vector<float>(40, 1.0F), 4);
  std::ifstream in(path, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  std::size_t refused = 0;
  for (std::size_t at = 0; at < 90; at += 2) {
    for (const char c : {'\0', '9', '(', '\'', '\xff'}) {
      std::string bad = good;
      bad[at] = c;
      write_bytes(path, bad);
      refused += complaint_about(path).empty() ? 0 : 1;
    }
  }
  for (std::size_t size = 0; size < good.size(); size += 3) {
    write_bytes(path, good.substr(0, size));
    EXPECT_NE(complaint_about(path), "") << size;
  }
  EXPECT_GT(refused, 100U);
}

TEST(FeatureFile, WrongUse) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.npy");
  EXPECT_THROW(write_features(path, std::vector<float>(5), 2), Error);
  write_features(path, std::vector<float>(6), 2);
  FeatureFile file(path);
  std::vector<float> few(5);
  EXPECT_THROW(file.read(few), Error);
  EXPECT_THROW((void)file.num_sampled(0), Error);
  FeatureFile other = std::move(file);
  EXPECT_EQ(all_of(other).size(), 6U);
}

}  // namespace
}  // namespace zoetrope::data
