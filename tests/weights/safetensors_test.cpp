#include "zoetrope/weights/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/weights/safetensors_header.h"

namespace zoetrope::weights {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string read_bytes(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string with_length(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

// What opening a file of these bytes, and reading each of its tensors, says; "" if nothing.
std::string refusal(const std::string& bytes) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("attack.safetensors");
  write_bytes(path, bytes);
  try {
    const SafetensorsFile file(path);
    for (const auto& [name, tensor] : file.tensors()) static_cast<void>(tensor.sum());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("attack.safetensors"));
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    return error.what();
  }
  return "";
}

std::string header_refusal(const std::string& header, std::size_t data_bytes = 0) {
  return refusal(with_length(header, std::string(data_bytes, '\0')));
}

NamedTensors one_of_each_dtype() {
  torch::manual_seed(7);
  NamedTensors tensors;
  for (const torch::ScalarType dtype :
       {torch::kBool, torch::kUInt8, torch::kInt8, torch::kInt16, torch::kBFloat16, torch::kFloat16,
        torch::kInt32, torch::kFloat32, torch::kInt64, torch::kFloat64}) {
    tensors.emplace_back(c10::toString(dtype), (torch::randn({3, 5}) * 50).to(dtype));
  }
  return tensors;
}

TEST(Safetensors, EveryDtypeComesBackAsItWas) {
  const test::TemporaryFolder folder;
  const NamedTensors tensors = one_of_each_dtype();
  write_safetensors(folder.file("all.safetensors"), tensors,
                    {{"format", "pt"}, {"note", "ümlaut \"quoted\"\n"}});
  const SafetensorsFile file(folder.file("all.safetensors"));
  EXPECT_EQ(file.metadata().at("note"), "ümlaut \"quoted\"\n");
  ASSERT_EQ(file.names().size(), tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(file.names()[i], tensors[i].first);
    const torch::Tensor back = file.tensor(tensors[i].first);
    EXPECT_EQ(back.scalar_type(), tensors[i].second.scalar_type());
    EXPECT_TRUE(torch::equal(back, tensors[i].second)) << tensors[i].first;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(back.data_ptr()) % back.element_size(), 0u);
  }
}

TEST(Safetensors, EmptyAndZeroDimensionalTensorsComeBack) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.file("a"), {{"scalar", torch::tensor(2.5)},
                                       {"empty", torch::empty({0})},
                                       {"rows of nothing", torch::empty({4, 0, 7}, torch::kInt64)}});
  const SafetensorsFile file(folder.file("a"));
  EXPECT_EQ(file.tensor("scalar").dim(), 0);
  EXPECT_EQ(file.tensor("scalar").item<float>(), 2.5f);
  EXPECT_THAT(file.tensor("empty").sizes().vec(), ElementsAre(0));
  EXPECT_THAT(file.tensor("rows of nothing").sizes().vec(), ElementsAre(4, 0, 7));
  EXPECT_TRUE(file.contains("empty"));
  EXPECT_FALSE(file.contains("full"));

  write_safetensors(folder.file("none"), {});
  EXPECT_TRUE(SafetensorsFile(folder.file("none")).entries().empty());
}

TEST(Safetensors, ViewsAndGradientsAreWrittenByValue) {
  const test::TemporaryFolder folder;
  const torch::Tensor base = torch::arange(12, torch::kFloat32).reshape({3, 4}).requires_grad_();
  write_safetensors(folder.file("a"), {{"t", base.t()}, {"row", base[1]}});
  const SafetensorsFile file(folder.file("a"));
  EXPECT_TRUE(torch::equal(file.tensor("t"), base.detach().t()));
  EXPECT_TRUE(torch::equal(file.tensor("row"), base.detach()[1]));
}

TEST(Safetensors, TensorsOutliveTheFileObjectAndItsName) {
  const test::TemporaryFolder folder;
  torch::Tensor tensor;
  {
    write_safetensors(folder.file("a"), {{"x", torch::arange(1000)}});
    const SafetensorsFile file(folder.file("a"));
    tensor = file.tensor("x");
    std::filesystem::remove(folder.file("a"));
  }
  EXPECT_TRUE(torch::equal(tensor, torch::arange(1000)));
}

TEST(Safetensors, WritingToATensorLeavesTheFileAlone) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.file("a"), {{"x", torch::zeros(8)}});
  const std::string before = read_bytes(folder.file("a"));
  SafetensorsFile(folder.file("a")).tensor("x").fill_(1);
  EXPECT_EQ(read_bytes(folder.file("a")), before);
}

