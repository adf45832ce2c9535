#pragma once
// What the writers of layouts share: names, files, links. For the sources of this folder.

#include <filesystem>
#include <string>
#include <string_view>

#include "zoetrope/synthetic/layouts.h"

namespace zoetrope::synthetic {

/// "move right" as "move_right", and as "MoveRight".
[[nodiscard]] std::string with_underscores(std::string name);
[[nodiscard]] std::string camel_case(const std::string& name);

/// Makes the folders above, too.
void write_layout_file(const std::filesystem::path& path, std::string_view text);

/// A relative link to a video, whose folders are made.
void link_video(const AnnotatedWorld& annotated, const AnnotatedVideo& video,
                const std::filesystem::path& link);

[[nodiscard]] double seconds_of(const AnnotatedWorld& annotated, std::int64_t frames);
[[nodiscard]] std::int64_t class_of(const AnnotatedWorld& annotated, const std::string& action);

// One layout each, into its own folder.
void write_folders(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_kinetics(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_ucf101(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_hmdb51(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_ssv2(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_multi_moments(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_captions(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_hvu(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_csv(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_coview(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_ms_tcn(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_activitynet(const AnnotatedWorld& annotated, const std::filesystem::path& folder);
void write_thumos14(const AnnotatedWorld& annotated, const std::filesystem::path& folder);

}  // namespace zoetrope::synthetic
