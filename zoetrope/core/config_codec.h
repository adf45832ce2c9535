#pragma once
// How config.h reads and writes each type of member. Included by config.h; a new type of member is one more
// specialisation of ConfigCodec:
//   Scalar   the type that limits speak of (the element's, for a list)
//   type()   its name in listings
//   read     sets the value or throws Error (kUsage); `path` is the value's place, for the message
//   write    the value, or nullopt where there is none
//   keys     the keys of the structs within it, for listings; inherited where it holds none

#include "zoetrope/core/config.h"

namespace zoetrope {
namespace config_detail {

/// Throws Error (kUsage): "recipe.toml:4: 'optimizer.lr': expected EXPECTED, found FOUND".
[[noreturn]] void fail_expected(const ConfigValue& value, const std::string& path,
                                const std::string& expected);

[[nodiscard]] bool read_bool(const ConfigValue& value, const std::string& path);
/// An integer within both the limits and [low, high], the range of the member's type.
[[nodiscard]] std::int64_t read_integer(const ConfigValue& value, const std::string& path,
                                        const ConfigLimits& limits, std::int64_t low, std::int64_t high);
/// A number; NaN is none.
[[nodiscard]] double read_number(const ConfigValue& value, const std::string& path,
                                 const ConfigLimits& limits);
[[nodiscard]] std::string read_string(const ConfigValue& value, const std::string& path,
                                      const ConfigLimits& limits);
/// The index of the name that the value is.
[[nodiscard]] std::size_t read_choice(const ConfigValue& value, const std::string& path,
                                      const std::vector<std::string>& names);
[[nodiscard]] const ConfigList& read_list(const ConfigValue& value, const std::string& path);
[[nodiscard]] const ConfigTable& read_table(const ConfigValue& value, const std::string& path);
[[nodiscard]] std::string element_path(const std::string& path, std::size_t index);
[[nodiscard]] std::string member_path(const std::string& path, const std::string& key);
/// "step | cosine"
[[nodiscard]] std::string join_names(const std::vector<std::string>& names);
/// The number whose shortest text is the float's: 0.1f is written 0.1, not 0.10000000149011612.
[[nodiscard]] double widen(float number);

/// make_field, the same for every type: binds a member to its codec.
template <typename T>
struct Bind {
  static ConfigField make_field(std::string name, T& member, std::string help) {
    using Codec = ConfigCodec<T>;
    ConfigField field;
    field.name = std::move(name);
    field.help = std::move(help);
    field.type = Codec::type();
    field.read = [&member](const ConfigValue& value, const std::string& path, const ConfigLimits& limits) {
      Codec::read(value, path, limits, member);
    };
    field.write = [&member] { return Codec::write(member); };
    if constexpr (ConfigStruct<T>) field.members = [&member] { return fields_of(member); };
    field.keys = [&member](const std::string& path) { return Codec::keys(member, path); };
    return field;
  }
  /// The keys of the structs within a value; a type that holds none has none.
  static std::vector<ConfigKey> keys(const T&, const std::string&) { return {}; }
};

}  // namespace config_detail

template <>
struct ConfigCodec<bool> : config_detail::Bind<bool> {
  using Scalar = bool;
  static std::string type() { return "boolean"; }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits&, bool& out) {
    out = config_detail::read_bool(value, path);
  }
  static std::optional<ConfigValue> write(bool value) { return ConfigValue{value}; }
};

template <std::integral T>
struct ConfigCodec<T> : config_detail::Bind<T> {
  using Scalar = T;
  static std::string type() { return "integer"; }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits& limits, T& out) {
    constexpr std::int64_t kLow =
        std::is_signed_v<T> ? static_cast<std::int64_t>(std::numeric_limits<T>::min()) : 0;
    constexpr std::int64_t kHigh = std::in_range<std::int64_t>(std::numeric_limits<T>::max())
                                       ? static_cast<std::int64_t>(std::numeric_limits<T>::max())
                                       : std::numeric_limits<std::int64_t>::max();
    out = static_cast<T>(config_detail::read_integer(value, path, limits, kLow, kHigh));
  }
  static std::optional<ConfigValue> write(T value) { return ConfigValue{static_cast<std::int64_t>(value)}; }
};

template <std::floating_point T>
struct ConfigCodec<T> : config_detail::Bind<T> {
  using Scalar = T;
  static std::string type() { return "number"; }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits& limits, T& out) {
    out = static_cast<T>(config_detail::read_number(value, path, limits));
  }
  static std::optional<ConfigValue> write(T value) {
    if constexpr (std::same_as<T, float>) return ConfigValue{config_detail::widen(value)};
    return ConfigValue{static_cast<double>(value)};
  }
};

template <>
struct ConfigCodec<std::string> : config_detail::Bind<std::string> {
  using Scalar = std::string;
  static std::string type() { return "string"; }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits& limits,
                   std::string& out) {
    out = config_detail::read_string(value, path, limits);
  }
  static std::optional<ConfigValue> write(const std::string& value) { return ConfigValue{value}; }
};

template <>
struct ConfigCodec<std::filesystem::path> : config_detail::Bind<std::filesystem::path> {
  using Scalar = std::filesystem::path;
  static std::string type() { return "path"; }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits& limits,
                   std::filesystem::path& out) {
    out = config_detail::read_string(value, path, limits);
  }
  static std::optional<ConfigValue> write(const std::filesystem::path& value) {
    return ConfigValue{value.string()};
  }
};

