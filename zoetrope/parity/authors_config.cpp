#include "zoetrope/parity/authors_config.h"

#include <variant>

#include "zoetrope/core/error.h"

namespace zoetrope::parity {
namespace {

const double* as_number(const ConfigValue& value, double& place) {
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
    place = static_cast<double>(*integer);
    return &place;
  }
  return std::get_if<double>(&value.data);
}

}  // namespace

AuthorsConfig::AuthorsConfig(const Fixture& fixture) : fixture_(fixture) {
  flatten(std::get<ConfigTable>(fixture.config.data), "");
}

void AuthorsConfig::flatten(const ConfigTable& table, const std::string& prefix) {
  for (const auto& [key, value] : table) {
    const auto* inner = std::get_if<ConfigTable>(&value.data);
    if (!inner)
      values_[prefix + key] = &value;
    else
      flatten(*inner, prefix.empty() && key == "cfg" ? "" : prefix + key + ".");
  }
}

void AuthorsConfig::refuse(const std::string& key, const std::string& why) const {
  throw Error::usage("{}: config: '{}': {}", fixture_.path, key, why);
}

const ConfigValue* AuthorsConfig::take(const std::string& key) {
  taken_.insert(key);
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : found->second;
}

std::int64_t AuthorsConfig::integer(const std::string& key, std::int64_t otherwise) {
  const ConfigValue* value = take(key);
  if (!value) return otherwise;
  if (const auto* held = std::get_if<std::int64_t>(&value->data)) return *held;
  refuse(key, "expected an integer");
}

double AuthorsConfig::number(const std::string& key, double otherwise) {
  const ConfigValue* value = take(key);
  if (!value) return otherwise;
  double place = 0;
  if (const double* held = as_number(*value, place)) return *held;
  refuse(key, "expected a number");
}

bool AuthorsConfig::truth(const std::string& key, bool otherwise) {
  const ConfigValue* value = take(key);
  if (!value) return otherwise;
  if (const auto* held = std::get_if<bool>(&value->data)) return *held;
  refuse(key, "expected true or false");
}

std::string AuthorsConfig::text(const std::string& key, const std::string& otherwise) {
  const ConfigValue* value = take(key);
  if (!value) return otherwise;
  if (const auto* held = std::get_if<std::string>(&value->data)) return *held;
  refuse(key, "expected a string");
}

std::vector<std::int64_t> AuthorsConfig::integers(const std::string& key,
                                                  std::vector<std::int64_t> otherwise) {
  const ConfigValue* value = take(key);
  if (!value) return otherwise;
  const auto* list = std::get_if<ConfigList>(&value->data);
  if (!list) refuse(key, "expected a list of integers");
  std::vector<std::int64_t> integers;
  for (const ConfigValue& item : *list) {
    const auto* held = std::get_if<std::int64_t>(&item.data);
    if (!held) refuse(key, "expected a list of integers");
    integers.push_back(*held);
  }
  return integers;
}

std::vector<double> AuthorsConfig::numbers(const std::string& key, std::vector<double> otherwise) {
  const ConfigValue* value = take(key);
  if (!value) return otherwise;
  const auto* list = std::get_if<ConfigList>(&value->data);
  if (!list) refuse(key, "expected a list of numbers");
  std::vector<double> numbers;
  for (const ConfigValue& item : *list) {
    double place = 0;
    const double* held = as_number(item, place);
    if (!held) refuse(key, "expected a list of numbers");
    numbers.push_back(*held);
  }
  return numbers;
}

std::vector<std::vector<double>> AuthorsConfig::rows(const std::string& key,
                                                     std::vector<std::vector<double>> otherwise) {
  const ConfigValue* value = take(key);
  if (!value) return otherwise;
  const auto* list = std::get_if<ConfigList>(&value->data);
  if (!list) refuse(key, "expected a list of lists of numbers");
  std::vector<std::vector<double>> rows;
  for (const ConfigValue& item : *list) {
    const auto* row = std::get_if<ConfigList>(&item.data);
    if (!row) refuse(key, "expected a list of lists of numbers");
    rows.emplace_back();
    for (const ConfigValue& number : *row) {
      double place = 0;
      const double* held = as_number(number, place);
      if (!held) refuse(key, "expected a list of lists of numbers");
      rows.back().push_back(*held);
    }
  }
  return rows;
}

void AuthorsConfig::require(const std::string& key, const std::string& only) {
  const std::string found = text(key, only);
  if (found != only) refuse(key, fmt::format("'{}' is not offered here, only '{}'", found, only));
}

void AuthorsConfig::require(const std::string& key, bool only) {
  if (truth(key, only) != only) refuse(key, fmt::format("only {} is offered here", only));
}

void AuthorsConfig::ignore(const std::string& prefix) {
  for (const auto& [key, value] : values_) {
    if (key.starts_with(prefix)) taken_.insert(key);
  }
}

void AuthorsConfig::finish() const {
  for (const auto& [key, value] : values_) {
    if (!taken_.contains(key))
      refuse(key, fmt::format("'{}' of {} has no such setting here", fixture_.model, fixture_.source));
  }
}

}  // namespace zoetrope::parity
