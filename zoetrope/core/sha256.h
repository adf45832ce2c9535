#pragma once
// SHA-256 (FIPS 180-4): the identity of a video or of a bundle in our files. Written here rather than taken
// from OpenSSL, because the base library builds with the C++ compiler and header-only packages alone.

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace zoetrope {

/// Takes bytes as they come; `hex_digest` ends it.
class Sha256 {
 public:
  void update(std::string_view bytes);

  /// 64 lower-case hex digits of all bytes so far. The object is not to be used afterwards.
  [[nodiscard]] std::string hex_digest();

 private:
  void compress(const unsigned char* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_{};
  std::uint64_t num_bytes_ = 0;
};

[[nodiscard]] std::string sha256_of_bytes(std::string_view bytes);

/// Of a file of any size, in constant memory. Throws Error (kInput) where it cannot be read.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace zoetrope
