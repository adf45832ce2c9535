#pragma once
// The models that Zoetrope has, by name. The list is explicit (list.cpp): a static library drops objects that
// register themselves.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/model.h"

namespace zoetrope::models {

/// A model under a name: an architecture and the options that its authors published under that name.
struct ModelEntry {
  std::string name;    ///< "x3d_s"
  std::string family;  ///< "X3D"
  std::string paper;   ///< authors, title, venue and year
  std::string source;  ///< the implementation whose parameter names and numbers it meets
  /// Every option with its default under this name.
  std::function<std::vector<ConfigKey>()> options;
  /// Builds with these options (a table) over the defaults. Throws Error (kUsage) for an option that does not
  /// fit.
  std::function<std::shared_ptr<Model>(const ConfigValue& options)> build;
};

using ModelList = std::vector<ModelEntry>;

/// In the order in which they are listed to people: by family, then by size.
[[nodiscard]] const ModelList& all_models();

/// Throws Error (kUsage) that names the nearest name.
[[nodiscard]] const ModelEntry& find_model(std::string_view name, const ModelList& models = all_models());

/// A model under a name with options of its own over the defaults.
[[nodiscard]] std::shared_ptr<Model> make_model(std::string_view name,
                                                const ConfigValue& options = {ConfigTable{}});

/// An entry for a model class `M` that is built from an options struct with `describe`.
template <typename M, ConfigStruct Options>
ModelEntry entry(std::string name, std::string family, std::string paper, std::string source,
                 Options defaults) {
  return {.name = std::move(name),
          .family = std::move(family),
          .paper = std::move(paper),
          .source = std::move(source),
          .options = [defaults] { return config_keys(defaults); },
          .build = [defaults](const ConfigValue& table) -> std::shared_ptr<Model> {
            Options options = defaults;
            read_config(table, options);
            return std::make_shared<M>(options);
          }};
}

}  // namespace zoetrope::models
