#pragma once
// A configuration as a tree of values that remember where they were written, so that an error can say file
// and line. TOML goes in and comes out here; `config.h` makes typed options of it.
//
//   ConfigValue recipe = read_toml("recipes/x3d_s.toml");
//   apply_override(recipe, "optimizer.lr=0.05");
//   std::string text = to_toml(recipe);
//
// A configuration file is untrusted: its size and depth have ceilings, and everything that is wrong with it
// is an Error of one line.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace zoetrope {

/// Bytes of a configuration file at most; the recipes of the field have a few thousand.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20;
/// Tables and lists within one another at most; dotted keys count a level for each of their names.
inline constexpr int kMaxConfigDepth = 32;

/// Where a value was written: a line of a file, or (line 0) the command line.
struct ConfigOrigin {
  std::shared_ptr<const std::string> source;
  int line = 0;

  /// "recipe.toml:12", or "command line".
  [[nodiscard]] std::string text() const;
};

struct ConfigEntry;
struct ConfigValue;
using ConfigList = std::vector<ConfigValue>;
using ConfigTable = std::vector<ConfigEntry>;  ///< in the order in which it is to be written; keys are unique

struct ConfigValue {
  std::variant<bool, std::int64_t, double, std::string, ConfigList, ConfigTable> data;
  ConfigOrigin origin = {};
  /// Of an override: its text as typed, so that `name=2024` can fill a string; else empty.
  std::string raw = {};
};

struct ConfigEntry {
  std::string key;
  ConfigValue value;
};

/// The value under that key of a table, or nullptr.
[[nodiscard]] const ConfigValue* find_key(const ConfigTable& table, std::string_view key);

/// A table from TOML text; `source` names it in errors. Throws Error (kInput) for what is no TOML, for a date
/// (which no option is), and beyond the ceilings above.
[[nodiscard]] ConfigValue parse_toml(std::string_view text, const std::string& source);

/// The same from a file. Throws Error (kInput) also for a file that is missing or unreadable.
[[nodiscard]] ConfigValue read_toml(const std::filesystem::path& path);

/// Sets one value of a table from `key=value`. The key may be dotted and makes the tables on its way; the
/// value is TOML, or, where it is none, the string as it stands: `model=x3d_s` needs no quotes. Throws Error
/// (kUsage) where there is no '=', a name of the key is empty, or the key leads through a value that is no
/// table.
void apply_override(ConfigValue& table, std::string_view assignment);

/// A table as a TOML document, in its own order; numbers are as short as reading them back exactly allows.
[[nodiscard]] std::string to_toml(const ConfigValue& table);

/// The keys of a table whose values are others than before, each as "optimizer.lr (0.5, the run's is 0.1)", where `whose`
/// is "the run's".
[[nodiscard]] std::vector<std::string> differences(const ConfigTable& now, const ConfigTable& before,
                                                   std::string_view whose);

/// One value as it stands right of a '=': `0.1`, `"name"`, `[1, 2]`, `{ a = 1 }`.
[[nodiscard]] std::string to_inline_toml(const ConfigValue& value);

}  // namespace zoetrope
