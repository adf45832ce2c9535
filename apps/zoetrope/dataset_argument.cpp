#include "apps/zoetrope/dataset_argument.h"

#include <filesystem>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"

namespace zoetrope::cli {

data::DatasetOptions dataset_of(const std::string& path, const std::vector<std::string>& overrides) {
  ConfigValue table{ConfigTable{}};
  if (std::filesystem::is_directory(path)) {
    apply_override(table, "root=" + path);
  } else {
    table = parse_toml(read_text_file(path, kMaxConfigBytes), path);
    const ConfigValue* section = find_key(std::get<ConfigTable>(table.data), "data");
    if (section && std::holds_alternative<ConfigTable>(section->data)) {
      const ConfigValue* validation = find_key(std::get<ConfigTable>(section->data), "validation");
      if (!validation) throw Error::usage("{}: the recipe has no validation data", path);
      const ConfigValue chosen = *validation;
      table = chosen;
    }
  }
  for (const std::string& assignment : overrides) apply_override(table, assignment);
  data::DatasetOptions dataset;
  read_config(table, dataset);
  return dataset;
}

}  // namespace zoetrope::cli
