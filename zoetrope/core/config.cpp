#include "zoetrope/core/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <stdexcept>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"

namespace zoetrope {
namespace {

constexpr std::size_t kMaxShown = 60;      // letters of a value in a message
constexpr std::size_t kMaxKeysShown = 16;  // names in a message

std::string shown(const ConfigValue& value) {
  std::string text = value.raw.empty() ? to_inline_toml(value) : value.raw;
  if (text.size() > kMaxShown) {
    std::size_t end = kMaxShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end;  // whole UTF-8 characters
    text = text.substr(0, end) + "...";
  }
  return text;
}

/// " from 0 to 10", " of at least 1", or nothing.
std::string range_words(const ConfigLimits& limits) {
  if (std::isfinite(limits.low) && std::isfinite(limits.high)) {
    return fmt::format(" from {} to {}", limits.low, limits.high);
  }
  if (std::isfinite(limits.low)) return fmt::format(" of at least {}", limits.low);
  if (std::isfinite(limits.high)) return fmt::format(" of at most {}", limits.high);
  return "";
}

bool within(double number, const ConfigLimits& limits) {
  return number >= limits.low && number <= limits.high;
}

std::string type_words(const ConfigField& field) {
  if (!field.limits.choices.empty()) return config_detail::join_names(field.limits.choices);
  return field.type + range_words(field.limits);
}

Error unknown_key(const ConfigEntry& entry, const std::string& path, const ConfigFields& fields) {
  std::vector<std::string> known;
  for (const ConfigField& field : fields.all()) known.push_back(field.name);
  std::string hint = did_you_mean(entry.key, known);
  if (hint.empty() && !known.empty() && known.size() <= kMaxKeysShown) {
    hint = fmt::format("; known keys: {}", fmt::join(known, ", "));
  }
  const std::string in_table = path.empty() ? "" : fmt::format(" in '{}'", path);
  return Error::usage("{}: unknown key '{}'{}{}", entry.value.origin.text(), entry.key, in_table, hint);
}

}  // namespace

namespace config_detail {

void fail_expected(const ConfigValue& value, const std::string& path, const std::string& expected) {
  throw Error::usage("{}: '{}': expected {}, found {}", value.origin.text(), path, expected, shown(value));
}

bool read_bool(const ConfigValue& value, const std::string& path) {
  const auto* boolean = std::get_if<bool>(&value.data);
  if (!boolean) fail_expected(value, path, "true or false");
  return *boolean;
}

std::int64_t read_integer(const ConfigValue& value, const std::string& path, const ConfigLimits& limits,
                          std::int64_t low, std::int64_t high) {
  const auto* integer = std::get_if<std::int64_t>(&value.data);
  if (!integer || !within(static_cast<double>(*integer), limits)) {
    fail_expected(value, path, "an integer" + range_words(limits));
  }
  if (*integer < low || *integer > high)
    fail_expected(value, path, fmt::format("an integer from {} to {}", low, high));
  return *integer;
}

double read_number(const ConfigValue& value, const std::string& path, const ConfigLimits& limits) {
  double number = std::nan("");
  if (const auto* real = std::get_if<double>(&value.data)) number = *real;
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) number = static_cast<double>(*integer);
  if (!within(number, limits))
    fail_expected(value, path, "a number" + range_words(limits));  // NaN is not within
  return number;
}

std::string read_string(const ConfigValue& value, const std::string& path, const ConfigLimits& limits) {
  std::string text;
  if (const auto* string = std::get_if<std::string>(&value.data)) {
    text = *string;
  } else if (!value.raw.empty()) {
    text = value.raw;
  } else {
    fail_expected(value, path, "a string");
  }
  if (!limits.choices.empty()) {
    const ConfigValue choice{.data = text, .origin = value.origin};
    return limits.choices[read_choice(choice, path, limits.choices)];
  }
  return text;
}

std::size_t read_choice(const ConfigValue& value, const std::string& path,
                        const std::vector<std::string>& names) {
  const auto* text = std::get_if<std::string>(&value.data);
  const auto name = text ? std::find(names.begin(), names.end(), *text) : names.end();
  if (name == names.end()) {
    throw Error::usage("{}: '{}': expected one of {}, found {}{}", value.origin.text(), path,
                       fmt::join(names, ", "), shown(value), text ? did_you_mean(*text, names) : "");
  }
  return static_cast<std::size_t>(name - names.begin());
}

const ConfigList& read_list(const ConfigValue& value, const std::string& path) {
  const auto* list = std::get_if<ConfigList>(&value.data);
  if (!list) fail_expected(value, path, "a list");
  return *list;
}

const ConfigTable& read_table(const ConfigValue& value, const std::string& path) {
  const auto* table = std::get_if<ConfigTable>(&value.data);
  if (!table) fail_expected(value, path, "a table");
  return *table;
}

std::string element_path(const std::string& path, std::size_t index) {
  return fmt::format("{}[{}]", path, index);
}

std::string member_path(const std::string& path, const std::string& key) {
  return path.empty() ? key : fmt::format("{}.{}", path, key);
}

std::string join_names(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, " | "));
}