TEST(Safetensors, AMissingNameIsAnsweredWithTheNearest) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.file("a"), {{"fc.weight", torch::zeros(1)}});
  const SafetensorsFile file(folder.file("a"));
  try {
    static_cast<void>(file.tensor("fc.wieght"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'fc.weight'?"));
  }
}

TEST(Safetensors, TheBytesAreThoseOfTheFormat) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.file("a"),
                    {{"b", torch::tensor({1, 2}, torch::kUInt8)}, {"w", torch::tensor({1.0f})}},
                    {{"k", "v"}});
  const std::string header =
      R"({"__metadata__":{"k":"v"},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},)"
      R"("w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(read_bytes(folder.file("a")), with_length(header + padding, std::string("\0\0\x80\x3f\1\2", 6)));
}

TEST(Safetensors, ReadsUnalignedTensors) {
  const test::TemporaryFolder folder;
  const float value = 3.25f;
  std::string data = "\7";
  data.append(reinterpret_cast<const char*>(&value), 4);
  write_bytes(folder.file("a"), with_length(R"({"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                            R"("f":{"dtype":"F32","shape":[],"data_offsets":[1,5]}})",
                                            data));
  const SafetensorsFile file(folder.file("a"));
  EXPECT_EQ(file.tensor("f").item<float>(), value);
  EXPECT_EQ(file.tensor("u").item<int>(), 7);
}

TEST(SafetensorsAttack, FilesThatAreNone) {
  EXPECT_THAT(refusal(""), HasSubstr("shorter than 8 bytes"));
  EXPECT_THAT(refusal("1234567"), HasSubstr("shorter than 8 bytes"));
  EXPECT_THAT(refusal(std::string(8, '\0')), HasSubstr("no JSON"));
  EXPECT_THAT(refusal(std::string(64, '\xff')), HasSubstr("are the most"));
  EXPECT_THAT(refusal("PK\x03\x04 a zip file, as PyTorch writes"), HasSubstr("are the most"));
  EXPECT_THAT(header_refusal("[]"), HasSubstr("no JSON"));
  EXPECT_THAT(header_refusal(" {}"), HasSubstr("no JSON"));
  EXPECT_THAT(header_refusal("\xef\xbb\xbf{}"), HasSubstr("no JSON"));
  EXPECT_EQ(header_refusal("{}   "), "");

  const std::uint64_t most = kMaxSafetensorsHeaderBytes;
  EXPECT_THAT(refusal(std::string(reinterpret_cast<const char*>(&most), 8) + "{}"),
              HasSubstr("ends within its header"));
  const std::uint64_t more = most + 1;
  EXPECT_THAT(refusal(std::string(reinterpret_cast<const char*>(&more), 8) + "{}"),
              HasSubstr("are the most"));
}

TEST(SafetensorsAttack, JsonThatIsNotTheFormats) {
  for (const char* header : {
           "{",
           "{}{}",
           "{} x",
           R"({"a":1})",
           R"({"a":null})",
           R"({"a":[]})",
           R"({"a":"b"})",
           R"({"a":{}})",
           R"({"a":{"dtype":"U8","shape":[0]}})",
           R"({"a":{"dtype":"U8","data_offsets":[0,0]}})",
           R"({"a":{"shape":[0],"data_offsets":[0,0]}})",
           R"({"a":{"dtype":"U8","shape":0,"data_offsets":[0,0]}})",
           R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}})",
           R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}})",
           R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}})",
           R"({"a":{"dtype":"U8","shape":[0.0],"data_offsets":[0,0]}})",
           R"({"a":{"dtype":"U8","shape":[[0]],"data_offsets":[0,0]}})",
           R"({"a":{"dtype":"U8","shape":["0"],"data_offsets":[0,0]}})",
           R"({"a":{"dtype":"U8","shape":[true],"data_offsets":[0,0]}})",
           R"({"a":{"dtype":"U8","shape":[{}],"data_offsets":[0,0]}})",
           R"({"a":{"dtype":["U8"],"shape":[0],"data_offsets":[0,0]}})",
           R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}})",
           R"({"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
           R"({"__metadata__":"x"})",
           R"({"__metadata__":{"a":1}})",
           R"({"__metadata__":{"a":{}}})",
           R"({"__metadata__":{"a":[]}})",
           R"({"__metadata__":{},"__metadata__":{}})",
           R"({"__metadata__":{"a":"1","a":"2"}})",
           R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},})",
       }) {
    EXPECT_THAT(header_refusal(header), HasSubstr("header refused")) << header;
  }
}

TEST(SafetensorsAttack, NestingNeitherRecursesNorGrows) {
  const std::string deep(5'000'000, '[');
  EXPECT_THAT(header_refusal("{\"a\":" + deep), HasSubstr("header refused"));
  EXPECT_THAT(header_refusal(R"({"a":{"dtype":"U8","shape":)" + deep), HasSubstr("header refused"));
}

