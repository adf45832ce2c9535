#include "zoetrope/parity/fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "zoetrope/core/error.h"

namespace zoetrope::parity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

nlohmann::json small_fixture() {
  return nlohmann::json::parse(R"({
    "model": "net", "source": "github.com/authors/net",
    "config": {"depth": 18, "widen": 0.5, "flags": [true, false], "dilation": null, "head": {"pool": [1, 2]}},
    "overrides": [["fc.weight", "scale:0.125"], ["fc.bias", "zeros"]],
    "parameters": 6,
    "state_dict": [["fc.weight", [2, 2]], ["fc.bias", [2]]],
    "inputs": [{"name": "input", "shape": [1, 2]}, {"name": "ids", "shape": [2], "values": [3, 4]},
               {"name": "x", "shape": [2], "range": [0, 0.5]}],
    "outputs": {"logits": {"shape": [1, 5], "stride": 2, "values": [1, 2.5, 3], "mean": 2, "std": 1}},
    "stages": {"labels": {"shape": [2], "exact": true, "values": [7, 8]}},
    "tolerance": 1e-4, "notes": ["a note"]})");
}

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(parse_fixture(text, "net.json"));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "";
}

// What is said of the small fixture with another value at a place.
std::string error_with(const std::string& place, const nlohmann::json& value) {
  nlohmann::json fixture = small_fixture();
  fixture[nlohmann::json::json_pointer(place)] = value;
  return error_of(fixture.dump());
}

TEST(Fixture, HoldsWhatTheFileSays) {
  const Fixture fixture = parse_fixture(small_fixture().dump(), "net.json");
  EXPECT_EQ(fixture.model, "net");
  EXPECT_EQ(fixture.tolerance, 1e-4);
  EXPECT_EQ(fixture.parameters, 6);
  ASSERT_EQ(fixture.overrides.size(), 2U);
  EXPECT_EQ(fixture.overrides[0].scale, 0.125F);
  EXPECT_EQ(fixture.overrides[1].how, Override::How::kZeros);
  EXPECT_THAT(fixture.state_dict.at(0).shape, ElementsAre(2, 2));
  EXPECT_EQ(fixture.inputs.at(1).values->at(1), 4);
  EXPECT_TRUE(fixture.inputs.at(1).is_integer);
  EXPECT_EQ(fixture.inputs.at(2).high, 0.5);
  EXPECT_THAT(fixture.outputs.at(0).values, ElementsAre(1, 2.5, 3));
  EXPECT_TRUE(fixture.stages.at(0).exact);
  EXPECT_THAT(fixture.notes, ElementsAre("a note"));
}

TEST(Fixture, ConfigIsOfTheSameTypesAndLeavesOutNulls) {
  const Fixture fixture = parse_fixture(small_fixture().dump(), "net.json");
  EXPECT_EQ(to_inline_toml(fixture.config),
            "{ depth = 18, flags = [true, false], head = { pool = [1, 2] }, widen = 0.5 }");
}

TEST(Fixture, ErrorsNameThePlace) {
  EXPECT_EQ(error_with("/outputs/logits/stride", 0), "net.json: outputs.logits.stride: must be at least 1");
  EXPECT_EQ(error_with("/outputs/logits/stride", 1),
            "net.json: outputs.logits.values: has 3 values where shape and stride make 5");
  EXPECT_EQ(error_with("/overrides/0/1", "twice"),
            "net.json: overrides[0][1]: must be 'zeros', 'ones', 'constructor' or 'scale:' and a number");
  EXPECT_EQ(error_with("/overrides/0/1", "scale:1x"),
            "net.json: overrides[0][1]: must be 'scale:' and a number");
  EXPECT_EQ(error_with("/config", 3), "net.json: config: must be an object");
  EXPECT_EQ(error_with("/state_dict/1/0", "fc.weight"), "net.json: state_dict[1][0]: is there twice");
  EXPECT_EQ(error_with("/inputs/1/values", {1, 2, 3}), "net.json: inputs[1].values: does not fill the shape");
  EXPECT_EQ(error_with("/tolerance", -1), "net.json: tolerance: must not be negative");
  nlohmann::json fixture = small_fixture();
  fixture.erase("model");
  EXPECT_EQ(error_of(fixture.dump()), "net.json: \"model\" is missing");
}

TEST(Fixture, SizesHaveCeilings) {
  EXPECT_THAT(error_with("/inputs/0/shape", {1, -1}), HasSubstr("is no size of a tensor"));
  EXPECT_THAT(error_with("/inputs/0/shape", {4294967296, 4294967296}), HasSubstr("too large"));
  EXPECT_THAT(error_with("/inputs/0/shape", {1 << 29}), HasSubstr("inputs[0].shape: more than"));
  EXPECT_THAT(error_with("/state_dict/0/1", {1 << 16, 1 << 16}), HasSubstr("elements in all"));
  EXPECT_THAT(error_with("/state_dict/0/1", std::vector<int>(17, 1)), HasSubstr("more than 16 dimensions"));
  EXPECT_THAT(error_with("/outputs/logits/stride", 9223372036854775807), HasSubstr("make 1"));
  EXPECT_THAT(error_with("/state_dict/0/0", std::string(5000, 'x')), HasSubstr("between 1 and 4096 bytes"));
  EXPECT_THAT(error_of(std::string(100'000, '[')), HasSubstr("nested deeper"));
}

TEST(Fixture, DamagedFilesAreOneLineErrors) {
  const std::string text = small_fixture().dump();
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_THAT(error_of(text.substr(0, length)), StartsWith("net.json: "));
  }
  // A changed byte may still make a fixture; it must never make anything but that or an Error.
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'\0', '"', '[', '9', '-', 'e', '\xff'}) {
      std::string damaged = text;
      damaged[i] = c;
      static_cast<void>(error_of(damaged));
    }
  }
}

}  // namespace
}  // namespace zoetrope::parity
