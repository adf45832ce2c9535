#include "zoetrope/weights/file_kind.h"

#include <fmt/format.h>

#include <array>

#include "zoetrope/weights/zip_archive.h"

namespace zoetrope::weights {
namespace {

constexpr std::size_t kSafetensorsBrace = 8;  // the header's '{' follows its 8 bytes of length
constexpr std::size_t kTarMagic = 257;

// PROTO, from protocol 4 on a FRAME, then LONG1 of ten bytes: the magic number, which no other pickle begins
// with.
bool begins_with_magic(std::string_view bytes) {
  constexpr std::size_t kProtocolBytes = 2;
  constexpr std::size_t kFrameBytes = 9;
  if (bytes.size() < kProtocolBytes + kFrameBytes + 2 || bytes[0] != '\x80') return false;
  const std::size_t start = kProtocolBytes + (bytes[kProtocolBytes] == '\x95' ? kFrameBytes : 0);
  return bytes.substr(start, 2) == "\x8a\x0a";
}

}  // namespace

FileKind kind_of(std::string_view bytes) {
  if (looks_like_zip(bytes)) return FileKind::kZip;
  if (begins_with_magic(bytes)) return FileKind::kStream;
  if (bytes.size() > kSafetensorsBrace && bytes[kSafetensorsBrace] == '{') return FileKind::kSafetensors;
  return FileKind::kUnknown;
}

std::string likely_kind(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 512);
  std::string_view what;
  if (head.starts_with("\x89HDF\r\n")) what = "an HDF5 file (Keras, MATLAB)";
  if (head.starts_with("\x93NUMPY")) what = "a NumPy array";
  if (head.starts_with('\x80')) what = "a plain pickle (Caffe2, Detectron)";
  if (head.starts_with("\x1f\x8b")) what = "a gzip file; unpack it first";
  if (head.starts_with("<")) what = "a web page; was the download refused?";
  if (head.starts_with("version https://git-lfs")) what = "a Git LFS pointer; fetch the file itself";
  if (head.size() > kTarMagic && head.substr(kTarMagic).starts_with("ustar")) {
    what = "a tar file (torch before 0.4); load and save it with a newer torch";
  }
  if (bytes.empty()) what = "an empty file";
  return what.empty() ? "" : fmt::format(": it looks like {}", what);
}

}  // namespace zoetrope::weights
