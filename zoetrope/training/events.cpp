#include "zoetrope/training/events.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <string>

#include "zoetrope/core/error.h"

namespace zoetrope::training {
namespace {

// Protocol Buffers' wire format: a key of field number and type, then the value.
enum class WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void append_key(std::string& out, int field, WireType type) {
  append_varint(out, static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(type));
}

template <typename T>
void append_raw(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

void append_bytes(std::string& out, int field, std::string_view bytes) {
  append_key(out, field, WireType::kBytes);
  append_varint(out, bytes.size());
  out += bytes;
}

std::string event_of_now() {
  std::string event;
  append_key(event, 1, WireType::kFixed64);  // wall_time
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  append_raw(event, std::chrono::duration<double>(now).count());
  return event;
}

std::uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xa282ead8U;
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<std::uint8_t>(byte)) & 0xff];
  return ~crc;
}

EventWriter::EventWriter(const std::filesystem::path& folder) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  path_ =
      folder / fmt::format("events.out.tfevents.{}.{:03}.zoetrope", milliseconds / 1000, milliseconds % 1000);
  file_.open(path_, std::ios::binary);
  std::string event = event_of_now();
  append_bytes(event, 3, "brain.Event:2");  // file_version
  write_record(event);
}

void EventWriter::scalar(std::string_view tag, std::int64_t step, double value) {
  std::string summary_value;
  append_bytes(summary_value, 1, tag);
  append_key(summary_value, 2, WireType::kFixed32);  // simple_value
  append_raw(summary_value, static_cast<float>(value));
  std::string summary;
  append_bytes(summary, 1, summary_value);
  std::string event = event_of_now();
  append_key(event, 2, WireType::kVarint);  // step
  append_varint(event, static_cast<std::uint64_t>(step));
  append_bytes(event, 5, summary);
  write_record(event);
}

void EventWriter::write_record(std::string_view bytes) {
  std::string record;
  append_raw(record, static_cast<std::uint64_t>(bytes.size()));
  append_raw(record, masked_crc(record));
  record += bytes;
  append_raw(record, masked_crc(bytes));
  file_.write(record.data(), static_cast<std::streamsize>(record.size()));
  file_.flush();
  if (!file_) throw Error::failed("{}: cannot be written", path_.string());
}

}  // namespace zoetrope::training
