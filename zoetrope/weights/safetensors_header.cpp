#include "zoetrope/weights/safetensors_header.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::weights {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMetadataKey = "__metadata__";
constexpr std::size_t kMaxQuotedBytes = 80;

constexpr std::array<std::pair<std::string_view, torch::ScalarType>, 10> kDtypes = {{
    {"F64", torch::kFloat64},
    {"F32", torch::kFloat32},
    {"F16", torch::kFloat16},
    {"BF16", torch::kBFloat16},
    {"I64", torch::kInt64},
    {"I32", torch::kInt32},
    {"I16", torch::kInt16},
    {"I8", torch::kInt8},
    {"U8", torch::kUInt8},
    {"BOOL", torch::kBool},
}};

std::string dtype_names() {
  std::string names;
  for (const auto& [name, dtype] : kDtypes) names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  return names;
}

// Receives the JSON text token by token, so that neither depth nor size of a hostile text builds anything up:
// the only places that exist are those of the format, and everything else is refused where it begins.
class HeaderReader : public Json::json_sax_t {
 public:
  HeaderReader(SafetensorsHeader& header, const std::string& path) : header_(header), path_(path) {}

  bool start_object(std::size_t) override {
    if (place_ == Place::kOutside) return enter(Place::kTop);
    if (place_ != Place::kTop) refuse_value();
    if (key_ == kMetadataKey) return enter(Place::kMetadata);
    if (header_.entries.size() == kMaxSafetensorsTensors)
      refuse("it lists more than {} tensors", kMaxSafetensorsTensors);
    header_.entries.push_back({.name = key_});
    seen_ = {};
    return enter(Place::kTensor);
  }

  bool key(std::string& name) override {
    // A metadata key is bounded by the header; a tensor's name also by its own ceiling.
    if (place_ == Place::kTop) {
      if (name.size() > kMaxSafetensorsNameBytes) {
        refuse("the name {} is longer than {} bytes", quoted_name(name), kMaxSafetensorsNameBytes);
      }
      if (!names_.insert(name).second) refuse("the name {} stands twice", quoted_name(name));
    }
    if (place_ == Place::kTensor) mark_seen(name);
    key_ = name;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kTop) return enter(Place::kOutside);
    if (place_ == Place::kTensor && seen_ != std::array{true, true, true}) {
      refuse("tensor {} lacks its dtype, shape or data_offsets", quoted_name(header_.entries.back().name));
    }
    return enter(Place::kTop);
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::kTensor && key_ == "shape") return enter(Place::kShape);
    if (place_ == Place::kTensor && key_ == "data_offsets") return enter(Place::kOffsets);
    refuse_value();
  }

  bool end_array() override {
    if (place_ == Place::kOffsets) {
      TensorEntry& entry = header_.entries.back();
      if (offsets_.size() != 2)
        refuse("tensor {}: data_offsets must be two numbers", quoted_name(entry.name));
      entry.begin = offsets_[0];
      entry.end = offsets_[1];
      offsets_.clear();
    }
    return enter(Place::kTensor);
  }

  bool number_unsigned(std::uint64_t value) override {
    TensorEntry* entry = header_.entries.empty() ? nullptr : &header_.entries.back();
    if (place_ == Place::kOffsets) {
      if (offsets_.size() == 2)
        refuse("tensor {}: data_offsets must be two numbers", quoted_name(entry->name));
      offsets_.push_back(value);
      return true;
    }
    if (place_ != Place::kShape || value > std::numeric_limits<std::int64_t>::max()) refuse_value();
    if (entry->shape.size() == kMaxSafetensorsDimensions) {
      refuse("tensor {} has more than {} dimensions", quoted_name(entry->name), kMaxSafetensorsDimensions);
    }
    entry->shape.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool string(std::string& value) override {
    if (place_ == Place::kMetadata) {
      if (!header_.metadata.emplace(key_, value).second)
        refuse("the metadata key {} stands twice", quoted_name(key_));
      return true;
    }
    if (place_ != Place::kTensor || key_ != "dtype") refuse_value();
    const auto* known =
        std::find_if(kDtypes.begin(), kDtypes.end(), [&](const auto& d) { return d.first == value; });
    if (known == kDtypes.end()) {
      refuse("tensor {} has dtype {}; known are {}", quoted_name(header_.entries.back().name),
             quoted_name(value), dtype_names());
    }
    header_.entries.back().dtype = known->second;
    return true;
  }

  bool null() override { refuse_value(); }
  bool boolean(bool) override { refuse_value(); }
  bool number_integer(std::int64_t) override { refuse_value(); }
  bool number_float(double, const std::string&) override { refuse_value(); }
  bool binary(Json::binary_t&) override { refuse_value(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    refuse("it is no JSON in UTF-8 (byte {})", position);
  }

 private:
  enum class Place { kOutside, kTop, kMetadata, kTensor, kShape, kOffsets };

  bool enter(Place place) {
    place_ = place;
    return true;
  }

  void mark_seen(const std::string& key) {
    constexpr std::array<std::string_view, 3> kKeys = {"dtype", "shape", "data_offsets"};
    const auto* known = std::find(kKeys.begin(), kKeys.end(), key);
    const std::string& name = header_.entries.back().name;
    if (known == kKeys.end()) refuse("tensor {} has an unknown key {}", quoted_name(name), quoted_name(key));
    bool& seen = seen_[static_cast<std::size_t>(known - kKeys.begin())];
    if (seen) refuse("tensor {} has the key {} twice", quoted_name(name), quoted_name(key));
    seen = true;
  }

  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    throw Error::model("{}: safetensors header refused: {}", path_,
                       fmt::format(format, std::forward<Args>(args)...));
  }
  [[noreturn]] void refuse_value() const {
    refuse("the value of {} is not what the format has there", quoted_name(key_));
  }

  SafetensorsHeader& header_;
  const std::string& path_;
  Place place_ = Place::kOutside;
  std::string key_;
  std::array<bool, 3> seen_ = {};
  std::vector<std::uint64_t> offsets_;
  std::unordered_set<std::string> names_;
};

