#pragma once
// Where the videos of a data set lie: a folder is gone through once, then annotations find their files by
// name.
//
//   data::VideoIndex videos("kinetics/val");
//   videos.find_stem("0wR5jVB-WPk_000417_000427")   // .../archery/0wR5jVB-WPk_000417_000427.mkv
//   videos.find("archery/a.avi")                    // that file, or the same name with another video suffix
//
// Found are files that have a suffix of videos, and folders that hold pictures (a video's frames). What is
// hidden (a name that begins with '.') is passed over; links are followed, each folder once. Everything is in
// the order of names, so that two runs find the same.

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace zoetrope::data {

/// Folders within one another at most.
inline constexpr int kMaxFolderDepth = 32;

/// By suffix: mp4, mkv, webm, avi, ...
[[nodiscard]] bool is_video_name(const std::filesystem::path& path);
/// By suffix: jpg, png, webp, ...
[[nodiscard]] bool is_picture_name(const std::filesystem::path& path);

/// What a folder holds, each list in the order of names.
struct FolderContent {
  std::vector<std::filesystem::path> folders = {}, videos = {}, pictures = {};
};

/// What may not be entered counts as empty, as for `find`. Throws Error (kInput) where it cannot be read.
[[nodiscard]] FolderContent list_folder(const std::filesystem::path& folder);

class VideoIndex {
 public:
  /// Without a root, nothing is looked for and nothing is found. Throws Error (kInput) if it is no folder.
  explicit VideoIndex(std::filesystem::path root);

  /// The video of that name without suffix, in any folder; where several are found, the one in a folder
  /// called `folder` (a class, with '_' for ' ' or not), else the first.
  [[nodiscard]] std::optional<std::filesystem::path> find_stem(const std::string& stem,
                                                               const std::string& folder = "") const;

  /// The file or folder at that path below the root (or at that path, if it is absolute), else the video of
  /// that path with another suffix, or none.
  [[nodiscard]] std::optional<std::filesystem::path> find(const std::filesystem::path& relative) const;

  /// Where a file that was not found should lie: for a sample that keeps a path that does not exist.
  [[nodiscard]] std::filesystem::path expected(const std::filesystem::path& relative) const {
    return (root_ / relative).lexically_normal();
  }

  /// Names without suffix that stand for several videos.
  [[nodiscard]] std::size_t num_ambiguous() const noexcept;

 private:
  void add(const std::filesystem::path& path);

  std::filesystem::path root_;
  std::vector<std::filesystem::path> paths_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_stem_;
  std::unordered_map<std::string, std::size_t> by_path_;  // below the root, without suffix
};

}  // namespace zoetrope::data
