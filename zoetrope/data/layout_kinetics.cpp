// Kinetics-400, -600 and -700 (DeepMind's CSV), and HVU (Diba et al., ECCV 2020), which labels their clips.
//
// A clip is called ID_START_END: whole seconds of six digits for Kinetics, and for HVU, whose segments begin
// at tenths, either tenths or whole seconds, as its downloaders write them. A file of that name is the
// segment itself; one that is called ID alone is the whole video, from which the segment is taken.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/data/dataset_builder.h"
#include "zoetrope/data/labels.h"
#include "zoetrope/data/layout_readers.h"
#include "zoetrope/data/video_index.h"

namespace zoetrope::data {
namespace {

constexpr std::size_t kMaxYoutubeId = 64;

class ClipFinder {
 public:
  ClipFinder(const AnnotationTable& table, const DatasetOptions& options, bool tenths)
      : videos_(options.root),
        trimmed_(options.trimmed),
        tenths_(tenths),
        id_(table.column("youtube_id")),
        start_(table.column("time_start")),
        end_(table.column("time_end")) {}

  /// Id, path and span of the row's clip.
  [[nodiscard]] Sample clip_of(const AnnotationTable& table, const std::string& label) const {
    const std::string id = table.field(id_);
    if (id.empty() || id.size() > kMaxYoutubeId || id.find_first_of("/\\") != std::string::npos)
      table.fail(fmt::format("youtube_id: '{}' is no id of a video", shown(id)));
    if (table.field(end_).empty()) table.fail("time_end is empty");
    const TimeSpan span = table.span(start_, end_);
    const std::string whole = stem(id, span, 1);
    Sample sample{.id = tenths_ ? fmt::format("{}_{}_{}", id, span.start, span.end) : whole};
    std::vector<std::string> stems = {whole};
    if (tenths_) stems.insert(stems.begin(), stem(id, span, 10));
    for (const std::string& name : stems) {
      if (const auto found = videos_.find_stem(name, label)) {
        sample.path = *found;
        return sample;
      }
    }
    if (const auto found = videos_.find_stem(id, label)) {
      sample.path = *found;
      if (!trimmed_) {
        sample.start = span.start;
        sample.end = span.end;
      }
      return sample;
    }
    sample.path = videos_.expected(stems.front() + ".mp4");
    return sample;
  }

 private:
  static std::string stem(const std::string& id, const TimeSpan& span, int scale) {
    return fmt::format("{}_{:06d}_{:06d}", id, static_cast<std::int64_t>(span.start * scale),
                       static_cast<std::int64_t>(span.end * scale));
  }

  VideoIndex videos_;
  bool trimmed_, tenths_;
  std::size_t id_, start_, end_;
};

/// "a|b|c"; none where the field is empty.
std::vector<std::string> split_tags(const std::string& field) {
  std::vector<std::string> tags;
  for (std::size_t begin = 0; begin < field.size();) {
    const std::size_t end = std::min(field.find('|', begin), field.size());
    tags.push_back(field.substr(begin, end - begin));
    begin = end + 1;
  }
  return tags;
}

/// Adds a set for each category, in alphabetical order, and says which set a tag is of. Within a set, tags
/// are in alphabetical order, as MMAction2 numbers them.
std::map<std::string, std::size_t, std::less<>> add_categories(const std::filesystem::path& path,
                                                               DatasetBuilder& builder) {
  AnnotationTable table(path);
  const std::size_t tag = table.column("tag"), category = table.column("category");
  std::map<std::string, std::vector<std::string>> categories;
  std::map<std::string, std::size_t> lines;
  while (table.next()) {
    if (table.field(tag).empty() || table.field(category).empty())
      table.fail("a row needs a tag and its category");
    const auto [entry, is_new] = lines.emplace(table.field(tag), table.place().number);
    if (!is_new) {
      table.fail(
          fmt::format("tag '{}' stands in line {}, too; remove one", shown(entry->first), entry->second));
    }
    categories[table.field(category)].push_back(table.field(tag));
  }
  std::map<std::string, std::size_t, std::less<>> set_of;
  for (auto& [name, tags] : categories) {
    std::sort(tags.begin(), tags.end());
    const std::size_t set = builder.add_set(Vocabulary(name, false, tags, path.string()));
    for (const std::string& each : tags) set_of.emplace(each, set);
  }
  return set_of;
}

std::string unknown_tag(const std::string& tag, const std::filesystem::path& labels,
                        const std::map<std::string, std::size_t, std::less<>>& known) {
  std::vector<std::string> names;
  for (const auto& entry : known) names.push_back(entry.first);
  return fmt::format("tag '{}' is not in {}{}", shown(tag), labels.string(), did_you_mean(tag, names));
}

}  // namespace

Dataset read_kinetics(const DatasetOptions& options) {
  AnnotationTable table(options.annotations);
  const ClipFinder clips(table, options, false);
  const std::optional<std::size_t> label = table.find_column("label");  // test lists have none
  const bool all = options.subset.empty();
  const std::size_t split = all ? 0 : table.column("split");
  DatasetBuilder builder;
  builder.add_set(options.labels.empty()
                      ? Vocabulary("action", true)
                      : Vocabulary("action", true, read_labels(options.labels), options.labels.string()));
  while (table.next()) {
    const std::string name = label ? table.field(*label) : "";
    std::optional<std::vector<std::int64_t>> ids;
    if (label) ids = {builder.set(0).id_of(name, table.place())};
    if (!all && table.field(split) != options.subset) continue;
    Sample sample = clips.clip_of(table, name);
    sample.labels = {std::move(ids)};
    builder.add(std::move(sample), table.place());
  }
  return builder.finish();
}

Dataset read_hvu(const DatasetOptions& options) {
  DatasetBuilder builder;
  const auto set_of = add_categories(options.labels, builder);
  AnnotationTable table(options.annotations);
  const ClipFinder clips(table, options, true);
  const std::size_t column = table.column("tags");
  while (table.next()) {
    Sample sample = clips.clip_of(table, "");
    sample.labels.resize(builder.num_sets());
    for (const std::string& tag : split_tags(table.field(column))) {
      const auto set = set_of.find(tag);
      if (set == set_of.end()) table.fail(unknown_tag(tag, options.labels, set_of));
      auto& ids = sample.labels[set->second];
      if (!ids) ids.emplace();
      ids->push_back(builder.set(set->second).id_of(tag, table.place()));
    }
    builder.add(std::move(sample), table.place());
  }
  return builder.finish(options.absent_is_none);
}

}  // namespace zoetrope::data
