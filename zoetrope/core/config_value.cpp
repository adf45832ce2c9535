#include "zoetrope/core/config_value.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"

namespace zoetrope {
namespace {

using Source = std::shared_ptr<const std::string>;

/// One past the end of the string that begins at `text[begin]`, a quotation mark of either kind.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  const bool multi_line = text.substr(begin, 3) == std::string(3, quote);
  const std::size_t width = multi_line ? 3 : 1;
  for (std::size_t i = begin + width; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == '\n' && !multi_line) {
      return i;
    } else if (text.substr(i, width) == text.substr(begin, width)) {
      i += width;
      // Up to two quotation marks may stand before the three that end a string.
      for (int extra = 0; multi_line && extra < 2 && i < text.size() && text[i] == quote; ++extra) ++i;
      return i;
    }
  }
  return text.size();
}

/// Whether brackets or the names of a dotted key nest beyond the ceiling. Asked before toml++ reads the text:
/// its 3.3 does not bound dotted keys and frees what they build by recursion, so that a megabyte of "a.a.a"
/// ends the program.
bool nests_too_deep(std::string_view text) {
  int brackets = 0;
  int dots = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (c == '"' || c == '\'') {
      i = end_of_string(text, i);
      continue;
    }
    if (c == '.') ++dots;
    if (c == '[' || c == '{') ++brackets;
    if (c == ']' || c == '}') brackets = std::max(0, brackets - 1);
    if (std::string_view("=,[]{}\n").find(c) != std::string_view::npos) dots = 0;
    if (brackets > kMaxConfigDepth || dots >= kMaxConfigDepth) return true;
    ++i;
  }
  return false;
}

Error too_deep(const std::string& source) {
  return Error::input("{}: nests deeper than {} levels; no configuration needs that", source,
                      kMaxConfigDepth);
}

ConfigOrigin origin_of(const toml::node& node, const Source& source) {
  return {source, static_cast<int>(node.source().begin.line)};
}

ConfigValue convert(const toml::node& node, const Source& source, int depth) {
  if (depth > kMaxConfigDepth) throw too_deep(*source);
  ConfigValue value{.data = false, .origin = origin_of(node, source)};
  if (const auto* boolean = node.as_boolean()) {
    value.data = boolean->get();
  } else if (const auto* integer = node.as_integer()) {
    value.data = integer->get();
  } else if (const auto* number = node.as_floating_point()) {
    value.data = number->get();
  } else if (const auto* string = node.as_string()) {
    value.data = string->get();
  } else if (const auto* array = node.as_array()) {
    ConfigList& list = value.data.emplace<ConfigList>();
    for (const toml::node& element : *array) list.push_back(convert(element, source, depth + 1));
  } else if (const auto* table = node.as_table()) {
    ConfigTable& entries = value.data.emplace<ConfigTable>();
    for (const auto& [key, element] : *table) {
      entries.push_back({std::string(key.str()), convert(element, source, depth + 1)});
    }
  } else {
    throw Error::input("{}: a date or time is no value of a configuration; put it in quotes",
                       value.origin.text());
  }
  return value;
}

/// toml++'s own words, on one line and without the control characters that it may quote from the file.
std::string one_line(std::string_view words) {
  std::string line(words);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return line;
}

/// What the text right of an override's '=' means: TOML if it is a single TOML value, else itself.
ConfigValue override_value(std::string_view text, const Source& source) {
  ConfigValue value{.data = std::string(text), .origin = {source, 0}, .raw = std::string(text)};
  try {
    const ConfigValue parsed = parse_toml(fmt::format("value = {}", text), *source);
    const ConfigTable& table = std::get<ConfigTable>(parsed.data);
    if (table.size() == 1) value.data = table.front().value.data;
  } catch (const Error&) {
    // no TOML: a bare string
  }
  return value;
}

void set_origin(ConfigValue& value, const ConfigOrigin& origin) {
  value.origin = origin;
  if (auto* list = std::get_if<ConfigList>(&value.data)) {
    for (ConfigValue& element : *list) set_origin(element, origin);
  } else if (auto* table = std::get_if<ConfigTable>(&value.data)) {
    for (ConfigEntry& entry : *table) set_origin(entry.value, origin);
  }
}

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('.', begin), key.size());
    names.emplace_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <typename Table>
auto* find_in(Table& table, std::string_view key) {
  const auto entry =
      std::find_if(table.begin(), table.end(), [&](const ConfigEntry& e) { return e.key == key; });
  return entry == table.end() ? nullptr : &entry->value;
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string toml_key(const std::string& key) {
  const auto is_bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), is_bare) ? key : toml_string(key);
}

