#pragma once
// Scalars as TensorBoard reads them: a file of records (TFRecord), each an Event message of TensorFlow's event.proto.
//
//   training::EventWriter events("runs/gestures/first");
//   events.scalar("train/loss", step, 0.7);

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace zoetrope::training {

class EventWriter {
 public:
  /// Begins a file of its own in the folder, "events.out.tfevents.TIME.zoetrope"; TensorBoard reads all of a folder's
  /// as one. Throws Error (kFailed) where that cannot be.
  explicit EventWriter(const std::filesystem::path& folder);

  /// Each value is on the disk when the call returns.
  void scalar(std::string_view tag, std::int64_t step, double value);

 private:
  void write_record(std::string_view bytes);

  std::filesystem::path path_;
  std::ofstream file_;
};

/// CRC-32C (Castagnoli), as records carry it.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace zoetrope::training
