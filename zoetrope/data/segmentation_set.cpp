#include "zoetrope/data/segmentation_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>
#include <unordered_map>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/data/annotation_file.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxNameBytes = 255;

/// A video as it is gathered, before the order of the features is known.
struct Entry {
  SegmentationVideo video;
  fs::path label_file;
  std::array<std::int64_t, 2> sides = {0, 0};
};

/// A name of a list with the place where it stands.
struct Listed {
  std::string name;
  std::size_t line = 0;
};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::vector<Listed> read_list(const fs::path& path) {
  const std::string file = path.string(), text = read_annotations(path);
  std::unordered_map<std::string, std::size_t> line_of;
  std::vector<Listed> list;
  timeline::LineReader lines(text, file);
  for (std::string_view line; lines.next(line);) {
    line = timeline::trim(line);
    if (line.empty()) continue;
    const Place place{&file, lines.number()};
    for (const std::string_view suffix : {".txt", ".npy"}) {
      if (line.size() > suffix.size() && line.ends_with(suffix)) line.remove_suffix(suffix.size());
    }
    const std::string name(line);
    if (name.find_first_of("/\\") != std::string::npos || name == "." || name == "..")
      place.fail(fmt::format("'{}' should be the name of a video, without folders", shown(name)));
    if (name.size() > kMaxNameBytes)
      place.fail(fmt::format("a name of {} bytes; at most {} are read", name.size(), kMaxNameBytes));
    const auto [entry, is_new] = line_of.emplace(name, lines.number());
    if (!is_new)
      place.fail(fmt::format("'{}' stands in line {} too; remove one", shown(name), entry->second));
    list.push_back({name, lines.number()});
  }
  if (list.empty()) throw Error::input("{}: names no video", file);
  return list;
}

/// Names in any of the folders, ascending.
std::vector<Listed> list_all(const SegmentationOptions& options) {
  std::set<std::string> names;
  for (const auto& [folder, suffix] :
       {std::pair<std::string, std::string>{options.features, ".npy"}, {options.labels, ".txt"}}) {
    if (folder.empty()) continue;
    std::error_code failed;
    for (fs::directory_iterator entry(options.root / folder, failed); !failed && entry != fs::end(entry);
         entry.increment(failed)) {
      const fs::path& path = entry->path();
      if (path.extension() == suffix && !path.filename().string().starts_with("."))
        names.insert(path.stem().string());
    }
  }
  std::vector<Listed> list;
  for (const std::string& name : names) list.push_back({name, 0});
  if (list.empty()) throw Error::input("{}: no features and no labels of videos", options.root.string());
  return list;
}

/// The list's file; empty where all videos are meant.
fs::path list_file(const SegmentationOptions& options) {
  if (!options.videos.empty()) return options.videos;
  if (options.subset.empty()) return {};
  const std::string plain = fmt::format("split{}.{}", options.split, options.subset);
  const std::string bundle = fmt::format("{}.split{}.bundle", options.subset, options.split);
  for (const fs::path& path :
       {options.root / "splits" / bundle, options.root / "splits" / plain, options.root / plain}) {
    if (is_there(path)) return path;
  }
  throw Error::input("{}: no list of videos: neither splits/{} nor splits/{} nor {}", options.root.string(),
                     bundle, plain, plain);
}

std::vector<std::int64_t> background_ids(const SegmentationOptions& options,
                                         const std::vector<std::string>& classes) {
  std::vector<std::int64_t> ids;
  for (const std::string& name : options.background) {
    const auto found = std::find(classes.begin(), classes.end(), name);
    if (found == classes.end()) {
      throw Error::usage("background '{}' is no class of {}{}", name,
                         (options.root / options.mapping).string(), did_you_mean(name, classes));
    }
    ids.push_back(found - classes.begin());
  }
  return set_of(ids);
}

