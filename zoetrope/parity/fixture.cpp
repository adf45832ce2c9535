#include "zoetrope/parity/fixture.h"

#include <charconv>
#include <cmath>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/timeline/json_input.h"

namespace zoetrope::parity {
namespace {

using timeline::JsonView;

constexpr std::size_t kMaxNameBytes = 4096;
// Beyond it, products of sizes are of no tensor; well below where they would overflow.
constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;

std::string read_name(const JsonView& value) {
  std::string name = value.text();
  if (name.empty() || name.size() > kMaxNameBytes) value.fail("must have between 1 and 4096 bytes");
  return name;
}

Shape read_shape(const JsonView& value) {
  if (value.size() > kMaxFixtureDimensions) {
    value.fail(fmt::format("more than {} dimensions", kMaxFixtureDimensions));
  }
  Shape shape;
  std::int64_t elements = 1;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::int64_t size = value[i].integer();
    if (size < 0 || size > kMaxElements) value[i].fail("is no size of a tensor");
    if (size > 0 && elements > kMaxElements / size) value.fail("is no shape of a tensor: too large");
    elements *= size;
    shape.push_back(size);
  }
  return shape;
}

double read_finite(const JsonView& value) {
  const double number = value.number();
  if (!std::isfinite(number)) value.fail("must be finite");
  return number;
}

std::vector<double> read_numbers(const JsonView& value) {
  std::vector<double> numbers;
  numbers.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) numbers.push_back(read_finite(value[i]));
  return numbers;
}

FixtureInput read_input(const JsonView& value) {
  FixtureInput input{.name = read_name(value.at("name")), .shape = read_shape(value.at("shape"))};
  if (num_elements(input.shape) > kMaxFixtureInputElements) {
    value.at("shape").fail(fmt::format("more than {} elements", kMaxFixtureInputElements));
  }
  if (const auto range = value.find("range")) {
    if (range->size() != 2) range->fail("must be [low, high]");
    input.low = read_finite((*range)[0]);
    input.high = read_finite((*range)[1]);
  }
  if (const auto values = value.find("values")) {
    input.values = read_numbers(*values);
    if (std::ssize(*input.values) != num_elements(input.shape)) values->fail("does not fill the shape");
    input.is_integer = true;
    for (const double number : *input.values) input.is_integer &= number == std::floor(number);
  }
  return input;
}

std::vector<Summary> read_summaries(const JsonView& document, const char* key) {
  std::vector<Summary> summaries;
  const auto table = document.find(key);
  if (!table) return summaries;
  for (const auto& [name, value] : table->members()) {
    summaries.push_back(read_summary(name, table->member(value)));
  }
  return summaries;
}

Override read_override(const JsonView& value) {
  if (value.size() != 2) value.fail("must be [name, how]");
  Override override{.name = read_name(value[0])};
  const std::string how = value[1].text();
  constexpr std::string_view kScalePrefix = "scale:";
  if (how == "zeros") {
    override.how = Override::How::kZeros;
  } else if (how == "ones") {
    override.how = Override::How::kOnes;
  } else if (how == "constructor") {
    override.how = Override::How::kConstructor;
  } else if (how.starts_with(kScalePrefix)) {
    override.how = Override::How::kScale;
    const char* end = how.data() + how.size();
    const auto [stop, error] = std::from_chars(how.data() + kScalePrefix.size(), end, override.scale);
    if (error != std::errc() || stop != end || !std::isfinite(override.scale)) {
      value[1].fail("must be 'scale:' and a number");
    }
  } else {
    value[1].fail("must be 'zeros', 'ones', 'constructor' or 'scale:' and a number");
  }
  return override;
}

std::vector<NamedShape> read_state_dict(const JsonView& value) {
  if (value.size() > kMaxFixtureTensors) value.fail(fmt::format("more than {} tensors", kMaxFixtureTensors));
  std::vector<NamedShape> tensors;
  std::set<std::string, std::less<>> names;
  std::int64_t elements = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i].size() != 2) value[i].fail("must be [name, shape]");
    tensors.push_back({read_name(value[i][0]), read_shape(value[i][1])});
    if (!names.insert(tensors.back().name).second) value[i][0].fail("is there twice");
    elements += num_elements(tensors.back().shape);
    if (elements > kMaxFixtureElements) {
      value.fail(fmt::format("more than {} elements in all", kMaxFixtureElements));
    }
  }
  return tensors;
}