/// A table whose keys are another's to know: the options of a model, of which only that model can say what
/// fits.
template <>
struct ConfigCodec<ConfigTable> : config_detail::Bind<ConfigTable> {
  using Scalar = ConfigTable;
  static std::string type() { return "table"; }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits&, ConfigTable& out) {
    out = config_detail::read_table(value, path);
  }
  static std::optional<ConfigValue> write(const ConfigTable& value) { return ConfigValue{value}; }
};

template <typename T>
requires std::is_enum_v<T>
struct ConfigCodec<T> : config_detail::Bind<T> {
  using Scalar = T;
  static std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& [name, unused] : config_names(T{})) names.push_back(name);
    return names;
  }
  static std::string type() { return config_detail::join_names(names()); }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits&, T& out) {
    out = config_names(T{})[config_detail::read_choice(value, path, names())].second;
  }
  static std::optional<ConfigValue> write(T value) {
    for (const auto& [name, named] : config_names(value)) {
      if (named == value) return ConfigValue{name};
    }
    return std::nullopt;
  }
};

template <ConfigStruct T>
struct ConfigCodec<T> : config_detail::Bind<T> {
  using Scalar = T;
  static std::string type() { return "table"; }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits&, T& out) {
    read_fields(value, path, fields_of(out));
  }
  static std::optional<ConfigValue> write(const T& value) {
    T copy = value;  // `describe` takes what it may also set
    return write_fields(fields_of(copy));
  }
  static std::vector<ConfigKey> keys(const T& value, const std::string& path) {
    T copy = value;
    return list_keys(fields_of(copy), path);
  }
};

template <typename T>
struct ConfigCodec<std::optional<T>> : config_detail::Bind<std::optional<T>> {
  using Scalar = typename ConfigCodec<T>::Scalar;
  static std::string type() { return ConfigCodec<T>::type(); }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits& limits,
                   std::optional<T>& out) {
    T read = out.value_or(T{});
    ConfigCodec<T>::read(value, path, limits, read);
    out = std::move(read);
  }
  static std::optional<ConfigValue> write(const std::optional<T>& value) {
    return value ? ConfigCodec<T>::write(*value) : std::nullopt;
  }
  static std::vector<ConfigKey> keys(const std::optional<T>& value, const std::string& path) {
    return ConfigCodec<T>::keys(value.value_or(T{}), path);
  }
};

template <typename T>
struct ConfigCodec<std::vector<T>> : config_detail::Bind<std::vector<T>> {
  using Scalar = typename ConfigCodec<T>::Scalar;
  static std::string type() { return "list of " + ConfigCodec<T>::type(); }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits& limits,
                   std::vector<T>& out) {
    std::vector<T> read;
    for (const ConfigValue& element : config_detail::read_list(value, path)) {
      T item{};
      ConfigCodec<T>::read(element, config_detail::element_path(path, read.size()), limits, item);
      read.push_back(std::move(item));
    }
    out = std::move(read);
  }
  static std::optional<ConfigValue> write(const std::vector<T>& value) {
    ConfigList list;
    for (const T& item : value) {
      if (std::optional<ConfigValue> written = ConfigCodec<T>::write(item))
        list.push_back(std::move(*written));
    }
    return ConfigValue{std::move(list)};
  }
  static std::vector<ConfigKey> keys(const std::vector<T>&, const std::string& path) {
    return ConfigCodec<T>::keys(T{}, path + "[]");
  }
};

template <typename T, std::size_t N>
struct ConfigCodec<std::array<T, N>> : config_detail::Bind<std::array<T, N>> {
  using Scalar = typename ConfigCodec<T>::Scalar;
  static std::string type() { return "list of " + std::to_string(N) + " x " + ConfigCodec<T>::type(); }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits& limits,
                   std::array<T, N>& out) {
    const ConfigList& list = config_detail::read_list(value, path);
    if (list.size() != N)
      config_detail::fail_expected(value, path, "a list of " + std::to_string(N) + " values");
    std::array<T, N> read{};
    for (std::size_t i = 0; i < N; ++i)
      ConfigCodec<T>::read(list[i], config_detail::element_path(path, i), limits, read[i]);
    out = std::move(read);
  }
  static std::optional<ConfigValue> write(const std::array<T, N>& value) {
    ConfigList list;
    for (const T& item : value) {
      if (std::optional<ConfigValue> written = ConfigCodec<T>::write(item))
        list.push_back(std::move(*written));
    }
    return ConfigValue{std::move(list)};
  }
  static std::vector<ConfigKey> keys(const std::array<T, N>&, const std::string& path) {
    return ConfigCodec<T>::keys(T{}, path + "[]");
  }
};

template <typename T>
struct ConfigCodec<std::map<std::string, T>> : config_detail::Bind<std::map<std::string, T>> {
  using Scalar = typename ConfigCodec<T>::Scalar;
  static std::string type() { return "table of " + ConfigCodec<T>::type(); }
  static void read(const ConfigValue& value, const std::string& path, const ConfigLimits& limits,
                   std::map<std::string, T>& out) {
    std::map<std::string, T> read;
    for (const ConfigEntry& entry : config_detail::read_table(value, path)) {
      ConfigCodec<T>::read(entry.value, config_detail::member_path(path, entry.key), limits, read[entry.key]);
    }
    out = std::move(read);
  }
  static std::optional<ConfigValue> write(const std::map<std::string, T>& value) {
    ConfigTable table;
    for (const auto& [key, item] : value) {
      if (std::optional<ConfigValue> written = ConfigCodec<T>::write(item))
        table.push_back({key, std::move(*written)});
    }
    return ConfigValue{std::move(table)};
  }
  static std::vector<ConfigKey> keys(const std::map<std::string, T>&, const std::string& path) {
    return ConfigCodec<T>::keys(T{}, path + ".NAME");
  }
};

}  // namespace zoetrope
