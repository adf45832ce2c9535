// Checkpoints that no honest program wrote: refused in one line, or read with placeholders. Nothing they ask
// for happens.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/support/temporary_folder.h"
#include "tests/weights/attack_files.h"
#include "zoetrope/core/error.h"
#include "zoetrope/weights/checkpoint.h"
#include "zoetrope/weights/state_dict.h"

namespace zoetrope::weights {
namespace {

using test::checkpoint_stream;
using test::checkpoint_zip;
using test::dict;
using test::global;
using test::integer;
using test::integers;
using test::kProto2;
using test::le;
using test::storage;
using test::tensor;
using test::text;
using test::tuple;
using ::testing::HasSubstr;

class CheckpointAttack : public ::testing::Test {
 protected:
  // What reading a file of these bytes, and every tensor in it, says; "" if nothing.
  std::string refusal(const std::string& bytes) {
    const std::string path = folder_.file("attack.pt");
    test::write_bytes(path, bytes);
    try {
      const Checkpoint checkpoint = read_checkpoint(path);
      for (const auto& [name, tensor] : flatten(checkpoint.root)) static_cast<void>(tensor.sum());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel) << error.what();
      EXPECT_THAT(error.what(), HasSubstr("attack.pt"));
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    return "";
  }

  // The same of a checkpoint whose pickle is this, in both layouts, which must agree.
  std::string pickle_refusal(const std::string& pickle, std::size_t floats = 6) {
    const std::string of_stream = refusal(checkpoint_stream(kProto2 + pickle, floats));
    const std::string of_zip = refusal(checkpoint_zip(kProto2 + pickle, floats));
    EXPECT_EQ(of_zip.empty(), of_stream.empty()) << of_zip << "\n" << of_stream;
    return of_zip;
  }

  CheckpointValue read(const std::string& pickle) {
    test::write_bytes(folder_.file("value.pt"), checkpoint_zip(kProto2 + pickle));
    return read_checkpoint(folder_.file("value.pt")).root;
  }

