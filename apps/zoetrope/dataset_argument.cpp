#include "apps/zoetrope/dataset_argument.h"

#include <filesystem>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"

namespace zoetrope::cli {
namespace {

// world.folder of a recipe; empty where it has none.
std::string world_of(const ConfigValue& recipe) {
  const ConfigValue* world = find_key(std::get<ConfigTable>(recipe.data), "world");
  const auto* section = world ? std::get_if<ConfigTable>(&world->data) : nullptr;
  const ConfigValue* folder = section ? find_key(*section, "folder") : nullptr;
  const auto* name = folder ? std::get_if<std::string>(&folder->data) : nullptr;
  return name ? *name : "";
}

}  // namespace

void place_in_world(data::DatasetOptions& dataset, const std::string& folder) {
  const std::string mark = "{world}";
  for (std::filesystem::path* path : {&dataset.root, &dataset.annotations, &dataset.labels}) {
    if (path->string().starts_with(mark)) *path = folder + path->string().substr(mark.size());
  }
}

data::DatasetOptions dataset_of(const std::string& path, const std::vector<std::string>& overrides) {
  ConfigValue table{ConfigTable{}};
  std::string world;
  if (std::filesystem::is_directory(path)) {
    apply_override(table, "root=" + path);
  } else {
    table = parse_toml(read_text_file(path, kMaxConfigBytes), path);
    const ConfigValue* section = find_key(std::get<ConfigTable>(table.data), "data");
    if (section && std::holds_alternative<ConfigTable>(section->data)) {
      const ConfigValue* validation = find_key(std::get<ConfigTable>(section->data), "validation");
      if (!validation) throw Error::usage("{}: the recipe has no validation data", path);
      world = world_of(table);
      const ConfigValue chosen = *validation;
      table = chosen;
    }
  }
  for (const std::string& assignment : overrides) apply_override(table, assignment);
  data::DatasetOptions dataset;
  read_config(table, dataset);
  place_in_world(dataset, world);
  return dataset;
}

}  // namespace zoetrope::cli