// The authors' arguments as a configuration, so that our options can be read from them.
class ConfigReader {
 public:
  explicit ConfigReader(const std::string& name) : origin_{std::make_shared<const std::string>(name), 0} {}

  ConfigValue read(const nlohmann::json& value) const {
    switch (value.type()) {
      case nlohmann::json::value_t::boolean:
        return {value.get<bool>(), origin_};
      case nlohmann::json::value_t::number_integer:
      case nlohmann::json::value_t::number_unsigned:
        return {value.get<std::int64_t>(), origin_};
      case nlohmann::json::value_t::number_float:
        return {value.get<double>(), origin_};
      case nlohmann::json::value_t::string:
        return {value.get<std::string>(), origin_};
      case nlohmann::json::value_t::array: {
        ConfigList list;
        for (const nlohmann::json& item : value) {
          if (!item.is_null()) list.push_back(read(item));
        }
        return {std::move(list), origin_};
      }
      default: {
        ConfigTable table;
        for (const auto& [key, member] : value.items()) {
          if (!member.is_null()) table.push_back({key, read(member)});
        }
        return {std::move(table), origin_};
      }
    }
  }

 private:
  ConfigOrigin origin_;
};

}  // namespace

std::int64_t num_elements(const Shape& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) elements *= size;
  return elements;
}

Summary read_summary(const std::string& name, const JsonView& value) {
  Summary summary{.name = name, .shape = read_shape(value.at("shape"))};
  if (const auto exact = value.find("exact")) summary.exact = exact->truth();
  if (const auto stride = value.find("stride")) {
    summary.stride = stride->integer();
    if (summary.stride < 1) stride->fail("must be at least 1");
  }
  const JsonView values = value.at("values");
  summary.values = read_numbers(values);
  const std::int64_t elements = num_elements(summary.shape);
  const std::int64_t kept = elements / summary.stride + (elements % summary.stride != 0);
  if (std::ssize(summary.values) != kept) {
    values.fail(fmt::format("has {} values where shape and stride make {}", summary.values.size(), kept));
  }
  if (!summary.exact) {
    summary.mean = read_finite(value.at("mean"));
    summary.std = read_finite(value.at("std"));
    if (summary.std < 0) value.at("std").fail("must not be negative");
  }
  return summary;
}

Fixture parse_fixture(std::string_view text, const std::string& name) {
  const nlohmann::json json = timeline::parse_json(text, name, kMaxFixtureValues);
  const JsonView document(json, name);
  Fixture fixture{.path = name};
  fixture.model = read_name(document.at("model"));
  fixture.source = document.at("source").text();
  fixture.config = ConfigValue{ConfigTable{}};
  if (const auto config = document.find("config")) {
    static_cast<void>(config->members());  // an object, or an error that says so
    fixture.config = ConfigReader(name).read(json["config"]);
  }
  if (const auto overrides = document.find("overrides")) {
    for (std::size_t i = 0; i < overrides->size(); ++i) {
      fixture.overrides.push_back(read_override((*overrides)[i]));
    }
  }
  if (const auto state = document.find("state_dict")) fixture.state_dict = read_state_dict(*state);
  if (const auto parameters = document.find("parameters")) fixture.parameters = parameters->integer();
  if (const auto inputs = document.find("inputs")) {
    for (std::size_t i = 0; i < inputs->size(); ++i) fixture.inputs.push_back(read_input((*inputs)[i]));
  }
  fixture.outputs = read_summaries(document, "outputs");
  fixture.stages = read_summaries(document, "stages");
  fixture.grads = read_summaries(document, "grads");
  if (const auto tolerance = document.find("tolerance")) {
    fixture.tolerance = read_finite(*tolerance);
    if (fixture.tolerance < 0) tolerance->fail("must not be negative");
  }
  if (const auto notes = document.find("notes")) {
    for (std::size_t i = 0; i < notes->size(); ++i) fixture.notes.push_back((*notes)[i].text());
  }
  return fixture;
}

Fixture read_fixture(const std::filesystem::path& path) {
  return parse_fixture(read_text_file(path, kMaxFixtureBytes), path.string());
}

}  // namespace zoetrope::parity
