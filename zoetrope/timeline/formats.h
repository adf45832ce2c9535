#pragma once
// The formats that a timeline can be read from and written to, by name: what the program's `--format` takes.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

/// What some formats need to be told.
struct FormatOptions {
  std::string track{};  ///< write only the track of that name; needed by formats that hold one
  std::string video{};  ///< of a file of many videos, the one to read
  double fps = 0;       ///< frame text: frames a second; on writing 0 means the video's
  std::string background = "background";  ///< frame text: the name of what is no segment
};

struct Format {
  std::string_view name;                   ///< "webvtt"
  std::vector<std::string_view> suffixes;  ///< of files: ".vtt"
  std::string_view holds;                  ///< one line for people: what of a timeline it can hold
  bool one_track;                          ///< of several, `FormatOptions::track` names the one to write
  std::string (*write)(const Timeline& timeline, const FormatOptions& options);
  Timeline (*read)(std::string_view text, const std::string& name, const FormatOptions& options);
};

/// All formats, in the order in which help lists them.
[[nodiscard]] std::span<const Format> formats();

/// Throws Error (kUsage), with the nearest name.
[[nodiscard]] const Format& format_of_name(const std::string& name);

/// By the file's suffix, the longest that fits. Throws Error (kUsage) where none does.
[[nodiscard]] const Format& format_of_path(const std::filesystem::path& path);

/// Throws Error (kUsage) where the timeline has no track of the name in `options`; else as the format's
/// header says.
[[nodiscard]] std::string write_as(const Format& format, const Timeline& timeline,
                                   const FormatOptions& options = {});

void write_timeline(const Timeline& timeline, const std::filesystem::path& path, const Format& format,
                    const FormatOptions& options = {});
[[nodiscard]] Timeline read_timeline(const std::filesystem::path& path, const Format& format,
                                     const FormatOptions& options = {});

}  // namespace zoetrope::timeline
