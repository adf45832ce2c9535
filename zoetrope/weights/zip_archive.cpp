#include "zoetrope/weights/zip_archive.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "zoetrope/core/error.h"
#include "zoetrope/weights/safetensors_header.h"

namespace zoetrope::weights {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kEnd64LocatorSignature = 0x07064b50;
constexpr std::uint64_t kLocalBytes = 30;
constexpr std::uint64_t kCentralBytes = 46;
constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kEnd64Bytes = 56;
constexpr std::uint64_t kEnd64LocatorBytes = 20;
constexpr std::uint16_t kZip64Extra = 0x0001;
constexpr std::uint16_t kEncryptedFlag = 0x0001;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // stands for "see the ZIP64 field"

// The file as little-endian fields. Every access is checked against the file's end.
class Fields {
 public:
  explicit Fields(const MappedFile& file) : file_(file) {}

  template <typename T>
  [[nodiscard]] T at(std::uint64_t position) const {
    T value = 0;
    std::memcpy(&value, text(position, sizeof(T)).data(), sizeof(T));
    return value;
  }
  [[nodiscard]] std::string_view text(std::uint64_t position, std::uint64_t size) const {
    if (position > file_.size() || size > file_.size() - position)
      refuse("a record reaches beyond the file; is it whole?");
    return file_.bytes().substr(position, size);
  }
  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    throw Error::model("{}: zip archive refused: {}", file_.path(),
                       fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  const MappedFile& file_;
};

struct Directory {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint64_t count = 0;
};

// The ZIP64 end record's word on the directory, where there is one.
std::optional<Directory> find_directory64(const Fields& fields, std::uint64_t end) {
  if (end < kEnd64LocatorBytes + kEnd64Bytes) return std::nullopt;
  const std::uint64_t locator = end - kEnd64LocatorBytes;
  if (fields.at<std::uint32_t>(locator) != kEnd64LocatorSignature) return std::nullopt;
  const std::uint64_t record = fields.at<std::uint64_t>(locator + 8);
  if (record != locator - kEnd64Bytes || fields.at<std::uint32_t>(record) != kEnd64Signature) {
    fields.refuse("its ZIP64 end record is not where it must be");
  }
  return Directory{.begin = fields.at<std::uint64_t>(record + 48),
                   .size = fields.at<std::uint64_t>(record + 40),
                   .count = fields.at<std::uint64_t>(record + 32)};
}

Directory find_directory(const Fields& fields, std::uint64_t file_size) {
  if (file_size < kEndBytes || fields.at<std::uint32_t>(file_size - kEndBytes) != kEndSignature) {
    fields.refuse("it does not end as torch.save ends a file; is it whole?");
  }
  const std::uint64_t end = file_size - kEndBytes;
  const Directory plain{.begin = fields.at<std::uint32_t>(end + 16),
                        .size = fields.at<std::uint32_t>(end + 12),
                        .count = fields.at<std::uint16_t>(end + 10)};
  const Directory directory = find_directory64(fields, end).value_or(plain);
  if (directory.begin > end || directory.size > end - directory.begin)
    fields.refuse("its directory is not within the file");
  if (directory.count > kMaxZipEntries) {
    fields.refuse("it lists {} entries, where {} are the most", directory.count, kMaxZipEntries);
  }
  return directory;
}

// An entry's own numbers, in the 32-bit fields of the directory or, where those are full, in its ZIP64 field.
struct Extent {
  std::uint64_t size = 0;
  std::uint64_t packed = 0;
  std::uint64_t header = 0;
};

Extent read_extent(const Fields& fields, std::uint64_t record, std::uint64_t extra, std::uint64_t extra_end) {
  Extent extent{.size = fields.at<std::uint32_t>(record + 24),
                .packed = fields.at<std::uint32_t>(record + 20),
                .header = fields.at<std::uint32_t>(record + 42)};
  while (extra_end - extra >= 4) {
    const auto id = fields.at<std::uint16_t>(extra);
    const std::uint64_t field_end = extra + 4 + fields.at<std::uint16_t>(extra + 2);
    if (field_end > extra_end) fields.refuse("an extra field reaches beyond its record");
    std::uint64_t position = extra + 4;
    for (std::uint64_t* value : {&extent.size, &extent.packed, &extent.header}) {
      if (id != kZip64Extra || *value != kIn64 || field_end - position < 8) continue;
      *value = fields.at<std::uint64_t>(position);
      position += 8;
    }
    extra = field_end;
  }
  return extent;
}

// The entry at `record`, and where the next record begins.
ZipArchive::Entry read_entry(const Fields& fields, std::uint64_t& record) {
  if (fields.at<std::uint32_t>(record) != kCentralSignature) fields.refuse("its directory is damaged");
  const std::uint64_t name_bytes = fields.at<std::uint16_t>(record + 28);
  const std::uint64_t extra = record + kCentralBytes + name_bytes;
  const std::uint64_t extra_end = extra + fields.at<std::uint16_t>(record + 30);
  ZipArchive::Entry entry{.name = fields.text(record + kCentralBytes, name_bytes)};
  if (name_bytes > kMaxZipNameBytes) {
    fields.refuse("the name {} is longer than {} bytes", quoted_name(entry.name), kMaxZipNameBytes);
  }
  const std::string quoted = quoted_name(entry.name);
  const Extent extent = read_extent(fields, record, extra, extra_end);
  if (fields.at<std::uint16_t>(record + 8) & kEncryptedFlag) fields.refuse("entry {} is encrypted", quoted);
  if (fields.at<std::uint16_t>(record + 10) != 0 || extent.size != extent.packed) {
    fields.refuse("entry {} is compressed, which torch.save never does{}", quoted,
                  entry.name.find("/code/") == std::string_view::npos
                      ? ""
                      : "; it looks like a TorchScript archive: save the module's state_dict() instead");
  }
  entry.header = extent.header;
  entry.size = extent.size;
  if (fields.at<std::uint32_t>(entry.header) != kLocalSignature)
    fields.refuse("entry {} is not where its record says", quoted);
  const std::uint64_t local_name = fields.at<std::uint16_t>(entry.header + 26);
  if (fields.text(entry.header + kLocalBytes, local_name) != entry.name) {
    fields.refuse("entry {} bears another name in its own header", quoted);
  }
  entry.begin = entry.header + kLocalBytes + local_name + fields.at<std::uint16_t>(entry.header + 28);
  static_cast<void>(fields.text(entry.begin, entry.size));
  record = extra_end + fields.at<std::uint16_t>(record + 32);
  return entry;
}

// No two entries share a byte, and none reaches into the directory: what is read as one thing cannot also be
// another.
void check_apart(const Fields& fields, const std::vector<ZipArchive::Entry>& entries,
                 std::uint64_t directory) {
  std::vector<const ZipArchive::Entry*> order;
  for (const ZipArchive::Entry& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->header < b->header; });
  std::uint64_t position = 0;
  for (const ZipArchive::Entry* entry : order) {
    if (entry->header < position)
      fields.refuse("entry {} overlaps the one before it", quoted_name(entry->name));
    position = entry->begin + entry->size;
  }
  if (position > directory) fields.refuse("an entry overlaps the directory");
}

}  // namespace

bool looks_like_zip(std::string_view bytes) noexcept {
  return bytes.starts_with("PK\x03\x04");
}

ZipArchive::ZipArchive(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {
  const Fields fields(*file_);
  const Directory directory = find_directory(fields, file_->size());
  std::uint64_t record = directory.begin;
  const std::uint64_t end = directory.begin + directory.size;
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    entries_.push_back(read_entry(fields, record));
    if (record > end) fields.refuse("its directory is longer than it says");
  }
  check_apart(fields, entries_, directory.begin);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!index_.emplace(entries_[i].name, i).second) {
      fields.refuse("the name {} stands twice", quoted_name(entries_[i].name));
    }
  }
}

const ZipArchive::Entry* ZipArchive::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &entries_[found->second];
}

std::string_view ZipArchive::bytes(const Entry& entry) const {
  return file_->bytes().substr(entry.begin, entry.size);
}

}  // namespace zoetrope::weights
