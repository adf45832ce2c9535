#pragma once
// Files written byte by byte, as no honest program would write them: pickles, zip archives, checkpoints.

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace zoetrope::test {

inline std::string read_bytes(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::filesystem::remove(path);  // shortening a file in place makes some file systems wait for the disk
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// A number's bytes, little-endian.
template <typename T>
std::string le(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// The parts of a pickle, each as its bytes: kProto2 + global("os", "system") + tuple1(text("id")) + "R.".
inline const std::string kProto2("\x80\x02", 2);
inline const std::string kProto4("\x80\x04", 2);

inline std::string text(std::string_view value) {
  return "X" + le(static_cast<std::uint32_t>(value.size())) + std::string(value);
}
inline std::string integer(std::int64_t value) {
  return "\x8a\x08" + le(value);
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string bytes = "(";
  for (const std::string& item : items) bytes += item;
  return bytes + "t";
}
inline std::string integers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  for (const std::int64_t value : values) items.push_back(integer(value));
  return tuple(items);
}
/// A dictionary of one entry.
inline std::string dict(const std::string& key, const std::string& value) {
  return "}" + text(key) + value + "s";
}
inline std::string storage(const std::string& key, std::int64_t elements,
                           const std::string& type = "FloatStorage") {
  return tuple({text("storage"), global("torch", type), text(key), text("cpu"), integer(elements)}) + "Q";
}
/// torch's way to rebuild a tensor of storage `key`.
inline std::string tensor(const std::string& key, std::int64_t elements, std::int64_t offset,
                          const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides,
                          const std::string& type = "FloatStorage") {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple({storage(key, elements, type), integer(offset), integers(shape), integers(strides), "\x89",
                "N"}) +
         "R";
}

/// An entry of a zip archive; what differs from an honest one is set by hand.
struct ZipFileEntry {
  std::string name;
  std::string data;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::int64_t claimed_size = -1;    ///< in the directory; -1: the true one
  std::int64_t claimed_packed = -1;  ///< the same, of the packed bytes
  std::int64_t claimed_header = -1;  ///< where the directory says that it begins; -1: the truth
  std::string local_name = {};       ///< empty: `name`
};

/// A zip archive without ZIP64 records.
inline std::string zip(const std::vector<ZipFileEntry>& entries) {
  std::string file;
  std::string directory;
  const auto or_true = [](std::int64_t claimed, std::uint64_t truth) {
    return static_cast<std::uint32_t>(claimed < 0 ? truth : static_cast<std::uint64_t>(claimed));
  };
  for (const ZipFileEntry& entry : entries) {
    const std::uint32_t header = or_true(entry.claimed_header, file.size());
    const std::uint32_t size = or_true(entry.claimed_size, entry.data.size());
    const std::uint32_t packed = or_true(entry.claimed_packed, size);
    const std::string local_name = entry.local_name.empty() ? entry.name : entry.local_name;
    const std::string common = le(entry.flags) + le(entry.method) + std::string(4, '\0') +
                               std::string(4, '\0') + le(packed) + le(size);
    file += "PK\x03\x04" + le(std::uint16_t{20}) + common +
            le(static_cast<std::uint16_t>(local_name.size())) + le(std::uint16_t{0}) + local_name +
            entry.data;
    directory += "PK\x01\x02" + le(std::uint16_t{20}) + le(std::uint16_t{20}) + common +
                 le(static_cast<std::uint16_t>(entry.name.size())) + std::string(12, '\0') + le(header) +
                 entry.name;
  }
  const auto count = static_cast<std::uint16_t>(entries.size());
  return file + directory + std::string("PK\x05\x06\0\0\0\0", 8) + le(count) + le(count) +
         le(static_cast<std::uint32_t>(directory.size())) + le(static_cast<std::uint32_t>(file.size())) +
         le(std::uint16_t{0});
}

/// A checkpoint whose data.pkl is `pickle` and whose storage "0" holds `floats` zeros.
inline std::string checkpoint_zip(const std::string& pickle, std::size_t floats = 6) {
  return zip(
      {{.name = "a/data.pkl", .data = pickle}, {.name = "a/data/0", .data = std::string(floats * 4, '\0')}});
}

/// The older stream around `pickle`, with the same storage.
inline std::string checkpoint_stream(const std::string& pickle, std::size_t floats = 6) {
  const std::string magic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
  const std::string keys = pickle.find("storage") == std::string::npos ? "]" : "]" + text("0") + "a";
  return kProto2 + magic + kProto2 + integer(1001) + "." + kProto2 + dict("little_endian", "\x88") + "." +
         pickle + kProto2 + keys + "." + le(static_cast<std::uint64_t>(floats)) +
         std::string(floats * 4, '\0');
}

}  // namespace zoetrope::test
