// The official split files of UCF101 (Soomro et al., 2012) and HMDB51 (Kuehne et al., ICCV 2011): three
// splits each, over which results are averaged.
#include <fmt/format.h>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/data/dataset_builder.h"
#include "zoetrope/data/labels.h"
#include "zoetrope/data/layout_readers.h"
#include "zoetrope/data/video_index.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;
using timeline::trim;

/// The lines of a file that are not blank.
class Lines {
 public:
  explicit Lines(const fs::path& path)
      : name_(path.string()), text_(read_annotations(path)), lines_(text_, name_) {}
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  bool next(std::string_view& line) {
    do {
      if (!lines_.next(line)) return false;
      line = trim(line);
    } while (line.empty());
    return true;
  }
  [[nodiscard]] Place place() const { return {&name_, lines_.number()}; }

 private:
  std::string name_;
  std::string text_;
  timeline::LineReader lines_;
};

/// "a b.avi 1" is "a b.avi" and 1; no number where the last word is none.
std::pair<std::string, std::optional<std::int64_t>> split_number(std::string_view line) {
  const std::size_t space = line.find_last_of(" \t");
  if (space == std::string_view::npos) return {std::string(line), std::nullopt};
  const std::optional<std::int64_t> number = timeline::parse_integer(line.substr(space + 1));
  return {std::string(number ? trim(line.substr(0, space)) : line), number};
}

void check_subset(const DatasetOptions& options, const char* layout) {
  if (options.subset.empty() || options.subset == "train" || options.subset == "test") return;
  throw Error::usage("layout {}: 'subset' is train or test, not '{}'", layout, options.subset);
}

/// A sample whose video is CLASS/NAME below the root, or NAME in any folder.
Sample sample_of(const VideoIndex& videos, const std::string& folder, const std::string& file,
                 std::int64_t label) {
  const fs::path relative = fs::path(folder) / file;
  std::optional<fs::path> found = videos.find(relative);
  if (!found) found = videos.find_stem(fs::path(file).stem().string(), folder);
  return {.id = relative.string(), .path = found.value_or(videos.expected(relative)), .labels = {{{label}}}};
}

/// "1 ApplyEyeMakeup": names by ascending numbers from 1.
std::vector<std::string> read_class_index(const fs::path& path) {
  std::vector<std::string> names;
  Lines lines(path);
  std::string_view line;
  while (lines.next(line)) {
    const std::size_t space = line.find_first_of(" \t");
    const auto number = timeline::parse_integer(line.substr(0, space));
    if (space == std::string_view::npos || number != static_cast<std::int64_t>(names.size()) + 1)
      lines.place().fail(fmt::format("should be '{} CLASS': numbers ascend from 1", names.size() + 1));
    names.emplace_back(trim(line.substr(space)));
  }
  return names;
}

/// trainlist: "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1"; testlist: the path alone.
void read_ucf101_list(const fs::path& path, const VideoIndex& videos, DatasetBuilder& builder) {
  Lines lines(path);
  std::string_view line;
  while (lines.next(line)) {
    const auto [file, number] = split_number(line);
    const std::size_t slash = file.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == file.size() || file.size() > kMaxPathBytes)
      lines.place().fail(fmt::format("'{}' should be CLASS/VIDEO", shown(file)));
    const std::string folder = file.substr(0, slash);
    const std::int64_t label = builder.set(0).id_of(folder, lines.place());
    if (number && *number != label + 1) {
      lines.place().fail(
          fmt::format("class {} is not '{}', which is {} in classInd.txt", *number, folder, label + 1));
    }
    builder.add(sample_of(videos, folder, file.substr(slash + 1), label), lines.place());
  }
}

/// "brush_hair" for the split of brush_hair_test_split1.txt.
std::vector<std::pair<std::string, fs::path>> hmdb51_files(const fs::path& folder, std::int64_t split) {
  const std::string ending = fmt::format("_test_split{}.txt", split);
  std::vector<std::pair<std::string, fs::path>> files;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed); !failed && entry != fs::end(entry);
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name.size() > ending.size() && name.ends_with(ending) && !name.starts_with("."))
      files.emplace_back(name.substr(0, name.size() - ending.size()), entry->path());
  }
  if (failed) throw Error::input("{}: cannot be read: {}", folder.string(), failed.message());
  if (files.empty()) throw Error::input("{}: no file CLASS{} in this folder", folder.string(), ending);
  std::sort(files.begin(), files.end());
  return files;
}

/// "April_09_brush_hair_u_nm_np1_ba_goo_0.avi 1": 1 is train, 2 is test, 0 is neither.
void read_hmdb51_list(const fs::path& path, const std::string& name, const DatasetOptions& options,
                      const VideoIndex& videos, DatasetBuilder& builder) {
  const std::string path_text = path.string();
  const std::int64_t label = builder.set(0).id_of(name, {&path_text, 0, Place::Kind::kWhole});
  Lines lines(path);
  std::string_view line;
  while (lines.next(line)) {
    const auto [file, number] = split_number(line);
    if (!number || *number < 0 || *number > 2)
      lines.place().fail("should be 'VIDEO N' with N 0 (neither), 1 (train) or 2 (test)");
    if (file.empty() || file.size() > kMaxPathBytes) lines.place().fail("no name of a video");
    const bool wanted = options.subset.empty() ? *number > 0 : *number == (options.subset == "train" ? 1 : 2);
    if (wanted) builder.add(sample_of(videos, name, file, label), lines.place());
  }
}

}  // namespace

Dataset read_ucf101(const DatasetOptions& options) {
  check_subset(options, "ucf101");
  const fs::path classes = options.labels.empty() ? options.annotations / "classInd.txt" : options.labels;
  DatasetBuilder builder;
  builder.add_set(Vocabulary("action", true, read_class_index(classes), classes.string()));
  const VideoIndex videos(options.root);
  for (const char* subset : {"train", "test"}) {
    if (!options.subset.empty() && options.subset != subset) continue;
    read_ucf101_list(options.annotations / fmt::format("{}list{:02}.txt", subset, options.split), videos,
                     builder);
  }
  return builder.finish();
}

Dataset read_hmdb51(const DatasetOptions& options) {
  check_subset(options, "hmdb51");
  DatasetBuilder builder;
  builder.add_set(options.labels.empty()
                      ? Vocabulary("action", true)
                      : Vocabulary("action", true, read_labels(options.labels), options.labels.string()));
  const VideoIndex videos(options.root);
  for (const auto& [name, path] : hmdb51_files(options.annotations, options.split))
    read_hmdb51_list(path, name, options, videos, builder);
  return builder.finish();
}

}  // namespace zoetrope::data
