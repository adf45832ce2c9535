// The networks of facebookresearch/pytorchvideo: X3D, SlowFast, Slow, I3D and C2D on ResNet-50, CSN, R(2+1)D.
//
// `config` holds one table, named after the function that builds the network (a hub's, "x3d_s", or a builder,
// "create_x3d"), with its keyword arguments; or these arguments themselves, and `model` names the function.
// Arguments that are callables are written as the class's name, with or without its module ("nn.MaxPool3d").
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/models/list.h"
#include "zoetrope/parity/adapters.h"

namespace zoetrope::parity {
namespace {

/// A function of the authors: our model, and what it sets otherwise.
struct Function {
  std::string_view model;
  std::string_view family;        ///< of the builder whose arguments it passes on
  std::string_view options = "";  ///< of ours, as TOML assignments divided by ';'
};

const std::map<std::string, Function, std::less<>>& functions() {
  static const std::map<std::string, Function, std::less<>> all = {
      {"x3d_xs", {"x3d_xs", "x3d"}},
      {"x3d_s", {"x3d_s", "x3d"}},
      {"x3d_m", {"x3d_m", "x3d"}},
      {"x3d_l", {"x3d_l", "x3d"}},
      {"create_x3d", {"x3d_s", "x3d"}},
      {"slowfast_r50", {"slowfast_r50", "slowfast"}},
      {"slowfast_r101", {"slowfast_r101", "slowfast"}},
      {"slowfast_16x8_r101_50_50", {"slowfast_16x8_r101_50_50", "slowfast"}},
      {"create_slowfast", {"slowfast_r50", "slowfast"}},
      {"slow_r50", {"slow_r50", "resnet"}},
      {"i3d_r50", {"i3d_r50", "resnet"}},
      {"c2d_r50", {"c2d_r50", "resnet"}},
      {"create_resnet",
       {"slow_r50", "resnet", "stem_conv_kernel_size=[3,7,7];head_pool_kernel_size=[4,7,7]"}},
      {"csn_r101", {"csn_r101", "csn"}},
      {"create_csn", {"csn_r101", "csn", "depth=50;stem_pool=none;head_pool_kernel_size=[1,7,7]"}},
      {"r2plus1d_r50", {"r2plus1d_r50", "r2plus1d"}},
      {"create_r2plus1d", {"r2plus1d_r50", "r2plus1d"}},
  };
  return all;
}

/// Ours for theirs. `norm` can be BatchNorm3d alone. R(2+1)D's builder ignores the norm's numbers, and
/// refuses groups and dilations that are not 1.
const OptionNames& option_names(std::string_view family) {
  static const auto with = [](OptionNames names, const std::vector<std::string>& same) {
    for (const std::string& name : same) names.emplace(name, name);
    return names;
  };
  static const OptionNames common = {{"model_num_class", "num_classes"},
                                     {"dropout_rate", "dropout"},
                                     {"activation", "activation"},
                                     {"norm", ""},
                                     {"head_activation", "head_activation"},
                                     {"head_output_with_global_average", "head_output_with_global_average"}};
  static const OptionNames net =
      with(common, {"stem_dim_out", "stem_conv_kernel_size", "stem_conv_stride", "head_pool",
                    "head_pool_kernel_size", "head_output_size", "stage_conv_a_kernel_size",
                    "stage_conv_b_kernel_size", "stage_temporal_stride"});
  static const OptionNames depth = {{"input_channel", "in_channels"}, {"model_depth", "depth"}};
  static const auto join = [](OptionNames a, const OptionNames& b) {
    a.insert(b.begin(), b.end());
    return a;
  };
  static const std::vector<std::string> pool = {"stem_pool", "stem_pool_kernel_size", "stem_pool_stride"};
  static const std::map<std::string, OptionNames, std::less<>> all = {
      {"x3d", with(join(common, {{"input_channel", "in_channels"},
                                 {"inner_act", "inner_activation"},
                                 {"head_pool_act", "head_pool_activation"}}),
                   {"input_clip_length", "input_crop_size", "width_factor", "depth_factor", "norm_eps",
                    "norm_momentum", "stem_dim_in", "stem_conv_kernel_size", "stem_conv_stride",
                    "stage_conv_kernel_size", "stage_spatial_stride", "stage_temporal_stride",
                    "bottleneck_factor", "se_ratio", "head_dim_out", "head_bn_lin5_on"})},
      {"resnet", with(with(join(net, depth), pool),
                      {"stage1_pool", "stage1_pool_kernel_size", "stage_conv_b_num_groups",
                       "stage_conv_b_dilation", "stage_spatial_h_stride", "stage_spatial_w_stride"})},
      {"csn", with(with(join(net, depth), pool),
                   {"stage_conv_b_width_per_group", "stage_spatial_stride", "bottleneck_ratio"})},
      {"r2plus1d", with(join(join(net, depth), {{"norm_eps", ""},
                                                {"norm_momentum", ""},
                                                {"stage_conv_b_num_groups", ""},
                                                {"stage_conv_b_dilation", ""}}),
                        {"stage_spatial_stride"})},
      {"slowfast", with(join(common, {{"input_channels", "in_channels"}, {"model_depth", "depth"}}),
                        {"slowfast_channel_reduction_ratio", "slowfast_conv_channel_fusion_ratio",
                         "slowfast_fusion_conv_kernel_size", "slowfast_fusion_conv_stride", "stem_dim_outs",
                         "stem_conv_kernel_sizes", "stem_conv_strides", "stem_pool", "stem_pool_kernel_sizes",
                         "stem_pool_strides", "stage_conv_a_kernel_sizes", "stage_conv_b_kernel_sizes",
                         "stage_conv_b_num_groups", "stage_conv_b_dilations", "stage_spatial_strides",
                         "stage_temporal_strides", "head_pool", "head_pool_kernel_sizes"})}};
  return all.find(family)->second;
}

/// A class's name as our option's value: "torch.nn.MaxPool3d" to "max".
std::string class_option(const std::string& text) {
  static const std::map<std::string, std::string, std::less<>> classes = {
      {"MaxPool3d", "max"},   {"AvgPool3d", "avg"},   {"AdaptiveAvgPool3d", "adaptive"},
      {"ReLU", "relu"},       {"Swish", "swish"},     {"SiLU", "swish"},
      {"Sigmoid", "sigmoid"}, {"Softmax", "softmax"}, {"None", "none"},
      {"Identity", "none"}};
  const std::size_t dot = text.rfind('.');
  const std::string name = dot == std::string::npos ? text : text.substr(dot + 1);
  const auto found = classes.find(name);
  return found == classes.end() ? name : found->second;
}

bool is_list(const ConfigValue& value) {
  return std::holds_alternative<ConfigList>(value.data);
}

/// How many lists stand within one another at a value's front: 2 of [[1, 1, 1], [3, 1, 1]].
int levels(const ConfigValue& value) {
  const auto* list = std::get_if<ConfigList>(&value.data);
  return list ? 1 + (list->empty() ? 0 : levels(list->front())) : 0;
}

ConfigValue repeat(const ConfigValue& value, std::size_t times) {
  return {ConfigList(times, value), value.origin};
}

/// Each of a list's values that is a kernel alone as a list of that one kernel.
ConfigValue list_kernels(ConfigValue stages) {
  for (ConfigValue& stage : std::get<ConfigList>(stages.data)) {
    if (levels(stage) == 1) stage = repeat(stage, 1);
  }
  return stages;
}

/// The authors let a value stand for a list of it in places where ours want the list.
ConfigValue normal_value(std::string_view family, const std::string& key, ConfigValue value) {
  constexpr std::size_t kStages = 4;
  const int depth = levels(value);
  if (const auto* text = std::get_if<std::string>(&value.data)) value.data = class_option(*text);
  if (is_list(value)) {
    for (ConfigValue& item : std::get<ConfigList>(value.data)) {
      if (const auto* text = std::get_if<std::string>(&item.data)) item.data = class_option(*text);
    }
  }
  if (family == "slowfast") {
    if (key == "stem_pool" && depth == 0) return repeat(value, 2);
    if (key == "slowfast_channel_reduction_ratio" && depth == 1) {
      const ConfigList& ratios = std::get<ConfigList>(value.data);
      if (ratios.size() == 1) return ratios.front();
    }
    if (key == "stage_conv_a_kernel_sizes" && depth > 0) {
      for (ConfigValue& pathway : std::get<ConfigList>(value.data)) {
        if (is_list(pathway)) pathway = list_kernels(pathway);
      }
    }
  } else if (family == "resnet") {
    const bool kernels = key == "stage_conv_a_kernel_size" || key == "stage_conv_b_kernel_size" ||
                         key == "stage_conv_b_dilation";
    if (kernels && depth == 1) value = repeat(value, kStages);
    if (key == "stage_conv_a_kernel_size" && depth > 0) value = list_kernels(value);
  }
  return value;
}

/// The function's name and its arguments.
std::pair<std::string, ConfigTable> call_of(const Fixture& fixture) {
  const ConfigTable& config = std::get<ConfigTable>(fixture.config.data);
  if (config.size() == 1) {
    if (const auto* arguments = std::get_if<ConfigTable>(&config.front().value.data))
      return {config.front().key, *arguments};
  }
  return {fixture.model, config};
}

void refuse_other_norms(const Fixture& fixture, const ConfigTable& arguments) {
  const ConfigValue* norm = find_key(arguments, "norm");
  if (!norm) return;
  const auto* text = std::get_if<std::string>(&norm->data);
  if (!text || class_option(*text) != "BatchNorm3d")
    throw Error::usage("{}: config.norm: only BatchNorm3d is known", fixture.path);
}

ConfigTable options_of(std::string_view assignments) {
  ConfigValue table{ConfigTable{}};
  while (!assignments.empty()) {
    const std::size_t end = std::min(assignments.find(';'), assignments.size());
    apply_override(table, assignments.substr(0, end));
    assignments.remove_prefix(std::min(end + 1, assignments.size()));
  }
  return std::get<ConfigTable>(table.data);
}

Network build(const Fixture& fixture) {
  auto [name, arguments] = call_of(fixture);
  const auto found = functions().find(name);
  if (found == functions().end())
    throw Error::usage("{}: pytorchvideo's '{}' is not known here", fixture.path, name);
  const Function& function = found->second;
  refuse_other_norms(fixture, arguments);
  for (ConfigEntry& argument : arguments)
    argument.value = normal_value(function.family, argument.key, std::move(argument.value));

  const OptionNames& names = option_names(function.family);
  ConfigTable fixed = options_of(function.options);
  std::erase_if(fixed, [&](const ConfigEntry& option) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const ConfigEntry& argument) {
      const auto ours = names.find(argument.key);
      return ours != names.end() && ours->second == option.key;
    });
  });
  return {.model =
              models::make_model(function.model, translate(fixture, arguments, names, std::move(fixed)))};
}

}  // namespace

ModelAdapter pytorchvideo_adapter() {
  return {.family = "X3D, SlowFast, Slow, I3D, C2D, CSN, R(2+1)D (github.com/facebookresearch/pytorchvideo)",
          .takes =
              [](const Fixture& fixture) {
                return names_source(fixture, "facebookresearch/pytorchvideo") &&
                       functions().contains(call_of(fixture).first);
              },
          .build = build};
}

}  // namespace zoetrope::parity
