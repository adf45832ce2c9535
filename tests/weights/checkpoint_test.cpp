#include "zoetrope/weights/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/temporary_folder.h"
#include "tests/weights/attack_files.h"
#include "zoetrope/core/error.h"
#include "zoetrope/weights/state_dict.h"

namespace zoetrope::weights {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string data_file(const std::string& name) {
  return ZOETROPE_TEST_DATA "/weights/" + name;
}

nlohmann::json expected_tensors() {
  std::ifstream stream(data_file("expected.json"));
  return nlohmann::json::parse(stream);
}

torch::ScalarType dtype_named(const std::string& name) {
  for (const torch::ScalarType dtype :
       {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64, torch::kInt32,
        torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool}) {
    const std::string torch_name = dtype == torch::kBool       ? "bool"
                                   : dtype == torch::kBFloat16 ? "bfloat16"
                                   : dtype == torch::kUInt8    ? "uint8"
                                   : torch::isFloatingType(dtype)
                                       ? "float" + std::to_string(8 * torch::elementSize(dtype))
                                       : "int" + std::to_string(8 * torch::elementSize(dtype));
    if (torch_name == name) return dtype;
  }
  throw std::runtime_error("no dtype " + name);
}

std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return names;
}

const torch::Tensor& tensor_named(const NamedTensors& tensors, const std::string& name) {
  for (const auto& [found, tensor] : tensors) {
    if (found == name) return tensor;
  }
  throw std::runtime_error("no tensor " + name);
}

TEST(Checkpoint, EveryFileOfTorchReadsAsPythonReadsIt) {
  const nlohmann::json expected = expected_tensors();
  ASSERT_GT(expected.size(), 10u);
  for (const auto& [file, tensors] : expected.items()) {
    const NamedTensors found = flatten(read_checkpoint(data_file(file)).root);
    EXPECT_EQ(found.size(), tensors.size()) << file;
    for (const auto& [name, tensor] : found) {
      ASSERT_TRUE(tensors.contains(name)) << file << " " << name;
      const nlohmann::json& truth = tensors[name];
      EXPECT_EQ(tensor.scalar_type(), dtype_named(truth["dtype"])) << file << " " << name;
      EXPECT_EQ(tensor.sizes().vec(), truth["shape"].get<std::vector<std::int64_t>>()) << file << " " << name;
      if (tensor.numel() > 0) {
        EXPECT_EQ(tensor.strides().vec(), truth["strides"].get<std::vector<std::int64_t>>())
            << file << " " << name;
      }
      const torch::Tensor values = torch::tensor(truth["values"].get<std::vector<double>>(), torch::kFloat64);
      EXPECT_TRUE(torch::equal(tensor.to(torch::kFloat64).flatten(), values)) << file << " " << name;
    }
  }
}

TEST(Checkpoint, SharedStoragesShareMemory) {
  for (const std::string file : {"views.pt", "views.legacy.pt"}) {
    const NamedTensors tensors = flatten(read_checkpoint(data_file(file)).root);
    const torch::Tensor base = tensor_named(tensors, "base");
    base[2][1] = 77;
    EXPECT_EQ(tensor_named(tensors, "transposed")[1][2].item<float>(), 77) << file;
    EXPECT_EQ(tensor_named(tensors, "row")[1].item<float>(), 77) << file;
    EXPECT_EQ(tensor_named(tensors, "column")[2].item<float>(), 77) << file;
    EXPECT_TRUE(tensor_named(tensors, "tied").is_alias_of(base)) << file;
    // Writing stays in this process.
    const NamedTensors again = flatten(read_checkpoint(data_file(file)).root);
    EXPECT_EQ(tensor_named(again, "base")[2][1].item<float>(), 13) << file;
  }
}

TEST(Checkpoint, TensorsOutliveTheCheckpointAndItsFile) {
  const test::TemporaryFolder folder;
  for (const std::string file : {"dtypes.pt", "dtypes.legacy.pt"}) {
    std::filesystem::copy_file(data_file(file), folder.file(file));
    const NamedTensors tensors = flatten(read_checkpoint(folder.file(file)).root);
    std::filesystem::remove(folder.file(file));
    EXPECT_EQ(tensor_named(tensors, "float64").sum().item<double>(), 21) << file;
  }
}

