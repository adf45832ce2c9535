#include "zoetrope/weights/dialects.h"

#include <fmt/format.h>

#include <array>
#include <regex>
#include <string_view>

namespace zoetrope::weights {
namespace {

using Rules = std::vector<std::pair<std::string, std::string>>;

constexpr std::array<std::string_view, 7> kPrefixes = {"module.",  "_orig_mod.",  "model.", "backbone.",
                                                       "encoder.", "base_model.", "net."};

Rules joined(Rules first, const Rules& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// https://github.com/open-mmlab/mmaction2: a convolution and its normalisation are one module, conv1.conv and
// conv1.bn.
Rules mmaction2_rules() {
  return {{"\\bdownsample\\.conv\\.", "downsample.0."},
          {"\\bdownsample\\.bn\\.", "downsample.1."},
          {"\\bconv(\\d)\\.bn\\.", "bn$1."},
          {"\\bconv(\\d)\\.conv\\.", "conv$1."},
          {"^cls_head\\.fc_cls\\.", "fc."}};
}

// The same code's video networks in PyTorchVideo's words: its blocks, which come last.
Rules mmaction2_block_rules() {
  return {{"\\.conv1\\.conv\\.", ".branch2.conv_a."},        {"\\.conv1\\.bn\\.", ".branch2.norm_a."},
          {"\\.conv2\\.(0\\.)?conv\\.", ".branch2.conv_b."}, {"\\.conv2\\.(0\\.)?bn\\.", ".branch2.norm_b."},
          {"\\.conv3\\.conv\\.", ".branch2.conv_c."},        {"\\.conv3\\.bn\\.", ".branch2.norm_c."},
          {"\\.downsample\\.conv\\.", ".branch1_conv."},     {"\\.downsample\\.bn\\.", ".branch1_norm."}};
}

// SlowOnly and ir-CSN; I3D and C2D pool time between the first two stages.
Rules mmaction2_pathway_rules(bool has_pool) {
  Rules rules = {{"^conv1\\.conv\\.", "blocks.0.conv."},
                 {"^conv1\\.bn\\.", "blocks.0.norm."},
                 {"^cls_head\\.fc_cls\\.", has_pool ? "blocks.6.proj." : "blocks.5.proj."}};
  for (int stage = 1; stage <= 4; ++stage) {
    const int block = has_pool && stage > 1 ? stage + 1 : stage;
    rules.emplace_back(fmt::format("^layer{}\\.(\\d+)\\.", stage),
                       fmt::format("blocks.{}.res_blocks.$1.", block));
  }
  return joined(rules, mmaction2_block_rules());
}

Rules mmaction2_two_pathway_rules() {
  Rules rules = {{"^slow_path\\.", "0."},
                 {"^fast_path\\.", "1."},
                 {"^\\d\\.conv1_lateral\\.conv\\.", "blocks.0.multipathway_fusion.conv_fast_to_slow."},
                 {"^\\d\\.layer(\\d)_lateral\\.conv\\.", "blocks.$1.multipathway_fusion.conv_fast_to_slow."},
                 {"^(\\d)\\.conv1\\.conv\\.", "blocks.0.multipathway_blocks.$1.conv."},
                 {"^(\\d)\\.conv1\\.bn\\.", "blocks.0.multipathway_blocks.$1.norm."},
                 {"^(\\d)\\.layer(\\d)\\.(\\d+)\\.", "blocks.$2.multipathway_blocks.$1.res_blocks.$3."},
                 {"^cls_head\\.fc_cls\\.", "blocks.6.proj."}};
  return joined(rules, mmaction2_block_rules());
}

Rules mmaction2_x3d_rules() {
  const Rules rules = {{"^conv1_s\\.conv\\.", "blocks.0.conv.conv_t."},
                       {"^conv1_t\\.conv\\.", "blocks.0.conv.conv_xy."},
                       {"^conv1_t\\.bn\\.", "blocks.0.norm."},
                       {"^conv5\\.conv\\.", "blocks.5.pool.pre_conv."},
                       {"^conv5\\.bn\\.", "blocks.5.pool.pre_norm."},
                       {"^cls_head\\.fc1\\.", "blocks.5.pool.post_conv."},
                       {"^cls_head\\.fc2\\.", "blocks.5.proj."},
                       {"^layer(\\d)\\.(\\d+)\\.", "blocks.$1.res_blocks.$2."},
                       {"\\.se_module\\.fc1\\.", ".branch2.norm_b.1.block.0."},
                       {"\\.se_module\\.fc2\\.", ".branch2.norm_b.1.block.2."},
                       {"\\.conv2\\.bn\\.", ".branch2.norm_b.0."}};
  return joined(rules, mmaction2_block_rules());
}

// ir-CSN of https://github.com/facebookresearch/VMZ (its PyTorch code).
Rules vmz_rules() {
  return {{"^stem\\.0\\.", "blocks.0.conv."},
          {"^stem\\.1\\.", "blocks.0.norm."},
          {"^layer(\\d)\\.(\\d+)\\.", "blocks.$1.res_blocks.$2."},
          {"\\.conv1\\.0\\.", ".branch2.conv_a."},
          {"\\.conv1\\.1\\.", ".branch2.norm_a."},
          {"\\.conv2\\.0\\.", ".branch2.conv_b."},
          {"\\.conv2\\.1\\.", ".branch2.norm_b."},
          {"\\.conv3\\.0\\.", ".branch2.conv_c."},
          {"\\.conv3\\.1\\.", ".branch2.norm_c."},
          {"\\.downsample\\.0\\.", ".branch1_conv."},
          {"\\.downsample\\.1\\.", ".branch1_norm."},
          {"^fc\\.", "blocks.5.proj."}};
}

// https://github.com/mit-han-lab/temporal-shift-module: a shifted convolution is wrapped, and the classifier
// is new.
Rules tsm_rules() {
  return {{"^new_fc\\.", "fc."}};
}

// Blocks of https://github.com/facebookresearch/SlowFast in PyTorchVideo's words; the stages and heads differ
// by network.
Rules slowfast_block_rules() {
  return {{"\\.branch1_bn\\.", ".branch1_norm."},
          {"\\.branch1\\.", ".branch1_conv."},
          {"\\.branch2\\.([abc])_bn\\.", ".branch2.norm_$1."},
          {"\\.branch2\\.([abc])\\.", ".branch2.conv_$1."}};
}

// Stage `from` of PySlowFast, with one pathway, as block `to`.
void add_stage(Rules& rules, int from, int to) {
  rules.emplace_back(fmt::format("^s{}\\.pathway0_res(\\d+)\\.", from),
                     fmt::format("blocks.{}.res_blocks.$1.", to));
}

Rules single_pathway_rules() {
  Rules rules = {{"^s1\\.pathway0_stem\\.bn\\.", "blocks.0.norm."},
                 {"^s1\\.pathway0_stem\\.conv\\.", "blocks.0.conv."},
                 {"^head\\.projection\\.", "blocks.5.proj."}};
  for (int stage = 2; stage <= 5; ++stage) add_stage(rules, stage, stage - 1);
  return joined(rules, slowfast_block_rules());
}

// C2D and I3D pool time between the first two stages, which PyTorchVideo counts as a block.
Rules pooled_pathway_rules() {
  Rules rules = {{"^s1\\.pathway0_stem\\.bn\\.", "blocks.0.norm."},
                 {"^s1\\.pathway0_stem\\.conv\\.", "blocks.0.conv."},
                 {"^head\\.projection\\.", "blocks.6.proj."}};
  add_stage(rules, 2, 1);
  for (int stage = 3; stage <= 5; ++stage) add_stage(rules, stage, stage);
  return joined(rules, slowfast_block_rules());
}

Rules two_pathway_rules() {
  Rules rules = {{"^s1\\.pathway(\\d)_stem\\.bn\\.", "blocks.0.multipathway_blocks.$1.norm."},
                 {"^s1\\.pathway(\\d)_stem\\.conv\\.", "blocks.0.multipathway_blocks.$1.conv."},
                 {"^head\\.projection\\.", "blocks.6.proj."}};
  for (int stage = 1; stage <= 5; ++stage) {
    const int block = stage - 1;
    rules.emplace_back(fmt::format("^s{}_fuse\\.conv_f2s\\.", stage),
                       fmt::format("blocks.{}.multipathway_fusion.conv_fast_to_slow.", block));
    rules.emplace_back(fmt::format("^s{}_fuse\\.bn\\.", stage),
                       fmt::format("blocks.{}.multipathway_fusion.norm.", block));
    rules.emplace_back(fmt::format("^s{}\\.pathway(\\d)_res(\\d+)\\.", stage),
                       fmt::format("blocks.{}.multipathway_blocks.$1.res_blocks.$2.", block));
  }
  return joined(rules, slowfast_block_rules());
}

Rules x3d_rules() {
  // PyTorchVideo calls the stem's spatial convolution conv_t and the temporal one conv_xy.
  Rules rules = {{"^s1\\.pathway0_stem\\.bn\\.", "blocks.0.norm."},
                 {"^s1\\.pathway0_stem\\.conv_xy\\.", "blocks.0.conv.conv_t."},
                 {"^s1\\.pathway0_stem\\.conv\\.", "blocks.0.conv.conv_xy."},
                 {"\\.branch2\\.se\\.fc1\\.", ".branch2.norm_b.1.block.0."},
                 {"\\.branch2\\.se\\.fc2\\.", ".branch2.norm_b.1.block.2."},
                 {"\\.branch2\\.b_bn\\.", ".branch2.norm_b.0."},
                 {"^head\\.conv_5_bn\\.", "blocks.5.pool.pre_norm."},
                 {"^head\\.conv_5\\.", "blocks.5.pool.pre_conv."},
                 {"^head\\.lin_5_bn\\.", "blocks.5.pool.post_norm."},
                 {"^head\\.lin_5\\.", "blocks.5.pool.post_conv."},
                 {"^head\\.projection\\.", "blocks.5.proj."}};
  for (int stage = 2; stage <= 5; ++stage) add_stage(rules, stage, stage - 1);
  return joined(rules, slowfast_block_rules());
}

}  // namespace

const std::vector<Dialect>& dialects() {
  static const std::vector<Dialect> all = {
      {"", {}},
      {"TSM", tsm_rules()},
      {"TSM, without its shifts", joined(tsm_rules(), {{"\\bconv1\\.net\\.", "conv1."}})},
      {"torchvision, in shifted convolutions",
       {{"\\bconv1\\.(weight|bias)$", "conv1.net.$1"}, {"^conv1\\.net\\.", "conv1."}}},
      {"mmaction2", mmaction2_rules()},
      {"mmaction2, a new classifier", joined(mmaction2_rules(), {{"^fc\\.", "new_fc."}})},
      {"mmaction2, without its shifts",
       joined({{"\\bconv1\\.conv\\.net\\.", "conv1.conv."}}, mmaction2_rules())},
      {"mmaction2, one pathway", mmaction2_pathway_rules(false)},
      {"mmaction2, one pathway and a pool", mmaction2_pathway_rules(true)},
      {"mmaction2, two pathways", mmaction2_two_pathway_rules()},
      {"mmaction2, X3D", mmaction2_x3d_rules()},
      {"VMZ, ir-CSN", vmz_rules()},
      {"PySlowFast, one pathway", single_pathway_rules()},
      {"PySlowFast, one pathway and a pool", pooled_pathway_rules()},
      {"PySlowFast, two pathways", two_pathway_rules()},
      {"PySlowFast, X3D", x3d_rules()},
  };
  return all;
}

std::string without_prefixes(std::string name) {
  for (bool stripped = true; stripped;) {
    stripped = false;
    for (const std::string_view prefix : kPrefixes) {
      if (!name.starts_with(prefix)) continue;
      name.erase(0, prefix.size());
      stripped = true;
    }
  }
  return name;
}

std::vector<std::string> translate(const std::vector<std::string>& names, const Dialect& dialect) {
  std::vector<std::pair<std::regex, const std::string*>> rules;
  for (const auto& [pattern, replacement] : dialect.rules) {
    rules.emplace_back(std::regex(pattern, std::regex::optimize), &replacement);
  }
  std::vector<std::string> translated;
  for (const std::string& name : names) {
    std::string words = without_prefixes(name);
    for (const auto& [pattern, replacement] : rules) words = std::regex_replace(words, pattern, *replacement);
    translated.push_back(std::move(words));
  }
  return translated;
}

}  // namespace zoetrope::weights
