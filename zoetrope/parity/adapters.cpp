#include "zoetrope/parity/adapters.h"

#include <utility>
#include <variant>

#include "zoetrope/core/error.h"

namespace zoetrope::parity {
namespace {

template <typename T>
T argument(const Fixture& fixture, std::string_view key, const T& otherwise, std::string_view expected) {
  const ConfigValue* value = find_key(std::get<ConfigTable>(fixture.config.data), key);
  if (!value) return otherwise;
  if (const T* held = std::get_if<T>(&value->data)) return *held;
  throw Error::usage("{}: config.{}: expected {}, found {}", fixture.path, key, expected,
                     to_inline_toml(*value));
}

}  // namespace

const std::vector<ModelAdapter>& model_adapters() {
  static const std::vector<ModelAdapter> adapters = {
      torchvision_adapter(),  resnet3d_adapter(),         tsn_adapter(),
      pytorchvideo_adapter(), inception_i3d_adapter(),    mucon_adapter(),
      sct_adapter(),          similarity_layer_adapter(), atfr_adapter(),
  };
  return adapters;
}

bool names_source(const Fixture& fixture, std::string_view words) {
  return fixture.source.find(words) != std::string::npos;
}

ConfigValue translate(const Fixture& fixture, const OptionNames& names, ConfigTable fixed) {
  return translate(fixture, std::get<ConfigTable>(fixture.config.data), names, std::move(fixed));
}

ConfigValue translate(const Fixture& fixture, const ConfigTable& config, const OptionNames& names,
                      ConfigTable fixed) {
  for (const auto& [key, value] : config) {
    const auto ours = names.find(key);
    if (ours == names.end()) {
      throw Error::usage("{}: config.{}: '{}' of {} has no such argument here", fixture.path, key,
                         fixture.model, fixture.source);
    }
    if (!ours->second.empty()) fixed.push_back({ours->second, value});
  }
  return {std::move(fixed), fixture.config.origin};
}

std::int64_t integer_argument(const Fixture& fixture, std::string_view key, std::int64_t otherwise) {
  return argument<std::int64_t>(fixture, key, otherwise, "an integer");
}

std::string text_argument(const Fixture& fixture, std::string_view key, const std::string& otherwise) {
  return argument<std::string>(fixture, key, otherwise, "a string");
}

bool truth_argument(const Fixture& fixture, std::string_view key, bool otherwise) {
  return argument<bool>(fixture, key, otherwise, "true or false");
}

}  // namespace zoetrope::parity