TEST(SafetensorsAttack, NamesAndTextThatAreNotUtf8OrNotUnique) {
  EXPECT_THAT(header_refusal("{\"\xff\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"),
              HasSubstr("no JSON in UTF-8"));
  EXPECT_THAT(header_refusal("{\"__metadata__\":{\"a\":\"\xc0\x80\"}}"), HasSubstr("no JSON in UTF-8"));
  const std::string entry = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_THAT(header_refusal("{\"a\":" + entry + ",\"a\":" + entry + "}"), HasSubstr("stands twice"));
  // A name that would break a terminal or a log is shown escaped.
  const std::string message =
      header_refusal(R"({"\u001b[31m\n":{"dtype":"U8","shape":[0],"data_offsets":[0,9]}})");
  EXPECT_THAT(message, HasSubstr(R"(\u001b[31m\n)"));
}

TEST(SafetensorsAttack, DtypesThatLibTorchLacksAreNamed) {
  for (const char* dtype : {"U16", "F8_E4M3", "f32", "", "C64"}) {
    const std::string header =
        fmt::format(R"({{"a":{{"dtype":"{}","shape":[0],"data_offsets":[0,0]}}}})", dtype);
    EXPECT_THAT(header_refusal(header), HasSubstr(fmt::format("has dtype \"{}\"; known are F64", dtype)));
  }
}

TEST(SafetensorsAttack, ShapesThatAreNotTheirBytes) {
  const auto u8 = [](const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":"F32","shape":[)" + shape + R"(],"data_offsets":[)" + offsets + "]}}";
  };
  EXPECT_EQ(header_refusal(u8("2", "0,8"), 8), "");
  EXPECT_THAT(header_refusal(u8("3", "0,8"), 8),
              HasSubstr("its shape takes 12 bytes, its data_offsets give 8"));
  EXPECT_THAT(header_refusal(u8("2", "8,0"), 8), HasSubstr("not within"));
  EXPECT_THAT(header_refusal(u8("2", "0,8"), 7), HasSubstr("is the file whole?"));
  EXPECT_THAT(header_refusal(u8("2", "18446744073709551608,18446744073709551615"), 8),
              HasSubstr("not within"));
  EXPECT_THAT(header_refusal(u8("2", "18446744073709551616,0"), 8), HasSubstr("header refused"));
  EXPECT_THAT(header_refusal(u8("9223372036854775808", "0,8"), 8), HasSubstr("header refused"));
  // Products that wrap to the right size in 64 bits, also behind a zero.
  EXPECT_THAT(header_refusal(u8("4611686018427387905", "0,4"), 4), HasSubstr("too large"));
  EXPECT_THAT(header_refusal(u8("4294967296,4294967296", "0,0")), HasSubstr("too large"));
  EXPECT_THAT(header_refusal(u8("0,4294967296,4294967296", "0,0")), HasSubstr("too large"));
}

TEST(SafetensorsAttack, OverlapsGapsAndLeftovers) {
  const auto two = [](const std::string& a, const std::string& b) {
    const auto entry = [](const char* name, const std::string& offsets) {
      return fmt::format(R"("{}":{{"dtype":"U8","shape":[4],"data_offsets":[{}]}})", name, offsets);
    };
    return "{" + entry("a", a) + "," + entry("b", b) + "}";
  };
  EXPECT_EQ(header_refusal(two("0,4", "4,8"), 8), "");
  EXPECT_EQ(header_refusal(two("4,8", "0,4"), 8), "");
  EXPECT_THAT(header_refusal(two("0,4", "0,4"), 4), HasSubstr("overlap"));
  EXPECT_THAT(header_refusal(two("0,4", "3,7"), 7), HasSubstr("overlap"));
  EXPECT_THAT(header_refusal(two("0,4", "5,9"), 9), HasSubstr("gap"));
  EXPECT_THAT(header_refusal(two("1,5", "5,9"), 9), HasSubstr("gap"));
  EXPECT_THAT(header_refusal(two("0,4", "4,8"), 9), HasSubstr("1 bytes after the last tensor"));
  EXPECT_THAT(header_refusal("{}", 1), HasSubstr("1 bytes after the last tensor"));
}

TEST(SafetensorsAttack, ABoolIsZeroOrOne) {
  const std::string header = R"({"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}})";
  EXPECT_EQ(refusal(with_length(header, std::string("\1\0", 2))), "");
  EXPECT_THAT(refusal(with_length(header, "\1\2")), HasSubstr("other than 0 and 1"));
}