/// The shortest digits that read back as the same number (toml++ prints 0.1 as 0.10000000000000001), always a
/// float.
std::string toml_number(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

bool is_table(const ConfigValue& value) {
  return std::holds_alternative<ConfigTable>(value.data);
}

bool is_list_of_tables(const ConfigValue& value) {
  const auto* list = std::get_if<ConfigList>(&value.data);
  return list && !list->empty() && std::all_of(list->begin(), list->end(), is_table);
}

/// A table's plain values, then its tables under headers: TOML's order, since a header takes all that follows
/// it.
void write_table(const ConfigTable& table, const std::string& prefix, std::string& out) {
  for (const ConfigEntry& entry : table) {
    if (is_table(entry.value) || is_list_of_tables(entry.value)) continue;
    out += fmt::format("{} = {}\n", toml_key(entry.key), to_inline_toml(entry.value));
  }
  for (const ConfigEntry& entry : table) {
    const std::string name = prefix + toml_key(entry.key);
    const std::string_view gap = out.empty() ? "" : "\n";
    if (is_table(entry.value)) {
      out += fmt::format("{}[{}]\n", gap, name);
      write_table(std::get<ConfigTable>(entry.value.data), name + ".", out);
    } else if (is_list_of_tables(entry.value)) {
      for (const ConfigValue& element : std::get<ConfigList>(entry.value.data)) {
        out += fmt::format("{}[[{}]]\n", out.empty() ? "" : "\n", name);
        write_table(std::get<ConfigTable>(element.data), name + ".", out);
      }
    }
  }
}

}  // namespace

std::string ConfigOrigin::text() const {
  const std::string name = source ? *source : "configuration";
  return line > 0 ? fmt::format("{}:{}", name, line) : name;
}

const ConfigValue* find_key(const ConfigTable& table, std::string_view key) {
  return find_in(table, key);
}

ConfigValue parse_toml(std::string_view text, const std::string& source) {
  if (text.size() > kMaxConfigBytes) {
    throw Error::input("{}: larger than {} bytes, the most that is read", source, kMaxConfigBytes);
  }
  if (text.find('\0') != std::string_view::npos) throw Error::input("{}: is no TOML, nor any text", source);
  if (nests_too_deep(text)) throw too_deep(source);
  try {
    const toml::table table = toml::parse(text, source);
    ConfigValue root = convert(table, std::make_shared<const std::string>(source), 0);
    root.origin.line = 0;  // the whole file
    return root;
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    throw Error::input("{}:{}:{}: {}", source, at.line, at.column, one_line(error.description()));
  }
}

ConfigValue read_toml(const std::filesystem::path& path) {
  return parse_toml(read_text_file(path, kMaxConfigBytes), path.string());
}

void apply_override(ConfigValue& table, std::string_view assignment) {
  static const Source kCommandLine = std::make_shared<const std::string>("command line");
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    throw Error::usage("command line: '{}' sets nothing; write key=value", assignment);
  }
  const std::vector<std::string> names = split_key(trim(assignment.substr(0, equals)));
  if (names.size() > static_cast<std::size_t>(kMaxConfigDepth)) throw too_deep(*kCommandLine);
  ConfigValue* place = &table;
  for (const std::string& name : names) {
    if (name.empty()) throw Error::usage("command line: '{}' has an empty name in its key", assignment);
    auto* entries = std::get_if<ConfigTable>(&place->data);
    if (!entries) {
      throw Error::usage("command line: '{}' leads through a value that is no table ({})", assignment,
                         place->origin.text());
    }
    ConfigValue* next = find_in(*entries, name);
    if (!next) {
      entries->push_back({name, {.data = ConfigTable{}, .origin = {kCommandLine, 0}}});
      next = &entries->back().value;
    }
    place = next;
  }
  *place = override_value(trim(assignment.substr(equals + 1)), kCommandLine);
  set_origin(*place, {kCommandLine, 0});
}

std::string to_toml(const ConfigValue& table) {
  std::string out;
  write_table(std::get<ConfigTable>(table.data), "", out);
  return out;
}

std::vector<std::string> differences(const ConfigTable& now, const ConfigTable& before,
                                     std::string_view whose) {
  std::vector<std::string> found;
  for (const ConfigEntry& entry : now) {
    const ConfigValue* old = find_key(before, entry.key);
    const auto* table = std::get_if<ConfigTable>(&entry.value.data);
    const auto* old_table = old ? std::get_if<ConfigTable>(&old->data) : nullptr;
    if (table && old_table) {
      for (const std::string& each : differences(*table, *old_table, whose))
        found.push_back(fmt::format("{}.{}", entry.key, each));
      continue;
    }
    const std::string value = to_inline_toml(entry.value),
                      old_value = old ? to_inline_toml(*old) : "not there";
    if (value != old_value)
      found.push_back(fmt::format("{} ({}, {} is {})", entry.key, value, whose, old_value));
  }
  return found;
}

std::string to_inline_toml(const ConfigValue& value) {
  if (const auto* boolean = std::get_if<bool>(&value.data)) return *boolean ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&value.data)) return toml_number(*number);
  if (const auto* string = std::get_if<std::string>(&value.data)) return toml_string(*string);
  std::string out;
  if (const auto* list = std::get_if<ConfigList>(&value.data)) {
    for (const ConfigValue& element : *list) out += (out.empty() ? "" : ", ") + to_inline_toml(element);
    return "[" + out + "]";
  }
  for (const ConfigEntry& entry : std::get<ConfigTable>(value.data)) {
    out +=
        fmt::format("{}{} = {}", out.empty() ? "" : ", ", toml_key(entry.key), to_inline_toml(entry.value));
  }
  return out.empty() ? "{}" : "{ " + out + " }";
}

}  // namespace zoetrope
