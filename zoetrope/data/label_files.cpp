#include "zoetrope/data/label_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "zoetrope/core/error.h"
#include "zoetrope/data/annotation_file.h"
#include "zoetrope/timeline/limits.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRecognition = "### Frame level recognition";
constexpr std::size_t kMaxRecognitionHead = 64;  // bytes within which that line stands

/// "### Frame level recognition: ###", then names with blanks between.
std::vector<std::int64_t> parse_recognition(const std::string& text, const std::string& file,
                                            Vocabulary& classes) {
  std::vector<std::int64_t> ids;
  timeline::LineReader lines(text, file);
  std::string_view line;
  lines.next(line);
  while (lines.next(line)) {
    const Place place{&file, lines.number()};
    while (!(line = timeline::trim(line)).empty()) {
      const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
      if (ids.size() == static_cast<std::size_t>(timeline::kMaxFrames))
        place.fail(fmt::format("more than {} frames", timeline::kMaxFrames));
      ids.push_back(classes.id_of(std::string(line.substr(0, end)), place));
      line.remove_prefix(end);
    }
  }
  if (ids.empty()) throw Error::input("{}: no label of a frame", file);
  return ids;
}

/// A whole number of frames.
std::int64_t frame_of(const AnnotationTable& table, std::size_t column) {
  const std::string text = table.field(column);
  const std::optional<std::int64_t> frame = timeline::parse_integer(text);
  if (!frame || *frame < 0 || *frame > timeline::kMaxFrames) {
    table.fail(fmt::format("{}: '{}' is no frame from 0 to {}", table.header()[column], shown(text),
                           timeline::kMaxFrames));
  }
  return *frame;
}

}  // namespace

VideoLabels read_label_folder(const fs::path& folder, Vocabulary& classes) {
  VideoLabels videos;
  std::error_code failed;
  std::vector<fs::path> paths;
  for (fs::directory_iterator entry(folder, failed); !failed && entry != fs::end(entry);
       entry.increment(failed)) {
    const fs::path& path = entry->path();
    const bool beside = path.extension() == ".json" || path.extension() == ".html";
    if (!beside && !path.filename().string().starts_with(".") && !entry->is_directory())
      paths.push_back(path);
  }
  if (failed) throw Error::input("{}: cannot be read: {}", folder.string(), failed.message());
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    const std::string name = path.extension() == ".txt" ? path.stem().string() : path.filename().string();
    const std::string text = read_annotations(path);
    const bool recognition = text.substr(0, kMaxRecognitionHead).find(kRecognition) != std::string::npos;
    std::vector<std::int64_t> ids =
        recognition ? parse_recognition(text, path.string(), classes) : read_label_lines(path, classes);
    if (!videos.emplace(name, std::move(ids)).second)
      throw Error::input("{}: '{}' is there with the suffix .txt and without; remove one", folder.string(),
                         shown(name));
  }
  if (videos.empty()) throw Error::input("{}: no file of labels in this folder", folder.string());
  return videos;
}

VideoLabels read_label_table(const fs::path& path, Vocabulary& classes, const std::string& filler) {
  AnnotationTable table(path);
  const std::size_t video = table.column("video"), start = table.column("start"), end = table.column("end"),
                    label = table.column("label");
  VideoLabels videos;
  std::size_t frames = 0;
  while (table.next()) {
    std::vector<std::int64_t>& labels = videos[table.field(video)];
    const auto from = static_cast<std::size_t>(frame_of(table, start));
    const auto to = static_cast<std::size_t>(frame_of(table, end));
    if (from >= to) table.fail(fmt::format("start {} is not before end {}; swap or correct them", from, to));
    if (from < labels.size())
      table.fail(
          fmt::format("starts at frame {}, within what stands before it, up to {}", from, labels.size()));
    if (from > labels.size() && filler.empty()) {
      table.fail(fmt::format("frames {} to {} of '{}' have no label; name a background for them",
                             labels.size(), from, shown(table.field(video))));
    }
    frames += to - labels.size();
    if (frames > static_cast<std::size_t>(timeline::kMaxFrames))
      table.fail(fmt::format("more than {} frames in all", timeline::kMaxFrames));
    if (from > labels.size()) labels.resize(from, classes.id_of(filler, table.place()));
    labels.resize(to, classes.id_of(table.field(label), table.place()));
  }
  if (videos.empty()) throw Error::input("{}: no segment", path.string());
  return videos;
}

}  // namespace zoetrope::data
