#include "zoetrope/data/video_index.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <span>
#include <string_view>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 22> kVideoSuffixes = {
    ".3gp", ".asf",  ".avi", ".flv", ".h264", ".hevc", ".m2ts", ".m4v", ".mjpeg", ".mkv", ".mov",
    ".mp4", ".mpeg", ".mpg", ".mts", ".mxf",  ".ogv",  ".ts",   ".vob", ".webm",  ".wmv", ".y4m"};
constexpr std::array<std::string_view, 9> kPictureSuffixes = {".bmp", ".jpeg", ".jpg",  ".pgm", ".png",
                                                              ".ppm", ".tif",  ".tiff", ".webp"};

bool has_suffix(const fs::path& path, std::span<const std::string_view> suffixes) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::find(suffixes.begin(), suffixes.end(), suffix) != suffixes.end();
}

/// Below the root, without the suffix that a video has; a folder keeps its dots.
std::string path_key(const fs::path& relative) {
  fs::path key = relative.lexically_normal();
  if (is_video_name(key)) key.replace_extension();
  return key.string();
}

std::string stem_of(const fs::path& path) {
  return is_video_name(path) ? path.stem().string() : path.filename().string();
}

bool is_same_class(std::string_view folder, std::string_view name) {
  return std::equal(folder.begin(), folder.end(), name.begin(), name.end(), [](char a, char b) {
    return a == b || (a == '_' && b == ' ') || (a == ' ' && b == '_');
  });
}

/// Calls found(path) for every video and every folder of pictures below `folder`.
template <typename Found>
void walk(const fs::path& folder, int depth, std::set<fs::path>& seen, const Found& found) {
  if (depth > kMaxFolderDepth)
    throw Error::input("{}: more than {} folders within one another", folder.string(), kMaxFolderDepth);
  throw_if_interrupted();
  std::error_code ignored;
  if (!seen.insert(fs::canonical(folder, ignored)).second) return;
  const FolderContent content = list_folder(folder);
  if (!content.pictures.empty() && depth > 0) found(folder);
  for (const fs::path& video : content.videos) found(video);
  for (const fs::path& below : content.folders) walk(below, depth + 1, seen, found);
}

}  // namespace

bool is_video_name(const fs::path& path) {
  return has_suffix(path, kVideoSuffixes);
}

bool is_picture_name(const fs::path& path) {
  return has_suffix(path, kPictureSuffixes);
}

FolderContent list_folder(const fs::path& folder) {
  FolderContent content;
  std::error_code failed;
  fs::directory_iterator entry(folder, fs::directory_options::skip_permission_denied, failed);
  for (; !failed && entry != fs::end(entry); entry.increment(failed)) {
    const fs::path& path = entry->path();
    std::error_code ignored;
    if (path.filename().string().starts_with(".")) continue;
    if (entry->is_directory(ignored)) {
      content.folders.push_back(path);
    } else if (is_video_name(path)) {
      content.videos.push_back(path);
    } else if (is_picture_name(path)) {
      content.pictures.push_back(path);
    }
  }
  if (failed) throw Error::input("{}: cannot be read: {}", folder.string(), failed.message());
  for (auto* list : {&content.folders, &content.videos, &content.pictures})
    std::sort(list->begin(), list->end());
  return content;
}

VideoIndex::VideoIndex(fs::path root) : root_(std::move(root)) {
  if (root_.empty()) return;
  if (!fs::is_directory(root_)) {
    throw Error::input("{}: no such folder; give the folder of the videos (root)", root_.string());
  }
  std::set<fs::path> seen;
  walk(root_, 0, seen, [this](const fs::path& path) { add(path); });
}

void VideoIndex::add(const fs::path& path) {
  by_stem_[stem_of(path)].push_back(paths_.size());
  by_path_.emplace(path_key(path.lexically_relative(root_)), paths_.size());
  paths_.push_back(path);
}

std::optional<fs::path> VideoIndex::find_stem(const std::string& stem, const std::string& folder) const {
  const auto found = by_stem_.find(stem);
  if (found == by_stem_.end()) return std::nullopt;
  for (const std::size_t index : found->second) {
    if (is_same_class(paths_[index].parent_path().filename().string(), folder)) return paths_[index];
  }
  return paths_[found->second.front()];
}

std::optional<fs::path> VideoIndex::find(const fs::path& relative) const {
  if (root_.empty()) return std::nullopt;
  std::error_code ignored;
  if (fs::exists(root_ / relative, ignored)) return expected(relative);
  const auto found = by_path_.find(path_key(relative));
  if (found == by_path_.end()) return std::nullopt;
  return paths_[found->second];
}

std::size_t VideoIndex::num_ambiguous() const noexcept {
  return static_cast<std::size_t>(std::count_if(by_stem_.begin(), by_stem_.end(),
                                                [](const auto& entry) { return entry.second.size() > 1; }));
}

}  // namespace zoetrope::data
