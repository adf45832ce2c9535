#include "zoetrope/synthetic/layouts.h"

#include <algorithm>
#include <cctype>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/synthetic/layout_files.h"

namespace zoetrope::synthetic {
namespace {

namespace fs = std::filesystem;

struct Layout {
  const char* name;
  bool clips, untrimmed;  // what it speaks of
  void (*write)(const AnnotatedWorld&, const fs::path&);
};

constexpr Layout kLayouts[] = {{"folders", true, false, write_folders},
                               {"kinetics", true, false, write_kinetics},
                               {"ucf101", true, false, write_ucf101},
                               {"hmdb51", true, false, write_hmdb51},
                               {"ssv2", true, false, write_ssv2},
                               {"multi_moments", true, false, write_multi_moments},
                               {"captions", true, false, write_captions},
                               {"hvu", true, true, write_hvu},
                               {"csv", true, true, write_csv},
                               {"coview", false, true, write_coview},
                               {"ms_tcn", false, true, write_ms_tcn},
                               {"activitynet", false, true, write_activitynet},
                               {"thumos14", false, true, write_thumos14}};

void make_folders(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error::failed("{}: cannot be made: {}", folder.string(), failed.message());
}

}  // namespace

const std::vector<std::string>& layout_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (const Layout& layout : kLayouts) made.emplace_back(layout.name);
    return made;
  }();
  return names;
}

void write_layouts(const AnnotatedWorld& annotated, const fs::path& folder) {
  std::string labels;
  for (const std::string& action : annotated.world.actions) labels += action + "\n";
  write_layout_file(folder / "labels.txt", labels);
  const std::vector<std::string>& wanted = annotated.world.layouts;
  for (const Layout& layout : kLayouts) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), layout.name) == wanted.end()) continue;
    const bool has_videos =
        (layout.clips && !annotated.clips.empty()) || (layout.untrimmed && !annotated.untrimmed.empty());
    if (has_videos) layout.write(annotated, folder / layout.name);
  }
}

std::string with_underscores(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

std::string camel_case(const std::string& name) {
  std::string camel;
  bool first = true;
  for (const char c : name) {
    if (c != ' ') camel += first ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    first = c == ' ';
  }
  return camel;
}

void write_layout_file(const fs::path& path, std::string_view text) {
  make_folders(path.parent_path());
  write_file_atomically(path, text);
}

void link_video(const AnnotatedWorld& annotated, const AnnotatedVideo& video, const fs::path& link) {
  make_folders(link.parent_path());
  std::error_code failed;
  fs::create_symlink((annotated.videos / video.path).lexically_relative(link.parent_path()), link, failed);
  if (failed) throw Error::failed("{}: cannot be linked: {}", link.string(), failed.message());
}

double seconds_of(const AnnotatedWorld& annotated, std::int64_t frames) {
  return static_cast<double>(frames) / annotated.world.fps;
}

std::int64_t class_of(const AnnotatedWorld& annotated, const std::string& action) {
  const std::vector<std::string>& actions = annotated.world.actions;
  return std::find(actions.begin(), actions.end(), action) - actions.begin();
}

}  // namespace zoetrope::synthetic