// The bytes that the shape takes, or nullopt where they, or a stride of the tensor, would not fit 63 bits.
// Zeros are left out of that test's product: strides multiply the other dimensions even where the tensor is
// empty.
std::optional<std::uint64_t> shape_bytes(const TensorEntry& entry) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t bytes = c10::elementSize(entry.dtype);
  bool empty = false;
  for (const std::int64_t size : entry.shape) {
    empty = empty || size == 0;
    const std::uint64_t factor = std::max<std::uint64_t>(static_cast<std::uint64_t>(size), 1);
    if (bytes > kMax / factor) return std::nullopt;
    bytes *= factor;
  }
  return empty ? 0 : bytes;
}

void check_layout(const std::vector<TensorEntry>& entries, std::uint64_t data_bytes,
                  const std::string& path) {
  for (const TensorEntry& entry : entries) {
    const std::optional<std::uint64_t> bytes = shape_bytes(entry);
    if (!bytes) throw Error::model("{}: tensor {}: its shape is too large", path, quoted_name(entry.name));
    if (entry.begin > entry.end || entry.end > data_bytes) {
      throw Error::model("{}: tensor {}: bytes [{}, {}) are not within the file's {}; is the file whole?",
                         path, quoted_name(entry.name), entry.begin, entry.end, data_bytes);
    }
    if (entry.end - entry.begin != *bytes) {
      throw Error::model("{}: tensor {}: its shape takes {} bytes, its data_offsets give {}", path,
                         quoted_name(entry.name), *bytes, entry.end - entry.begin);
    }
  }
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(entries[a].begin, entries[a].end) < std::pair(entries[b].begin, entries[b].end);
  });
  std::uint64_t position = 0;
  for (const std::size_t i : order) {
    if (entries[i].begin != position) {
      throw Error::model("{}: tensor {}: its bytes {} those before it", path, quoted_name(entries[i].name),
                         entries[i].begin < position ? "overlap" : "leave a gap after");
    }
    position = entries[i].end;
  }
  if (position != data_bytes) {
    throw Error::model("{}: {} bytes after the last tensor belong to none", path, data_bytes - position);
  }
}

std::string json_string(const std::string& text) {
  try {
    return Json(text).dump();
  } catch (const Json::exception&) {
    throw Error::usage("{}: a safetensors file takes names and metadata in UTF-8 only", quoted_name(text));
  }
}

}  // namespace

std::string quoted_name(std::string_view name) {
  const bool cut = name.size() > kMaxQuotedBytes;
  return Json(name.substr(0, kMaxQuotedBytes)).dump(-1, ' ', true, Json::error_handler_t::replace) +
         (cut ? "..." : "");
}

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           const std::string& path) {
  if (text.empty() || text.front() != '{')
    throw Error::model("{}: no safetensors file: its header is no JSON", path);
  SafetensorsHeader header;
  HeaderReader reader(header, path);
  Json::sax_parse(text.begin(), text.end(), &reader);
  check_layout(header.entries, data_bytes, path);
  return header;
}

std::string format_safetensors_header(const SafetensorsHeader& header) {
  std::string text = "{";
  if (!header.metadata.empty()) {
    text += fmt::format("\"{}\":{{", kMetadataKey);
    for (const auto& [key, value] : header.metadata)
      text += fmt::format("{}:{},", json_string(key), json_string(value));
    text.back() = '}';
    text += ',';
  }
  for (const TensorEntry& entry : header.entries) {
    const auto* dtype =
        std::find_if(kDtypes.begin(), kDtypes.end(), [&](const auto& d) { return d.second == entry.dtype; });
    if (dtype == kDtypes.end()) {
      throw Error::usage("tensor {} has dtype {}; a safetensors file takes {}", quoted_name(entry.name),
                         c10::toString(entry.dtype), dtype_names());
    }
    text += fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}},",
                        json_string(entry.name), dtype->first, fmt::join(entry.shape, ","), entry.begin,
                        entry.end);
  }
  if (text.size() > 1) text.pop_back();
  text += '}';
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace zoetrope::weights