/// What stands of a video in the folders. `place` is where a list names it.
Entry gather(const SegmentationOptions& options, const std::string& name, const Place& place,
             Vocabulary& classes) {
  Entry entry;
  entry.video.name = name;
  SegmentationVideo& video = entry.video;
  if (!options.features.empty()) {
    video.features = options.root / options.features / (name + ".npy");
    if (!is_there(video.features))
      place.fail(fmt::format("'{}' has no {}; remove it or add the file", shown(name),
                             (fs::path(options.features) / (name + ".npy")).string()));
    entry.sides = FeatureFile(video.features).sides();
  }
  const fs::path labels = options.root / options.labels / (name + ".txt");
  const fs::path transcript = options.root / "transcripts" / (name + ".txt");
  const fs::path actions = options.root / "sets" / (name + ".txt");
  if (!options.labels.empty() && is_there(labels)) {
    entry.label_file = labels;
    video.labels = read_label_lines(labels, classes);
  }
  const bool derived = !video.labels.empty() && !options.read_weak_labels;
  if (!derived && is_there(transcript)) video.transcript = read_label_lines(transcript, classes);
  if (!derived && is_there(actions)) video.actions = set_of(read_label_lines(actions, classes));
  if (!options.labels.empty() && video.labels.empty() && video.transcript.empty() && video.actions.empty() &&
      is_there(options.root / options.labels)) {
    place.fail(fmt::format("'{}' has no {}, nor a transcript or a set; remove it or add the file",
                           shown(name), (fs::path(options.labels) / (name + ".txt")).string()));
  }
  return entry;
}

bool all_equal(const std::vector<Entry>& entries, std::size_t side) {
  return std::all_of(entries.begin(), entries.end(),
                     [&](const Entry& each) { return each.sides[side] == entries.front().sides[side]; });
}

FeatureOrder find_order(const std::vector<Entry>& entries, std::int64_t slack) {
  std::array<std::int64_t, 2> fits = {0, 0};
  for (const Entry& each : entries) {
    if (each.video.labels.empty()) continue;
    for (std::size_t side = 0; side < 2; ++side) {
      const auto count = static_cast<std::int64_t>(each.video.labels.size());
      fits[side] += std::abs(each.sides[side] - count) <= slack ? 1 : 0;
    }
  }
  bool first_is_time = fits[0] > fits[1];
  if (fits[0] == fits[1]) first_is_time = all_equal(entries, 1) && !all_equal(entries, 0);
  return first_is_time ? FeatureOrder::kFramesFirst : FeatureOrder::kDimensionsFirst;
}

/// Brings features and labels of a video to one length.
void settle_length(Entry& entry, const SegmentationSet& set, std::int64_t slack) {
  SegmentationVideo& video = entry.video;
  const bool frames_first = set.order == FeatureOrder::kFramesFirst;
  const std::int64_t frames = entry.sides[frames_first ? 0 : 1];
  const auto labels = static_cast<std::int64_t>(video.labels.size());
  video.num_frames = video.features.empty() ? labels : frames;
  if (video.features.empty() || labels == 0) return;
  const std::int64_t difference = std::abs(frames - labels);
  if (difference > slack) {
    throw Error::input(
        "{}: {} frames (as {}), but {} has {} labels; a max_length_difference of {} would cut both to the "
        "shorter",
        video.features.string(), frames, frames_first ? "[T, D]" : "[D, T]", entry.label_file.string(),
        labels, difference);
  }
  video.num_frames = std::min(frames, labels);
  video.labels.resize(static_cast<std::size_t>(video.num_frames));
}

void settle_features(std::vector<Entry>& entries, const SegmentationOptions& options, SegmentationSet& set) {
  set.order = find_order(entries, options.max_length_difference);
  const std::size_t side = set.order == FeatureOrder::kFramesFirst ? 1 : 0;
  std::size_t cut = 0;
  for (Entry& entry : entries) {
    const std::size_t before = entry.video.labels.size();
    settle_length(entry, set, options.max_length_difference);
    const bool same =
        before == 0 || entry.video.features.empty() ||
        (entry.video.labels.size() == before && entry.sides[1 - side] == static_cast<std::int64_t>(before));
    if (!same) ++cut;
  }
  if (cut > 0) {
    set.notes.push_back(fmt::format("{} cut to the shorter of features and labels",
                                    cut == 1 ? "1 video was" : fmt::format("{} videos were", cut)));
  }
  if (options.features.empty()) return;
  set.num_dimensions = entries.front().sides[side];
  for (const Entry& entry : entries) {
    if (entry.sides[side] != set.num_dimensions) {
      throw Error::input("{}: features of {} dimensions, but {} has {}", entry.video.features.string(),
                         entry.sides[side], entries.front().video.features.string(), set.num_dimensions);
    }
  }
}

}  // namespace