TEST(Checkpoint, PlainValuesAndObjectsOfATrainingRun) {
  for (const std::string file :
       {"training.pt", "training.legacy.pt", "protocol4.pt", "protocol4.legacy.pt"}) {
    const Checkpoint checkpoint = read_checkpoint(data_file(file));
    const auto value = [&](const char* key) -> const CheckpointValue& { return *checkpoint.root.find(key); };
    EXPECT_EQ(std::get<std::int64_t>(value("epoch").data), 12) << file;
    EXPECT_EQ(std::get<double>(value("best").data), 0.5);
    EXPECT_EQ(std::get<std::string>(value("name").data), "run \u00fc");
    EXPECT_EQ(std::get<CheckpointValue::Bytes>(value("blob").data).data, std::string("\x00\xff\x80", 3));
    EXPECT_TRUE(std::get<bool>(value("done").data));
    EXPECT_TRUE(std::holds_alternative<CheckpointValue::None>(value("none").data));
    EXPECT_EQ(std::get<CheckpointValue::Opaque>(value("large").data).type, "int");
    EXPECT_EQ(std::get<CheckpointValue::Opaque>(value("numpy_scalar").data).type,
              "numpy.core.multiarray.scalar");
    EXPECT_EQ(std::get<CheckpointValue::Opaque>(value("dtype").data).type, "torch.float16");
    EXPECT_EQ(std::get<std::string>(value("device").data), "cuda:1");
    EXPECT_EQ(std::get<std::int64_t>(std::get<CheckpointValue::List>(value("size").data)[1].data), 3);
    EXPECT_EQ(std::get<std::int64_t>(value("milestones").find("3")->data), 2);
    const auto& arguments = std::get<CheckpointValue::Opaque>(value("arguments").data);
    EXPECT_EQ(arguments.type, "argparse.Namespace");
    EXPECT_EQ(std::get<double>(find_entry(arguments.state, "lr")->data), 0.1);
    EXPECT_EQ(checkpoint.root.find("no such key"), nullptr);
    EXPECT_EQ(value("epoch").find("epoch"), nullptr);
  }
}

TEST(StateDict, IsFoundHoweverItIsWrapped) {
  for (const std::string file : {"training.pt", "protocol4.legacy.pt", "module.pt"}) {
    const NamedTensors tensors = read_weights(data_file(file));
    EXPECT_THAT(names_of(tensors), ElementsAre("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean",
                                               "1.running_var", "1.num_batches_tracked"))
        << file;
  }
  EXPECT_THAT(names_of(read_weights(data_file("nested.pt"))), ElementsAre("fc.weight"));
  EXPECT_THAT(names_of(read_weights(data_file("parameter.legacy.pt"))), ElementsAre("weight"));
  EXPECT_THAT(names_of(read_weights(data_file("nested.legacy.pt"), "model.state_dict")),
              ElementsAre("fc.weight"));
}

TEST(StateDict, OfASafetensorsFileByTheSameCall) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.file("weights.pt"),
                    {{"_orig_mod.module.a", torch::ones(2)}, {"_orig_mod.module.b", torch::ones(1)}});
  EXPECT_THAT(names_of(read_weights(folder.file("weights.pt"))), ElementsAre("a", "b"));
  EXPECT_THROW(read_weights(folder.file("weights.pt"), "model"), Error);
  EXPECT_THROW(read_checkpoint(folder.file("weights.pt")), Error);
}

TEST(StateDict, PrefixesStayWhereNotAllBearThem) {
  NamedTensors tensors = {{"module.a", torch::ones(1)}, {"b", torch::ones(1)}};
  strip_wrappers(tensors);
  EXPECT_THAT(names_of(tensors), ElementsAre("module.a", "b"));
}

TEST(StateDict, AmbiguousOrMissingOnesAreNamed) {
  const Checkpoint checkpoint{
      .path = "two.pt",
      .root = {CheckpointValue::Dict{{"generator", {CheckpointValue::Dict{{"w", {torch::ones(1)}}}}},
                                     {"critic", {CheckpointValue::Dict{{"w", {torch::zeros(1)}}}}}}}};
  const auto complaint = [&](const Checkpoint& in, const char* key) -> std::string {
    try {
      static_cast<void>(find_state_dict(in, key));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(
      complaint(checkpoint, ""),
      HasSubstr(R"(two.pt: several entries hold tensors; name the one to take: "generator", "critic")"));
  EXPECT_EQ(find_state_dict(checkpoint, "critic")[0].second.item<float>(), 0);
  EXPECT_THAT(complaint(checkpoint, "ema"), HasSubstr("no \"ema\" in this checkpoint"));
  EXPECT_THAT(complaint({.path = "none.pt", .root = {std::int64_t{3}}}, ""),
              HasSubstr("holds no state dict"));
}

TEST(Weights, FilesOfOtherKindsAreNamed) {
  const test::TemporaryFolder folder;
  const auto complaint = [&](const std::string& bytes) -> std::string {
    test::write_bytes(folder.file("other"), bytes);
    try {
      static_cast<void>(read_weights(folder.file("other")));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(complaint(test::read_bytes(data_file("plain.pkl"))), HasSubstr("looks like a plain pickle"));
  EXPECT_THAT(complaint("<!DOCTYPE html>"), HasSubstr("a web page; was the download refused?"));
  EXPECT_THAT(complaint("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("a Git LFS pointer"));
  EXPECT_THAT(complaint(std::string(257, 'x') + "ustar"), HasSubstr("a tar file"));
  EXPECT_THAT(complaint(""), HasSubstr("an empty file"));
  EXPECT_THAT(complaint("what is this"), HasSubstr("no checkpoint that is read here"));
  EXPECT_THAT(
      complaint(test::zip({{.name = "a/data.pkl", .data = "N."}, {.name = "a/constants.pkl", .data = ""}})),
      HasSubstr("TorchScript"));
  EXPECT_THAT(complaint(test::zip({{.name = "readme.txt", .data = "hello"}})),
              HasSubstr("without torch's data.pkl"));
}

}  // namespace
}  // namespace zoetrope::weights