double widen(float number) {
  return std::strtod(fmt::format("{}", number).c_str(), nullptr);
}

}  // namespace config_detail

ConfigField& ConfigFields::add(ConfigField field) {
  for (const ConfigField& known : fields_) {
    if (known.name == field.name)
      throw std::logic_error("two configuration fields are called '" + field.name + "'");
  }
  return fields_.emplace_back(std::move(field));
}

void read_fields(const ConfigValue& table, const std::string& path, const ConfigFields& fields) {
  const ConfigTable& entries = config_detail::read_table(table, path);
  for (const ConfigEntry& entry : entries) {
    const auto field = std::find_if(fields.all().begin(), fields.all().end(),
                                    [&](const ConfigField& known) { return known.name == entry.key; });
    if (field == fields.all().end()) throw unknown_key(entry, path, fields);
    field->read(entry.value, config_detail::member_path(path, entry.key), field->limits);
  }
  for (const ConfigField& field : fields.all()) {
    if (find_key(entries, field.name)) continue;
    const std::string missing = config_detail::member_path(path, field.name);
    if (field.required)
      throw Error::usage("{}: missing key '{}': {}", table.origin.text(), missing, field.help);
    if (field.members) {  // what a struct requires, it requires also where its table is not written
      read_fields({.data = ConfigTable{}, .origin = table.origin}, missing, field.members());
    }
  }
}

ConfigValue write_fields(const ConfigFields& fields) {
  ConfigTable table;
  for (const ConfigField& field : fields.all()) {
    if (std::optional<ConfigValue> value = field.write()) table.push_back({field.name, std::move(*value)});
  }
  return {.data = std::move(table)};
}

std::vector<ConfigKey> list_keys(const ConfigFields& fields, const std::string& prefix) {
  std::vector<ConfigKey> keys;
  for (const ConfigField& field : fields.all()) {
    const std::string path = config_detail::member_path(prefix, field.name);
    std::vector<ConfigKey> inner = field.keys(path);
    if (!inner.empty()) {
      std::move(inner.begin(), inner.end(), std::back_inserter(keys));
      continue;
    }
    const std::optional<ConfigValue> value = field.write();
    keys.push_back({path, type_words(field), value && !field.required ? to_inline_toml(*value) : "",
                    field.help, field.required});
  }
  return keys;
}

std::string format_keys(std::span<const ConfigKey> keys) {
  std::size_t width = 0;
  std::vector<std::string> settings;
  for (const ConfigKey& key : keys) {
    const std::string_view absent = key.required ? "(required)" : "(none)";
    settings.push_back(fmt::format("{} = {}", key.path, key.value.empty() ? absent : key.value));
    width = std::max(width, std::min<std::size_t>(settings.back().size(), 40));
  }
  std::string out;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    out += fmt::format("{:<{}}  # {} ({})\n", settings[i], width, keys[i].help, keys[i].type);
  }
  return out;
}

}  // namespace zoetrope
