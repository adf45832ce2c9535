#include "zoetrope/data/labels.h"

#include <charconv>
#include <optional>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/timeline/json_input.h"

namespace zoetrope::data {
namespace {

using timeline::JsonView;

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) + 1 - begin);
}

void check_count(std::size_t count, const std::string& name) {
  if (count > kMaxLabels) throw Error::input("{}: more than {} labels", name, kMaxLabels);
}

void check_label(std::string_view label, std::size_t index, const std::string& name) {
  if (label.empty()) throw Error::input("{}: label {} is empty", name, index);
  if (label.size() > kMaxLabelBytes)
    throw Error::input("{}: label {} is longer than {} bytes", name, index, kMaxLabelBytes);
  if (label.find_first_of("\r\n") != std::string_view::npos || trimmed(label).size() != label.size()) {
    throw Error::input("{}: label {} has a line break within, or spaces around it", name, index);
  }
}

std::vector<std::string> parse_lines(std::string_view text, const std::string& name) {
  std::vector<std::string> labels;
  text = text.substr(0, text.find_last_not_of(kSpaces) + 1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    labels.emplace_back(trimmed(text.substr(0, end)));
    check_count(labels.size(), name);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return labels;
}

std::optional<std::size_t> as_id(std::string_view text) {
  std::size_t id = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  return failure == std::errc() && end == text.data() + text.size() ? std::optional(id) : std::nullopt;
}

// {"0": "abseiling"}, {"abseiling": 0} or {"abseiling": "0"}: a key that is a number is an id.
std::vector<std::string> parse_table(const JsonView& table, const std::string& name) {
  check_count(table.members().size(), name);
  std::vector<std::optional<std::string>> labels(table.members().size());
  for (const auto& [key, value] : table.members()) {
    const std::string word = value.is_string() ? value.get<std::string>() : value.dump();
    const bool is_key_id = value.is_string() && as_id(key);
    const std::optional<std::size_t> id = as_id(is_key_id ? key : word);
    if (!id || *id >= labels.size() || labels[*id]) {
      throw Error::input("{}: the ids of {} labels must be the numbers from 0 to {}, each once", name,
                         labels.size(), labels.size() - 1);
    }
    labels[*id] = is_key_id ? word : key;
  }
  std::vector<std::string> in_order;
  for (std::optional<std::string>& label : labels) in_order.push_back(std::move(*label));
  return in_order;
}

std::vector<std::string> parse_json_labels(std::string_view text, const std::string& name) {
  const nlohmann::json document = timeline::parse_json(text, name);
  const JsonView root(document, name);
  if (!document.is_array()) return parse_table(root.find("id2label").value_or(root), name);
  check_count(root.size(), name);
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < root.size(); ++i) labels.push_back(root[i].text());
  return labels;
}

}  // namespace

std::vector<std::string> parse_labels(std::string_view text, const std::string& name) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::string_view content = trimmed(text);
  const bool is_json = content.starts_with('{') || content.starts_with('[');
  std::vector<std::string> labels = is_json ? parse_json_labels(content, name) : parse_lines(text, name);
  for (std::size_t i = 0; i < labels.size(); ++i) check_label(labels[i], i, name);
  return labels;
}

std::vector<std::string> read_labels(const std::filesystem::path& path) {
  return parse_labels(read_text_file(path, kMaxLabelFileBytes), path.string());
}

std::string format_labels(const std::vector<std::string>& labels) {
  std::string text;
  for (const std::string& label : labels) text += label + "\n";
  bool reads_back = false;
  try {
    reads_back = parse_labels(text, "labels") == labels;
  } catch (const Error& error) {
    throw Error::usage("{}", error.what());
  }
  if (!reads_back) throw Error::usage("these labels cannot be written one a line");
  return text;
}

}  // namespace zoetrope::data
