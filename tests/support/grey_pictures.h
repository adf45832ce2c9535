#pragma once
// A video as a folder of small grey pictures.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace zoetrope::test {

/// Pictures of 8 x 8, one for each brightness from 0 to 255, in order of names.
inline void write_grey_pictures(const std::filesystem::path& folder, const std::vector<int>& brightness) {
  std::filesystem::create_directories(folder);
  for (std::size_t t = 0; t < brightness.size(); ++t) {
    std::ofstream picture(folder / fmt::format("{:04}.pgm", t), std::ios::binary);
    picture << "P5 8 8 255\n" << std::string(64, static_cast<char>(brightness[t]));
  }
}

}  // namespace zoetrope::test
