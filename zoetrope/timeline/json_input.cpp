#include "zoetrope/timeline/json_input.h"

#include <limits>

#include "zoetrope/core/error.h"
#include "zoetrope/core/text_width.h"

namespace zoetrope::timeline {
namespace {

using nlohmann::json;

// Counts and measures while the parser works, so that nothing beyond the ceilings is ever built.
struct Ceilings {
  const std::string& name;
  const std::size_t max_values;
  std::size_t num_values = 0;

  bool operator()(int depth, json::parse_event_t event, const json&) {
    if (depth > kMaxJsonDepth) throw Error::input("{}: nested deeper than {} levels", name, kMaxJsonDepth);
    if (event == json::parse_event_t::object_end || event == json::parse_event_t::array_end) return true;
    if (++num_values > max_values) throw Error::input("{}: more than {} values", name, max_values);
    return true;
  }
};

// The place of a value, found by looking for it: views carry no path, as they are many and errors are few.
bool find_place(const json& from, const json* value, std::string& place) {
  if (&from == value) return true;
  const std::size_t length = place.size();
  if (from.is_array()) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      place += fmt::format("[{}]", i);
      if (find_place(from[i], value, place)) return true;
      place.resize(length);
    }
  } else if (from.is_object()) {
    for (const auto& [key, member] : from.get_ref<const json::object_t&>()) {
      place.append(place.empty() ? "" : ".").append(fit_width(key, kShownColumns));
      if (find_place(member, value, place)) return true;
      place.resize(length);
    }
  }
  return false;
}

}  // namespace

json parse_json(std::string_view text, const std::string& name, std::size_t max_values) {
  if (text.size() > kMaxFileBytes) throw Error::input("{}: larger than {} bytes", name, kMaxFileBytes);
  try {
    return json::parse(text.begin(), text.end(), Ceilings{name, max_values});
  } catch (const json::exception& error) {
    throw Error::input("{}: no JSON: {}", name, fit_width(error.what(), 4 * kShownColumns));
  }
}

std::optional<JsonView> JsonView::find(const char* key) const {
  const json::object_t& object = members();
  const auto entry = object.find(key);
  if (entry == object.end() || entry->second.is_null()) return std::nullopt;
  return JsonView(*this, entry->second);
}

JsonView JsonView::at(const char* key) const {
  const json::object_t& object = members();
  const auto entry = object.find(key);
  if (entry == object.end()) fail(fmt::format("\"{}\" is missing", key));
  return {*this, entry->second};
}

std::size_t JsonView::size() const {
  if (!value_->is_array()) fail("must be an array");
  return value_->size();
}

JsonView JsonView::operator[](std::size_t index) const {
  return {*this, (*value_)[index]};
}

const json::object_t& JsonView::members() const {
  if (!value_->is_object()) fail("must be an object");
  return value_->get_ref<const json::object_t&>();
}

double JsonView::number() const {
  if (!value_->is_number()) fail("must be a number");
  return value_->get<double>();
}

std::int64_t JsonView::integer() const {
  const bool fits = value_->is_number_integer() &&
                    (!value_->is_number_unsigned() ||
                     value_->get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
  if (!fits) fail("must be an integer");
  return value_->get<std::int64_t>();
}

std::string JsonView::text() const {
  if (!value_->is_string()) fail("must be a string");
  return value_->get<std::string>();
}

bool JsonView::truth() const {
  if (!value_->is_boolean()) fail("must be true or false");
  return value_->get<bool>();
}

void JsonView::fail(std::string_view what) const {
  std::string place;
  find_place(*document_, value_, place);
  if (place.empty()) throw Error::input("{}: {}", *name_, what);
  throw Error::input("{}: {}: {}", *name_, place, what);
}

}  // namespace zoetrope::timeline
