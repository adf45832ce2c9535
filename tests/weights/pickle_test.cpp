#include "zoetrope/weights/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/weights/attack_files.h"
#include "zoetrope/core/error.h"

namespace zoetrope::weights::pickle {
namespace {

using namespace std::string_literals;  // for bytes of zero
using test::global;
using test::integer;
using test::kProto2;
using test::le;
using test::text;
using ::testing::HasSubstr;

// What parsing says; "" if nothing.
std::string pickle_refusal(std::string_view bytes) {
  try {
    static_cast<void>(parse(bytes, "attack.pkl"));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_THAT(error.what(), HasSubstr("attack.pkl: pickle refused"));
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

class Parsed {
 public:
  explicit Parsed(std::string bytes) : bytes_(std::move(bytes)) {
    std::string_view rest = bytes_;
    graph_ = parse(rest, "test.pkl");
    EXPECT_TRUE(rest.empty());
  }
  [[nodiscard]] const Node& root() const { return graph_[graph_.root()]; }
  [[nodiscard]] const Graph& graph() const { return graph_; }
  template <typename T>
  [[nodiscard]] const T& as() const {
    return std::get<T>(root());
  }

 private:
  std::string bytes_;
  Graph graph_;
};

std::int64_t parsed_integer(const std::string& bytes) {
  return Parsed(bytes + ".").as<std::int64_t>();
}

TEST(Pickle, IntegersOfEveryWidth) {
  EXPECT_EQ(parsed_integer("K\xff"), 255);
  EXPECT_EQ(parsed_integer("M\xff\xff"), 65535);
  EXPECT_EQ(parsed_integer("J\xff\xff\xff\xff"), -1);
  EXPECT_EQ(parsed_integer("\x8a\x00"s), 0);
  EXPECT_EQ(parsed_integer("\x8a\x01\xff"), -1);
  EXPECT_EQ(parsed_integer("\x8a\x02\xff\x00"s), 255);
  EXPECT_EQ(parsed_integer("\x8b\x01\x00\x00\x00\x80"s), -128);
  EXPECT_EQ(parsed_integer(integer(INT64_MIN)), INT64_MIN);
  EXPECT_EQ(Parsed("\x8a\x09" + std::string(9, '\x7f') + ".").as<BigInteger>().bytes.size(), 9u);
}

TEST(Pickle, NumbersTextAndConstants) {
  EXPECT_EQ(Parsed("G\x3f\xf8\0\0\0\0\0\0."s).as<double>(), 1.5);
  EXPECT_TRUE(Parsed("\x88.").as<bool>());
  EXPECT_FALSE(Parsed("\x89.").as<bool>());
  EXPECT_TRUE(std::holds_alternative<None>(Parsed("N.").root()));
  EXPECT_EQ(Parsed(text("abc") + ".").as<String>().text, "abc");
  EXPECT_EQ(Parsed(std::string("\x8c\x01z.")).as<String>().text, "z");
  EXPECT_EQ(Parsed("\x8d" + le(std::uint64_t{1}) + "z.").as<String>().text, "z");
  EXPECT_EQ(Parsed(std::string("U\x01z.")).as<String>().text, "z");
  EXPECT_EQ(Parsed(std::string("C\x01z.")).as<Bytes>().bytes, "z");
  EXPECT_EQ(Parsed("\x96" + le(std::uint64_t{2}) + "zz.").as<Bytes>().bytes, "zz");
}

TEST(Pickle, Containers) {
  EXPECT_EQ(Parsed("K\x01K\x02K\x03\x87.").as<Tuple>().items.size(), 3u);
  EXPECT_EQ(Parsed("](K\x01K\x02"
                   "e.")
                .as<List>()
                .items.size(),
            2u);
  EXPECT_EQ(Parsed("}(K\x01K\x02u.").as<Dict>().items.size(), 2u);
  EXPECT_EQ(Parsed("\x8f(K\x01K\x02\x90.").as<Set>().items.size(), 2u);
  EXPECT_EQ(Parsed("(K\x01\x91.").as<Set>().items.size(), 1u);
  EXPECT_EQ(Parsed("(K\x01K\x02l.").as<List>().items.size(), 2u);
  EXPECT_EQ(Parsed("(K\x01K\x02"
                   "d.")
                .as<Dict>()
                .items.size(),
            2u);
}

TEST(Pickle, TheMemoSharesAndCycles) {
  const Parsed shared("]q\0000]h\000ah\000a."s);
  EXPECT_EQ(shared.as<List>().items.size(), 2u);
  EXPECT_EQ(shared.as<List>().items[0], shared.as<List>().items[1]);
  const Parsed cycle("]\x94h\000a."s);
  EXPECT_EQ(cycle.as<List>().items[0], cycle.graph().root());
}

TEST(Pickle, ReadsOneOfSeveralStreams) {
  const std::string two = "K\x01.K\x02.";
  std::string_view rest = two;
  static_cast<void>(parse(rest, "two"));
  const Graph second = parse(rest, "two");
  EXPECT_EQ(std::get<std::int64_t>(second[second.root()]), 2);
  EXPECT_TRUE(rest.empty());
}

TEST(PickleAttack, EveryWayToCallSomethingIsOnlyRead) {
  const std::string system = global("os", "system");
  const std::string by_stack = text("os") + text("system") + "\x93";
  const std::string command = text("touch /tmp/pwned");
  for (const std::string& bytes : {system + command + "\x85R.",       // REDUCE
                                   by_stack + command + "\x85R.",     // STACK_GLOBAL
                                   "(" + command + "ios\nsystem\n.",  // INST
                                   "(" + system + command + "o.",     // OBJ
                                   system + command + "\x85\x81.",    // NEWOBJ
                                   system + command + "\x85}\x92.",   // NEWOBJ_EX
                                   system + ")R" + command + "b.",    // BUILD
                                   global("posix", "system") + command + "\x85R."}) {
    const Parsed parsed(kProto2 + bytes);
    EXPECT_THAT(global_name(parsed.graph(), parsed.graph().root()), HasSubstr("system"));
  }
}

TEST(PickleAttack, CallsOfWhatIsNoFunctionAreOnlyRead) {
  const Parsed parsed("K\x01K\x02\x85R.");
  EXPECT_EQ(global_name(parsed.graph(), parsed.graph().root()), "");
}

TEST(PickleAttack, WhatReachesOutsideOfTheStreamIsRefused) {
  for (const std::string bytes :
       {"\x82\x01.", "\x83\x01\x01.", "\x97.", "\x98.", "Pid\n.", "I1\n.", "S'a'\n.", "\xff."}) {
    EXPECT_THAT(pickle_refusal(bytes), HasSubstr("is not read here")) << bytes;
  }
  EXPECT_THAT(pickle_refusal("\x80\x06N."), HasSubstr("protocol 6"));
}

TEST(PickleAttack, AStackThatIsNotAsItMustBe) {
  for (const std::string bytes :
       {".",    "N",     "NN.",     "(.",  "N(.",   "0.",   "R.",    "\x85.", "NR.",      "t.",     "e.",
        "a.",   "Na.",   "NNa.",    "Ns.", "NNNs.", "(Nd.", "}(Nu.", "(o.",   "h\x05.",   "q\x01.", "b.",
        "NNb.", "\x93.", "NN\x93.", "2.",  "1.",    "Q.",   "(a.",   "(R.",   "N(q\x01.", "N(NR."}) {
    EXPECT_NE(pickle_refusal(bytes), "") << bytes;
  }
}

TEST(PickleAttack, ClaimedSizesBeyondTheFile) {
  EXPECT_THAT(pickle_refusal("X\xff\xff\xff\x00"s), HasSubstr("is the file whole?"));
  EXPECT_THAT(pickle_refusal("X" + le(std::uint32_t{100}) + "a."), HasSubstr("is the file whole?"));
  EXPECT_THAT(pickle_refusal("\x8d" + le(UINT64_MAX) + "a."), HasSubstr("are the most"));
  EXPECT_THAT(pickle_refusal("\x96" + le(UINT64_MAX) + "a."), HasSubstr("are the most"));
  EXPECT_THAT(pickle_refusal("\x95" + le(UINT64_MAX) + "N."), HasSubstr("frame"));
  EXPECT_THAT(pickle_refusal("\x8b" + le(UINT32_MAX) + "a."), HasSubstr("are the most"));
  EXPECT_THAT(pickle_refusal("cmodule without an end"),
              HasSubstr("longer than 1000 bytes, or the file is cut"));
}

TEST(PickleLimits, HoldAtTheirVeryValue) {
  const auto number = [](std::size_t bytes) {
    return "\x8b" + le(static_cast<std::uint32_t>(bytes)) + std::string(bytes, '\x01') + ".";
  };
  EXPECT_EQ(pickle_refusal(number(kMaxIntegerBytes)), "");
  EXPECT_THAT(pickle_refusal(number(kMaxIntegerBytes + 1)), HasSubstr("are the most"));

  const auto name = [](std::size_t bytes) { return global(std::string(bytes, 'm'), "n") + "."; };
  EXPECT_EQ(pickle_refusal(name(kMaxGlobalBytes)), "");
  EXPECT_THAT(pickle_refusal(name(kMaxGlobalBytes + 1)), HasSubstr("longer than 1000 bytes"));
  const auto stack_name = [](std::size_t bytes) {
    return text(std::string(bytes, 'm')) + text("n") + "\x93.";
  };
  EXPECT_EQ(pickle_refusal(stack_name(kMaxGlobalBytes)), "");
  EXPECT_THAT(pickle_refusal(stack_name(kMaxGlobalBytes + 1)), HasSubstr("longer than 1000 bytes"));

  const auto nested = [](std::size_t marks) {
    return std::string(marks, '(') + std::string(marks, 't') + ".";
  };
  EXPECT_EQ(pickle_refusal(nested(kMaxMarks)), "");
  EXPECT_THAT(pickle_refusal(nested(kMaxMarks + 1)), HasSubstr("nests more than 1000 deep"));

  const auto string = [](std::size_t bytes) { return text(std::string(bytes, 's')) + "."; };
  EXPECT_EQ(pickle_refusal(string(kMaxStringBytes)), "");
  EXPECT_THAT(pickle_refusal(string(kMaxStringBytes + 1)), HasSubstr("are the most"));
}

TEST(PickleLimits, OfCountsHoldAtTheirVeryValue) {
  const auto objects = [](std::size_t count) { return std::string("(").append(count - 1, 'N').append("t."); };
  EXPECT_EQ(pickle_refusal(objects(kMaxObjects)), "");
  EXPECT_THAT(pickle_refusal(objects(kMaxObjects + 1)), HasSubstr("objects"));

  const auto opcodes = [](std::size_t count) {
    std::string bytes = "N";
    for (std::size_t i = 0; i < (count - 1) / 2; ++i) bytes += "20";
    return bytes + ".";
  };
  EXPECT_EQ(pickle_refusal(opcodes(kMaxOpcodes - 1)), "");
  EXPECT_THAT(pickle_refusal(opcodes(kMaxOpcodes + 1)), HasSubstr("opcodes"));

  const auto memo = [](std::uint32_t count) {
    std::string bytes = "N";
    for (std::uint32_t i = 0; i < count; ++i) {
      bytes += 'r';
      bytes += le(i * 4000u);  // far apart: the indices are the stream's to choose
    }
    return bytes + ".";
  };
  EXPECT_EQ(pickle_refusal(memo(kMaxMemo)), "");
  EXPECT_THAT(pickle_refusal(memo(kMaxMemo + 1)), HasSubstr("memo"));
}

TEST(PickleAttack, DepthNeitherRecursesInReadingNorInFreeing) {
  // A million lists, each within the next, without a mark.
  std::string deep = "]";
  for (int i = 0; i < 1'000'000; ++i) deep += "\x85";
  EXPECT_EQ(pickle_refusal(deep + "."), "");
}

}  // namespace
}  // namespace zoetrope::weights::pickle
