#include "apps/zoetrope/shipped_bundles.h"

#include <system_error>

namespace zoetrope::cli {

namespace fs = std::filesystem;

fs::path bundle_folder(const std::string& path_or_name) {
  std::error_code error;
  if (path_or_name.find('/') != std::string::npos || fs::exists(path_or_name, error)) return path_or_name;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return path_or_name;
  for (const char* place : {"../share/zoetrope/bundles", "../bundles"}) {
    const fs::path folder = (program.parent_path() / place / path_or_name).lexically_normal();
    if (fs::is_directory(folder, error)) return folder;
  }
  return path_or_name;
}

}  // namespace zoetrope::cli
