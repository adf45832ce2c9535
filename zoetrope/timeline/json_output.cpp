#include "zoetrope/timeline/json_output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace zoetrope::timeline {
namespace {

using nlohmann::ordered_json;

std::string print_scalar(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

bool is_small(const ordered_json& value) {
  const auto is_plain = [](const ordered_json& member) { return !member.is_structured(); };
  return is_plain(value) ||
         (value.is_array() && value.size() <= 4 && std::all_of(value.begin(), value.end(), is_plain));
}

void start_line(std::size_t indent, std::string& out) {
  out += '\n';
  out.append(indent, ' ');
}

void print(const ordered_json& value, std::size_t indent, std::string& out) {
  if (!value.is_structured() || value.empty()) {
    out += print_scalar(value);
    return;
  }
  const bool one_line = std::all_of(value.begin(), value.end(), is_small);
  out += value.is_object() ? '{' : '[';
  const char* separator = "";
  for (auto member = value.begin(); member != value.end(); ++member) {
    out += separator;
    if (!one_line) start_line(indent + 2, out);
    if (value.is_object()) out.append(print_scalar(member.key())).append(": ");
    print(*member, indent + 2, out);
    separator = one_line ? ", " : ",";
  }
  if (!one_line) start_line(indent, out);
  out += value.is_object() ? '}' : ']';
}

}  // namespace

std::string print_json(const ordered_json& document) {
  std::string out;
  print(document, 0, out);
  return out + "\n";
}

}  // namespace zoetrope::timeline
