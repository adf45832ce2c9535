#include "apps/zoetrope/shipped_bundles.h"

#include <system_error>

#include "zoetrope/bundle/bundle.h"

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

std::string extractor_folder(const std::string& given, const std::string& bundle) {
  if (!given.empty()) return bundle_folder(given).string();
  const bundle::BundleConfig config = bundle::read_bundle_info(bundle).config;
  const std::string named = config.sequence ? config.sequence->extractor : "";
  std::error_code error;
  if (named.empty() || fs::exists(fs::path(bundle) / named, error)) return "";
  const fs::path shipped = bundle_folder(named);
  return shipped == named ? "" : shipped.string();
}

}  // namespace zoetrope::cli
