#include "zoetrope/data/npy.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

using ::testing::HasSubstr;

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string complaint(const std::string& path) {
  try {
    (void)read_npy(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "";
}

std::string npy(const std::string& dictionary, const std::string& values) {
  std::string header = dictionary + "\n";
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header + values;
}

TEST(Npy, WhatIsWrittenIsReadBack) {
  const test::TemporaryFolder folder;
  for (const torch::ScalarType type :
       {torch::kFloat32, torch::kFloat64, torch::kFloat16, torch::kInt64, torch::kUInt8}) {
    for (const std::vector<std::int64_t>& shape :
         std::vector<std::vector<std::int64_t>>{{}, {7}, {3, 5}, {2, 0, 4}}) {
      const torch::Tensor array = (torch::rand(shape) * 100).to(type);
      write_npy(folder.file("a.npy"), array);
      const torch::Tensor back = read_npy(folder.file("a.npy"));
      EXPECT_EQ(back.scalar_type(), type);
      EXPECT_TRUE(torch::equal(back, array)) << shape.size();
    }
  }
}

TEST(Npy, BytesAreNumPys) {
  const test::TemporaryFolder folder;
  write_npy(folder.file("a.npy"), torch::tensor({1.0F, 2.0F}));
  // numpy.save of numpy.array([1, 2], 'f4'): values begin at a multiple of 64.
  const std::string bytes = bytes_of(folder.file("a.npy"));
  ASSERT_EQ(bytes.size(), 128U + 8U);
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_THAT(bytes, HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"));
  EXPECT_EQ(bytes[127], '\n');
}

TEST(Npy, ReadsFortranOrderAndAnyOrderOfKeys) {
  const test::TemporaryFolder folder;
  const std::string values = {1, 2, 3, 4, 5, 6};
  write(folder.file("a.npy"), npy("{'shape': (2, 3), 'fortran_order': True, 'descr': '|u1'}", values));
  EXPECT_TRUE(
      torch::equal(read_npy(folder.file("a.npy")), torch::tensor({{1, 3, 5}, {2, 4, 6}}, torch::kUInt8)));
}

TEST(Npy, RefusesWhatIsDamagedOrHostile) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.npy");
  write_npy(path, torch::rand({4, 5}));
  const std::string good = bytes_of(path);
  for (std::size_t size = 0; size < good.size(); ++size) {
    write(path, good.substr(0, size));
    EXPECT_NE(complaint(path), "") << size;
  }
  const auto says = [&](const std::string& dictionary) {
    write(path, npy(dictionary, std::string(8, 'x')));
    return complaint(path);
  };
  EXPECT_THAT(says("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
              HasSubstr("type '|O' are not read"));
  EXPECT_THAT(says("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }"), HasSubstr("type '>f4'"));
  EXPECT_THAT(says("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"), HasSubstr("cut off"));
  EXPECT_THAT(says("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 16), }"),
              HasSubstr("larger than any memory"));
  EXPECT_THAT(says("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), HasSubstr("shape"));
  EXPECT_THAT(says("{'descr': '<f4', 'fortran_order': False, }"), HasSubstr("damaged .npy header"));
  EXPECT_THAT(says("{'descr': __import__('os').system('x'), }"), HasSubstr("damaged .npy header"));
  write(path, "not an array");
  EXPECT_THAT(complaint(path), HasSubstr("no .npy file"));
  EXPECT_THAT(complaint(folder.file("missing.npy")), HasSubstr("missing.npy"));
}

}  // namespace
}  // namespace zoetrope::data
