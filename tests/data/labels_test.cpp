#include "zoetrope/data/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string labels_refusal(const std::string& text) {
  try {
    static_cast<void>(parse_labels(text, "labels.txt"));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "";
}

TEST(Labels, OneALine) {
  EXPECT_THAT(parse_labels("abseiling\r\nair drumming\n", "l"), ElementsAre("abseiling", "air drumming"));
  EXPECT_THAT(parse_labels("\xef\xbb\xbf"
                           "one\n two\nthree\n\n",
                           "l"),
              ElementsAre("one", "two", "three"));
  EXPECT_THAT(parse_labels("", "l"), IsEmpty());
  EXPECT_THAT(labels_refusal("a\n\nb\n"), HasSubstr("label 1 is empty"));
}

TEST(Labels, JsonOfEveryCustomaryShape) {
  EXPECT_THAT(parse_labels(R"({"id2label": {"1": "b", "0": "a"}, "architectures": ["X"]})", "l"),
              ElementsAre("a", "b"));
  EXPECT_THAT(parse_labels(R"({"1": "b", "0": "a"})", "l"), ElementsAre("a", "b"));
  EXPECT_THAT(parse_labels(R"({"b": 1, "a": 0})", "l"), ElementsAre("a", "b"));
  EXPECT_THAT(parse_labels(R"({"b": "1", "a": "0"})", "l"), ElementsAre("a", "b"));
  EXPECT_THAT(parse_labels(R"( ["a", "b"] )", "l"), ElementsAre("a", "b"));
}

TEST(Labels, WhatIsNoListOfLabelsIsRefused) {
  for (const char* text :
       {R"({"0": "a", "2": "b"})", R"({"0": "a", "x": "b"})", R"({"a": 0, "b": 0})", R"({"a": -1})",
        R"({"a": 0.5})", R"({"a": [1]})", R"({"a": 99999999999999999999})", R"([1])", R"([""])",
        R"(["a\nb"])", R"({"0": " a"})", "[", "{", R"({"id2label": 3})"}) {
    EXPECT_NE(labels_refusal(text), "") << text;
  }
}

TEST(Labels, CeilingsHoldAtTheirVeryValue) {
  EXPECT_EQ(labels_refusal(std::string(kMaxLabelBytes, 'x')), "");
  EXPECT_THAT(labels_refusal(std::string(kMaxLabelBytes + 1, 'x')), HasSubstr("longer than 1000 bytes"));
  std::string most;
  for (std::size_t i = 0; i < kMaxLabels; ++i) most += "x\n";
  EXPECT_EQ(labels_refusal(most), "");
  EXPECT_THAT(labels_refusal(most + "x"), HasSubstr("more than 200000 labels"));
}

TEST(Labels, AreWrittenAsTheyReadBack) {
  const std::vector<std::string> labels = {"a", "b c", "d, \"e\""};
  EXPECT_EQ(parse_labels(format_labels(labels), "l"), labels);
  for (const std::vector<std::string>& bad :
       std::vector<std::vector<std::string>>{{""}, {"a\nb"}, {" a"}, {"[a", "b"}, {"a", ""}}) {
    EXPECT_THROW(static_cast<void>(format_labels(bad)), Error);
  }
}

}  // namespace
}  // namespace zoetrope::data