void describe(ConfigFields& f, SegmentationOptions& o) {
  f.field("root", o.root, "the folder of features, labels, mapping and splits");
  f.field("split", o.split, "which of the splits").at_least(0);
  f.field("subset", o.subset, "train or test; empty: every video");
  f.field("videos", o.videos, "a list of videos, in place of split and subset");
  f.field("features", o.features, "the folder of features, below root; empty: none is looked for");
  f.field("labels", o.labels, "the folder of the labels of frames, below root; empty: none is looked for");
  f.field("mapping", o.mapping, "the file of class ids and names, below root");
  f.field("background", o.background, "names of the classes that are background");
  f.field("max_length_difference", o.max_length_difference,
          "frames by which features and labels may differ; both are cut to the shorter")
      .at_least(0);
  f.field("read_weak_labels", o.read_weak_labels,
          "transcripts and sets from their own files also where frames are labelled");
}

std::vector<std::string> read_video_list(const fs::path& path) {
  std::vector<std::string> names;
  for (Listed& each : read_list(path)) names.push_back(std::move(each.name));
  return names;
}

SegmentationSet read_segmentation_set(const SegmentationOptions& options) {
  if (options.max_length_difference < 0)
    throw Error::usage("max_length_difference is {}; it must be 0 or more", options.max_length_difference);
  const fs::path mapping = options.root / options.mapping;
  SegmentationSet set{.classes = read_mapping(mapping)};
  set.background = background_ids(options, set.classes);
  Vocabulary classes("action", true, set.classes, mapping.string());
  const fs::path list_path = list_file(options);
  const std::string list_name = (list_path.empty() ? options.root : list_path).string();
  std::vector<Entry> entries;
  for (const Listed& each : list_path.empty() ? list_all(options) : read_list(list_path)) {
    const Place place{&list_name, each.line, each.line == 0 ? Place::Kind::kWhole : Place::Kind::kLine};
    entries.push_back(gather(options, each.name, place, classes));
  }
  settle_features(entries, options, set);
  for (Entry& entry : entries) {
    SegmentationVideo& video = entry.video;
    if (video.transcript.empty()) video.transcript = transcript_of(video.labels);
    if (video.actions.empty()) video.actions = set_of(video.transcript);
    set.videos.push_back(std::move(video));
  }
  return set;
}

FeatureFile open_features(const SegmentationSet& set, const SegmentationVideo& video) {
  if (video.features.empty()) throw Error::usage("video '{}' has no features", video.name);
  FeatureFile file(video.features, set.order);
  if (file.num_dimensions() != set.num_dimensions || file.num_frames() < video.num_frames) {
    throw Error::input("{}: {} frames of {} dimensions now, {} of {} before; it has changed", file.name(),
                       file.num_frames(), file.num_dimensions(), video.num_frames, set.num_dimensions);
  }
  return file;
}

std::vector<std::vector<std::int64_t>> distinct_transcripts(const SegmentationSet& set) {
  std::vector<std::vector<std::int64_t>> transcripts;
  std::set<std::vector<std::int64_t>> seen;
  for (const SegmentationVideo& video : set.videos) {
    if (!video.transcript.empty() && seen.insert(video.transcript).second)
      transcripts.push_back(video.transcript);
  }
  return transcripts;
}

Dataset labels_of_videos(const SegmentationSet& set) {
  Dataset dataset{.label_sets = {{.name = "action", .names = set.classes, .exclusive = false}}};
  for (const SegmentationVideo& video : set.videos) {
    Sample& sample = dataset.samples.emplace_back(Sample{.id = video.name, .path = video.features});
    sample.labels = {video.actions.empty() ? std::nullopt : std::optional(video.actions)};
  }
  return dataset;
}

}  // namespace zoetrope::data