TEST(SafetensorsLimits, HoldAtTheirVeryValue) {
  const auto named = [](std::size_t bytes) {
    return R"({")" + std::string(bytes, 'n') + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
  };
  EXPECT_EQ(header_refusal(named(kMaxSafetensorsNameBytes)), "");
  EXPECT_THAT(header_refusal(named(kMaxSafetensorsNameBytes + 1)), HasSubstr("longer than 4096 bytes"));

  const auto shaped = [](std::size_t dimensions) {
    std::string shape = "1";
    for (std::size_t i = 1; i < dimensions; ++i) shape += ",1";
    return R"({"a":{"dtype":"U8","shape":[)" + shape + R"(],"data_offsets":[0,1]}})";
  };
  EXPECT_EQ(header_refusal(shaped(kMaxSafetensorsDimensions), 1), "");
  EXPECT_THAT(header_refusal(shaped(kMaxSafetensorsDimensions + 1), 1), HasSubstr("more than 32 dimensions"));

  const auto counted = [](std::size_t tensors) {
    std::string header = "{";
    for (std::size_t i = 0; i < tensors; ++i) {
      header += fmt::format(R"("{}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}},)", i);
    }
    header.back() = '}';
    return parse_safetensors_header(header, 0, "counted").entries.size();
  };
  EXPECT_EQ(counted(kMaxSafetensorsTensors), kMaxSafetensorsTensors);
  EXPECT_THROW(counted(kMaxSafetensorsTensors + 1), Error);
}

TEST(SafetensorsAttack, EveryCutOfAGoodFileIsRefused) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.file("a"), {{"x", torch::zeros({2, 2})}, {"y", torch::ones({3}, torch::kBool)}});
  const std::string whole = read_bytes(folder.file("a"));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(refusal(whole.substr(0, length)), "");
  EXPECT_NE(refusal(whole + "x"), "");
}

TEST(SafetensorsAttack, NoChangedByteDoesHarm) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.file("a"), {{"x", torch::zeros({2, 2})}}, {{"k", "v"}});
  const std::string whole = read_bytes(folder.file("a"));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int flip : {0x01, 0x02, 0x10, 0x80, 0xff}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      refusal(changed);  // refused or read; the sanitizers watch
    }
  }
}

TEST(SafetensorsFile, WhatCannotBeReadIsAnInputError) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
  for (const std::string& path : {folder.file("missing"), folder.path().string(), folder.file("pipe")}) {
    try {
      const SafetensorsFile file(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_THAT(error.what(), HasSubstr(path));
    }
  }
}

TEST(SafetensorsWriter, RefusesWhatTheFormatCannotHold) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a");
  const torch::Tensor one = torch::ones(1);
  for (const NamedTensors& tensors : std::vector<NamedTensors>{
           {{"x", one}, {"x", one}},
           {{"__metadata__", one}},
           {{"\xff", one}},
           {{std::string(kMaxSafetensorsNameBytes + 1, 'n'), one}},
           {{"x", torch::Tensor()}},
           {{"x", one.to_sparse()}},
           {{"x", one.to(torch::kComplexFloat)}},
           {{"x", torch::ones(std::vector<std::int64_t>(kMaxSafetensorsDimensions + 1, 1))}},
       }) {
    EXPECT_THROW(write_safetensors(path, tensors), Error);
  }
  EXPECT_THROW(write_safetensors(path, {}, {{"k", "\xff"}}), Error);
  EXPECT_EQ(folder.size(), 0);
}

TEST(SafetensorsWriter, AFullDiskLeavesTheOldFileWhole) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_safetensors(path, {{"x", torch::ones(4)}});
  const std::string before = read_bytes(path);

  // A file-size limit stands for the full disk, at every size that the file could reach.
  ::rlimit unlimited = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  for (rlim_t bytes = 0; bytes < before.size(); bytes += 7) {
    const ::rlimit limit = {bytes, unlimited.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    EXPECT_THROW(write_safetensors(path, {{"x", torch::zeros(4)}}), Error) << bytes;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  }
  std::signal(SIGXFSZ, previous);
  EXPECT_EQ(read_bytes(path), before);
  EXPECT_EQ(folder.size(), 1);
}

TEST(SafetensorsWriter, OverwritingDoesNotDisturbAReader) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_safetensors(path, {{"x", torch::ones(100)}});
  const SafetensorsFile old(path);
  write_safetensors(path, {{"x", torch::zeros(1)}});
  EXPECT_EQ(old.tensor("x").sum().item<float>(), 100);
  EXPECT_EQ(SafetensorsFile(path).tensor("x").numel(), 1);
}

}  // namespace
}  // namespace zoetrope::weights