  test::TemporaryFolder folder_;
};

std::string tensor_2_3(std::int64_t offset, const std::vector<std::int64_t>& shape,
                       const std::vector<std::int64_t>& strides) {
  return dict("x", tensor("0", 6, offset, shape, strides)) + ".";
}

TEST_F(CheckpointAttack, CodeIsNeverRun) {
  const std::string mark = folder_.file("mark");
  const std::string command = text("touch " + mark);
  const std::string call = global("os", "system") + command + "\x85R";
  for (const std::string& pickle :
       {call, text("os") + text("system") + "\x93" + command + "\x85R", "(" + command + "ios\nsystem\n",
        "(" + global("os", "system") + command + "o", global("os", "system") + command + "\x85\x81",
        global("subprocess", "Popen") + command + "\x85R", global("builtins", "exec") + command + "\x85R",
        global("builtins", "getattr") + "(" + global("os", "system") + text("__call__") + "tR" + command +
            "\x85R",
        global("torch", "load") + text(mark) + "\x85R", global("runpy", "_run_code") + command + "\x85R"}) {
    const CheckpointValue value = read(dict("weights", call) + ".");
    EXPECT_EQ(std::get<CheckpointValue::Opaque>(value.find("weights")->data).type, "os.system");
    EXPECT_TRUE(std::holds_alternative<CheckpointValue::Opaque>(read(pickle + ".").data));
    EXPECT_FALSE(std::filesystem::exists(mark));
  }
}

TEST_F(CheckpointAttack, ReconstructorsOfOtherModulesAreNotTorchs) {
  const std::string arguments =
      tuple({storage("0", 6), integer(0), integers({6}), integers({1}), "\x89", "N"});
  for (const auto& [module, name] :
       std::vector<std::pair<std::string, std::string>>{{"evil", "_rebuild_tensor_v2"},
                                                        {"torch._utils.evil", "_rebuild_tensor_v2"},
                                                        {"torch._utils", "_rebuild_qtensor"},
                                                        {"torch", "_utils._rebuild_tensor_v9"}}) {
    EXPECT_TRUE(
        std::holds_alternative<CheckpointValue::Opaque>(read(global(module, name) + arguments + "R.").data));
  }
}

TEST_F(CheckpointAttack, ViewsBeyondTheirStorage) {
  EXPECT_EQ(pickle_refusal(tensor_2_3(0, {2, 3}, {3, 1})), "");
  EXPECT_EQ(pickle_refusal(tensor_2_3(5, {1}, {1})), "");
  EXPECT_EQ(pickle_refusal(tensor_2_3(0, {1, 6}, {INT64_MAX, 1})), "");
  for (const auto& [offset, shape, strides] :
       std::vector<std::tuple<std::int64_t, std::vector<std::int64_t>, std::vector<std::int64_t>>>{
           {1, {2, 3}, {3, 1}},
           {6, {1}, {1}},
           {0, {7}, {1}},
           {0, {2, 3}, {4, 1}},
           {0, {2}, {INT64_MAX}},
           {1, {2}, {INT64_MAX}},
           {0, {3}, {INT64_MAX / 2 + 1}},
           {0, {3, 3}, {INT64_MAX / 2, INT64_MAX / 2}},
           {INT64_MAX, {1}, {1}},
           {INT64_MAX, {2}, {1}}}) {
    EXPECT_THAT(pickle_refusal(tensor_2_3(offset, shape, strides)),
                HasSubstr("tensor \"x\": its elements reach beyond"));
  }
  EXPECT_THAT(pickle_refusal(tensor_2_3(-1, {1}, {1})), HasSubstr("does not begin"));
  EXPECT_THAT(pickle_refusal(tensor_2_3(5, {2}, {-1})), HasSubstr("stride is negative"));
  EXPECT_THAT(pickle_refusal(tensor_2_3(0, {-2}, {1})), HasSubstr("dimension is negative"));
  EXPECT_THAT(pickle_refusal(tensor_2_3(0, {2, 3}, {1})), HasSubstr("2 dimensions and 1 strides"));
}

TEST_F(CheckpointAttack, ElementsAndDimensionsBeyondTheirCeilings) {
  EXPECT_THAT(pickle_refusal(tensor_2_3(0, {INT64_MAX, INT64_MAX}, {0, 0})), HasSubstr("elements"));
  EXPECT_THAT(pickle_refusal(tensor_2_3(0, {kMaxTensorElements + 1}, {0})), HasSubstr("elements"));
  EXPECT_THAT(pickle_refusal(tensor_2_3(0, {0, INT64_MAX, INT64_MAX}, {0, 0, 0})), HasSubstr("elements"));
  EXPECT_EQ(pickle_refusal(tensor_2_3(0, {0, kMaxTensorElements}, {0, 0})), "");
  const auto dimensions = [&](std::size_t count) {
    const std::vector<std::int64_t> ones(count, 1);
    return pickle_refusal(tensor_2_3(0, ones, ones));
  };
  EXPECT_EQ(dimensions(kMaxCheckpointDimensions), "");
  EXPECT_THAT(dimensions(kMaxCheckpointDimensions + 1), HasSubstr("up to 32 integers"));
}

TEST_F(CheckpointAttack, RepeatedElementsAreBounded) {
  // 16 MiB of floats from the one element of a file of some hundred bytes, and one more.
  const auto most = static_cast<std::int64_t>(kMinCheckpointBytes / sizeof(float));
  EXPECT_EQ(pickle_refusal(tensor_2_3(0, {most}, {0})), "");
  EXPECT_THAT(pickle_refusal(tensor_2_3(0, {most + 1}, {0})), HasSubstr("repeat their storages"));
  EXPECT_THAT(pickle_refusal(tensor_2_3(0, {kMaxTensorElements}, {0})), HasSubstr("repeat their storages"));
}

TEST_F(CheckpointAttack, StoragesThatAreNotThere) {
  // Keys are names of entries, and of nothing else.
  for (const std::string key :
       {"1", "../../etc/passwd", "/etc/passwd", "../data.pkl", "../../a/data/0", "", "0/", "./0"}) {
    EXPECT_THAT(refusal(checkpoint_zip(kProto2 + tensor(key, 6, 0, {6}, {1}) + ".")),
                HasSubstr("is not in the file"))
        << key;
  }
  EXPECT_THAT(pickle_refusal(tensor("0", 7, 0, {6}, {1}) + "."), HasSubstr("holds 6 elements, not 7"));
  EXPECT_THAT(pickle_refusal(tensor("0", -1, 0, {6}, {1}) + "."), HasSubstr("holds 6 elements, not -1"));
  EXPECT_THAT(refusal(checkpoint_zip(kProto2 + tensor("0", 6, 0, {6}, {1}, "DoubleStorage") + ".")),
              HasSubstr("holds 3 elements, not 6"));
  const CheckpointValue unknown = read(tensor("0", 6, 0, {6}, {1}, "ComplexFloatStorage") + ".");
  EXPECT_TRUE(std::holds_alternative<CheckpointValue::Opaque>(unknown.data));
}

TEST_F(CheckpointAttack, ABoolIsZeroOrOne) {
  const auto bools = [](const std::string& bytes) {
    return test::zip(
        {{.name = "a/data.pkl", .data = kProto2 + tensor("0", 2, 0, {2}, {1}, "BoolStorage") + "."},
         {.name = "a/data/0", .data = bytes}});
  };
  EXPECT_EQ(refusal(bools(std::string("\x00\x01", 2))), "");
  EXPECT_THAT(refusal(bools("\x01\x02")), HasSubstr("other than 0 and 1"));
}

TEST_F(CheckpointAttack, ReconstructorsWithOtherArguments) {
  const std::string rebuild = global("torch._utils", "_rebuild_tensor_v2");
  for (const std::string& arguments :
       {std::string(")"), tuple({storage("0", 6)}), tuple({"N", integer(0), integers({6}), integers({1})}),
        tuple({storage("0", 6), "N", integers({6}), integers({1})}),
        tuple({storage("0", 6), integer(0), "N", integers({1})}),
        tuple({storage("0", 6), integer(0), tuple({"N"}), integers({1})}),
        tuple({storage("0", 6), integer(0), integers({6}), text("x")})}) {
    EXPECT_NE(pickle_refusal(rebuild + arguments + "R."), "") << arguments;
  }
  EXPECT_NE(
      pickle_refusal(global("_codecs", "encode") + tuple({text("\xe2\x82\xac"), text("latin1")}) + "R."), "");
  EXPECT_NE(pickle_refusal(global("_codecs", "encode") + tuple({integer(1)}) + "R."), "");
  EXPECT_NE(pickle_refusal(global("collections", "OrderedDict") + tuple({tuple({integer(1)})}) + "R."), "");
  EXPECT_NE(pickle_refusal(global("torch._utils", "_rebuild_parameter") + ")R."), "");
  EXPECT_NE(pickle_refusal(global("torch._tensor", "_rebuild_from_type_v2") + ")R."), "");
}

TEST_F(CheckpointAttack, ThousandfoldReferencesAreBounded) {
  // Ten references to ten references to ... : 10^10 values in some hundred bytes.
  std::string laughs = "]q\x01";
  for (char level = 1; level <= 10; ++level) {
    laughs += "](";
    for (int i = 0; i < 10; ++i) laughs += std::string("h") + level;
    laughs += std::string("eq") + static_cast<char>(level + 1);
  }
  EXPECT_THAT(pickle_refusal(laughs + "."), HasSubstr("values"));

  // The same of text, a megabyte a thousand times, and of tensors.
  const auto repeated = [](const std::string& value, std::size_t times) {
    std::string pickle = value + "q\x01" + "0](";
    for (std::size_t i = 0; i < times; ++i) pickle += "h\x01";
    return pickle + "e.";
  };
  const std::string megabyte = text(std::string(1 << 20, 't'));
  EXPECT_EQ(pickle_refusal(repeated(megabyte, kMaxCheckpointTextBytes >> 20)), "");
  EXPECT_THAT(pickle_refusal(repeated(megabyte, (kMaxCheckpointTextBytes >> 20) + 1)),
              HasSubstr("bytes of text"));
  const std::string one = tensor("0", 6, 0, {1}, {1});
  EXPECT_EQ(pickle_refusal(repeated(one, kMaxCheckpointTensors)), "");
  EXPECT_THAT(pickle_refusal(repeated(one, kMaxCheckpointTensors + 1)), HasSubstr("tensors"));
  EXPECT_EQ(pickle_refusal(repeated("N", kMaxCheckpointValues - 1)), "");
  EXPECT_THAT(pickle_refusal(repeated("N", kMaxCheckpointValues)), HasSubstr("values"));
}

TEST_F(CheckpointAttack, DepthIsBoundedAndCyclesEnd) {
  const auto nested = [](int depth) {
    return std::string("]").append(static_cast<std::size_t>(depth - 1), '\x85').append(".");
  };
  EXPECT_EQ(pickle_refusal(nested(kMaxCheckpointDepth)), "");
  EXPECT_THAT(pickle_refusal(nested(kMaxCheckpointDepth + 1)), HasSubstr("nests more than 100 deep"));
  EXPECT_THAT(pickle_refusal(nested(100'000)), HasSubstr("nests more than 100 deep"));

  const CheckpointValue cycle = read(
      "]q\x01h\x01"
      "a.");
  EXPECT_EQ(std::get<CheckpointValue::Opaque>(std::get<CheckpointValue::List>(cycle.data)[0].data).type,
            "...");
  // A way to rebuild that is its own argument.
  const std::string rebuild = global("torch._tensor", "_rebuild_from_type_v2");
  EXPECT_THAT(pickle_refusal("]q\x01(" + rebuild + "Nh\x01Ne0" + rebuild + "h\x01R."),
              HasSubstr("nests more than 100 deep"));
}

TEST_F(CheckpointAttack, ArchivesThatAreNotTorchs) {
  const std::string none = kProto2 + "N.";
  EXPECT_EQ(refusal(test::zip({{.name = "a/data.pkl", .data = none}})), "");
  EXPECT_EQ(
      refusal(test::zip({{.name = "a/data.pkl", .data = none}, {.name = "a/byteorder", .data = "little"}})),
      "");
  EXPECT_THAT(
      refusal(test::zip({{.name = "a/data.pkl", .data = none}, {.name = "a/byteorder", .data = "big"}})),
      HasSubstr("big-endian"));
  EXPECT_THAT(
      refusal(test::zip({{.name = "a/data.pkl", .data = none}, {.name = "b/data.pkl", .data = none}})),
      HasSubstr("not where torch.save puts it"));
  EXPECT_THAT(refusal(test::zip({{.name = "a/b/data.pkl", .data = none}})),
              HasSubstr("not where torch.save puts it"));
  EXPECT_THAT(refusal(test::zip({{.name = "/data.pkl", .data = none}})),
              HasSubstr("not where torch.save puts it"));
  EXPECT_THAT(refusal(test::zip({{.name = "a/data.pkl", .data = none, .method = 8}})),
              HasSubstr("compressed"));
}

TEST_F(CheckpointAttack, StreamsThatAreNotTorchs) {
  const std::string good = checkpoint_stream(kProto2 + tensor("0", 6, 0, {6}, {1}) + ".");
  EXPECT_EQ(refusal(good), "");
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string changed = good;
    changed.replace(changed.find(from), from.size(), to);
    return refusal(changed);
  };
  EXPECT_THAT(replaced("\x6c\xfc\x9c", "\x6c\xfc\x9d"), HasSubstr("magic number"));
  EXPECT_THAT(replaced(integer(1001), integer(1002)), HasSubstr("version 1001"));
  EXPECT_THAT(replaced("\x88", "\x89"), HasSubstr("big-endian"));
  EXPECT_THAT(replaced("\x88", "N"), HasSubstr("first values"));
  EXPECT_THAT(replaced("]" + text("0"), "]" + text("1")), HasSubstr("of which type"));
  EXPECT_THAT(replaced(le(std::uint64_t{6}) + std::string(24, '\0'), le(UINT64_MAX) + std::string(24, '\0')),
              HasSubstr("is it whole?"));
  EXPECT_THAT(
      replaced(le(std::uint64_t{6}) + std::string(24, '\0'), le(std::uint64_t{7}) + std::string(24, '\0')),
      HasSubstr("is it whole?"));
}

TEST_F(CheckpointAttack, EveryCutOfAGoodFileIsRefused) {
  for (const char* name : {"views.pt", "views.legacy.pt", "protocol4.legacy.pt"}) {
    const std::string whole = test::read_bytes(std::string(ZOETROPE_TEST_DATA "/weights/") + name);
    ASSERT_FALSE(whole.empty());
    for (std::size_t length = 0; length < whole.size(); ++length) {
      EXPECT_NE(refusal(whole.substr(0, length)), "") << name << " " << length;
    }
  }
}

TEST_F(CheckpointAttack, NoChangedByteDoesHarm) {
  std::mt19937 random(5);
  for (const char* name : {"views.pt", "training.pt", "views.legacy.pt", "protocol4.legacy.pt"}) {
    const std::string whole = test::read_bytes(std::string(ZOETROPE_TEST_DATA "/weights/") + name);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string changed = whole;
      changed[i] = static_cast<char>(random());
      refusal(changed);  // refused or read; the sanitizers watch
      for (int more = 0; more < 4; ++more) changed[random() % changed.size()] = static_cast<char>(random());
      refusal(changed);
    }
  }
}

}  // namespace
}  // namespace zoetrope::weights
