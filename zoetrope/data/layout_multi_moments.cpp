// Multi-Moments in Time (Monfort et al., 2019): rows of a path and the ids of its labels, without a header;
// the names are in moments_categories.txt, "name,id" each.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "zoetrope/core/error.h"
#include "zoetrope/data/dataset_builder.h"
#include "zoetrope/data/labels.h"
#include "zoetrope/data/layout_readers.h"
#include "zoetrope/data/video_index.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::data {
namespace {

/// A name may hold commas: the id is what follows the last one.
std::vector<std::string> read_categories(const std::filesystem::path& path) {
  AnnotationTable table(path, AnnotationTable::Header::kNone);
  std::vector<std::string> names;
  while (table.next()) {
    const std::vector<std::string>& fields = table.fields();
    const auto id = timeline::parse_integer(table.field(fields.size() - 1));
    if (fields.size() < 2 || !id || *id < 0) table.fail("should be 'name,id'");
    if (*id >= static_cast<std::int64_t>(kMaxLabels))
      table.fail(fmt::format("id {} is above the {} classes that are read", *id, kMaxLabels));
    const auto place = static_cast<std::size_t>(*id);
    if (place >= names.size()) names.resize(place + 1);
    if (!names[place].empty()) table.fail(fmt::format("id {} is '{}' already", *id, shown(names[place])));
    names[place] = fmt::format("{}", fmt::join(fields.begin(), fields.end() - 1, ","));
    if (names[place].empty()) table.fail("a class without a name");
  }
  for (std::size_t id = 0; id < names.size(); ++id) {
    if (names[id].empty()) throw Error::input("{}: no class has id {}; ids count from 0", path.string(), id);
  }
  return names;
}

}  // namespace

Dataset read_multi_moments(const DatasetOptions& options) {
  DatasetBuilder builder;
  builder.add_set(Vocabulary("action", false, read_categories(options.labels), options.labels.string()));
  const auto classes = static_cast<std::int64_t>(builder.set(0).set().names.size());
  const VideoIndex videos(options.root);
  AnnotationTable table(options.annotations, AnnotationTable::Header::kNone);
  while (table.next()) {
    const std::string file = table.field(0);
    if (file.empty() || file.size() > kMaxPathBytes) table.fail("should begin with the path of a video");
    if (table.fields().size() < 2) table.fail("should be 'path,label_id,...': it has no label");
    std::vector<std::int64_t> ids;
    for (std::size_t i = 1; i < table.fields().size(); ++i) {
      const auto id = timeline::parse_integer(table.field(i));
      if (!id || *id < 0 || *id >= classes) {
        table.fail(
            fmt::format("'{}' is no id of a label; they are 0 to {}", shown(table.field(i)), classes - 1));
      }
      ids.push_back(*id);
    }
    builder.add({.id = file, .path = videos.find(file).value_or(videos.expected(file)), .labels = {ids}},
                table.place());
  }
  return builder.finish();
}

}  // namespace zoetrope::data
