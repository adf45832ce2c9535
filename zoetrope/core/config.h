#pragma once
// Typed options from TOML. A struct describes its members once, beside itself, and can then be read from a
// file, set from `key=value`, written back and listed with its help:
//
//   enum class Schedule { kStep, kCosine };
//   inline EnumNames<Schedule> config_names(Schedule) {
//     return {{"step", Schedule::kStep}, {"cosine", Schedule::kCosine}};
//   }
//
//   struct OptimizerOptions {
//     double lr = 0.1;
//     bool nesterov = true;
//     Schedule schedule = Schedule::kCosine;
//   };
//   inline void describe(ConfigFields& f, OptimizerOptions& o) {
//     f.field("lr", o.lr, "learning rate of the first epoch").range(0, 10);
//     f.field("nesterov", o.nesterov, "Nesterov's momentum in place of the plain one");
//     f.field("schedule", o.schedule, "how the learning rate falls");
//   }
//
//   auto options = load_config<OptimizerOptions>("recipe.toml", {"lr=0.05"});
//
// A member may be a bool, an integer, a float or double, a string or path, an enum with `config_names`, a
// struct with `describe`, or a std::optional, std::vector, std::array or std::map<std::string, ...> of these,
// in any depth. What the file does not name keeps its default. To take the members of another struct into
// one's own table, call its `describe`.
//
// What does not fit is an Error (kUsage) of one line that says where it was written, which key, and what
// would fit:
//   recipe.toml:3: unknown key 'lerning_rate' in 'optimizer'; did you mean 'learning_rate'?
//   recipe.toml:4: 'optimizer.lr': expected a number, found "fast"
//   command line: 'optimizer.lr': expected a number from 0 to 10, found 20

#include <array>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "zoetrope/core/config_value.h"

namespace zoetrope {

class ConfigFields;

/// The names of an enum in configurations: what its `config_names`, found beside the enum, returns.
template <typename E>
using EnumNames = std::vector<std::pair<std::string, E>>;

template <typename T>
concept ConfigStruct = requires(ConfigFields& fields, T& options) {
  describe(fields, options);
};

/// What the values of a field must keep to; in a list or map, each of them.
struct ConfigLimits {
  double low = -std::numeric_limits<double>::infinity();  ///< inclusive
  double high = std::numeric_limits<double>::infinity();  ///< inclusive
  std::vector<std::string> choices = {};                  ///< of a string; empty: any
};

/// One key of a configuration, for listings. Keys within a list are written `layers[].size`, within a map
/// `heads.NAME.size`.
struct ConfigKey {
  std::string path;   ///< "optimizer.lr"
  std::string type;   ///< "number from 0 to 10", "step | cosine"
  std::string value;  ///< the default as TOML; empty where there is none
  std::string help;
  bool required = false;
};

/// One described member, its type erased.
struct ConfigField {
  using Read =
      std::function<void(const ConfigValue& value, const std::string& path, const ConfigLimits& limits)>;

  std::string name;
  std::string help;
  std::string type;  ///< in words: "list of numbers"
  bool required = false;
  ConfigLimits limits = {};
  Read read;                                          ///< sets the member, or throws Error (kUsage)
  std::function<std::optional<ConfigValue>()> write;  ///< the member's value; nullopt for an empty optional
  std::function<ConfigFields()> members;              ///< of a struct; else empty
  /// Of the structs within; none: empty.
  std::function<std::vector<ConfigKey>(const std::string& path)> keys;
};

/// Returned by `ConfigFields::field`, to say more of a field. Valid until the next `field`.
template <typename T>
class ConfigFieldLimits {
 public:
  explicit ConfigFieldLimits(ConfigField& field) : field_(field) {}

  /// Numbers: low <= value <= high.
  ConfigFieldLimits& range(double low, double high) requires std::is_arithmetic_v<T> {
    field_.limits.low = low;
    field_.limits.high = high;
    return *this;
  }
  /// Numbers: low <= value.
  ConfigFieldLimits& at_least(double low) requires std::is_arithmetic_v<T> {
    field_.limits.low = low;
    return *this;
  }
  /// Strings: one of these.
  ConfigFieldLimits& choices(std::vector<std::string> names) requires std::same_as<T, std::string> {
    field_.limits.choices = std::move(names);
    return *this;
  }
  /// The key must be given: it has no sensible default.
  ConfigFieldLimits& required() {
    field_.required = true;
    return *this;
  }

 private:
  ConfigField& field_;
};

/// How values of type T are read, written and called; the specialisations are in config_codec.h.
template <typename T>
struct ConfigCodec;

/// The fields of one struct, in the order of its `describe`. Refers to the struct's members: it must outlive
/// this.
class ConfigFields {
 public:
  /// Adds a field. Throws std::logic_error for a name that the struct already has.
  template <typename T>
  auto field(std::string name, T& member, std::string help) {
    return ConfigFieldLimits<typename ConfigCodec<T>::Scalar>(
        add(ConfigCodec<T>::make_field(std::move(name), member, std::move(help))));
  }

  [[nodiscard]] const std::vector<ConfigField>& all() const noexcept { return fields_; }

 private:
  ConfigField& add(ConfigField field);
  std::vector<ConfigField> fields_;
};

template <ConfigStruct T>
ConfigFields fields_of(T& options) {
  ConfigFields fields;
  describe(fields, options);
  return fields;
}

/// Sets the members that a table names; `path` is the table's own place, empty for the whole configuration.
void read_fields(const ConfigValue& table, const std::string& path, const ConfigFields& fields);
/// The members' values as a table, in the order of the fields.
[[nodiscard]] ConfigValue write_fields(const ConfigFields& fields);

/// Every key of the fields and of the structs within them.
[[nodiscard]] std::vector<ConfigKey> list_keys(const ConfigFields& fields, const std::string& prefix = "");

/// Keys for people, a line each: `optimizer.lr = 0.1  # learning rate (number from 0 to 10)`.
[[nodiscard]] std::string format_keys(std::span<const ConfigKey> keys);

/// Options from a file and then from `key=value` overrides, in their order. Throws Error (kInput) for a file
/// that cannot be read or is no TOML, (kUsage) for a key or value that does not fit.
template <ConfigStruct T>
[[nodiscard]] T load_config(const std::filesystem::path& path, const std::vector<std::string>& overrides = {},
                            T defaults = {}) {
  ConfigValue table = read_toml(path);
  for (const std::string& assignment : overrides) apply_override(table, assignment);
  read_fields(table, "", fields_of(defaults));
  return defaults;
}

/// Sets the members that a table names. Throws Error (kUsage) as above.
template <ConfigStruct T>
void read_config(const ConfigValue& table, T& options) {
  read_fields(table, "", fields_of(options));
}

/// Every option with its present value as a TOML document, which reads back as the same options.
template <ConfigStruct T>
[[nodiscard]] std::string config_to_toml(T options) {
  return to_toml(write_fields(fields_of(options)));
}

/// Every key with its type, default and help.
template <ConfigStruct T>
[[nodiscard]] std::vector<ConfigKey> config_keys(T defaults = {}) {
  return list_keys(fields_of(defaults));
}

}  // namespace zoetrope

#include "zoetrope/core/config_codec.h"
