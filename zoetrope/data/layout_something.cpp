// Something-Something V2 (Goyal et al., ICCV 2017): a JSON array of {"id", "label", "template", ...}. The
// class is the template without its brackets; a test list has ids alone.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "zoetrope/data/dataset_builder.h"
#include "zoetrope/data/labels.h"
#include "zoetrope/data/layout_readers.h"
#include "zoetrope/data/video_index.h"
#include "zoetrope/timeline/json_input.h"

namespace zoetrope::data {
namespace {

using timeline::JsonView;

std::string id_of(const JsonView& entry) {
  const JsonView id = entry.at("id");
  std::string text = id.is_integer() ? std::to_string(id.integer()) : id.text();
  if (text.empty() || text.size() > kMaxPathBytes || text.find_first_of("/\\") != std::string::npos)
    id.fail("is no id of a video");
  return text;
}

std::string without_brackets(std::string text) {
  std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
  return text;
}

}  // namespace

Dataset read_ssv2(const DatasetOptions& options) {
  const std::string name = options.annotations.string();
  const nlohmann::json document = timeline::parse_json(read_annotations(options.annotations), name);
  const JsonView root(document, name);
  DatasetBuilder builder;
  builder.add_set(options.labels.empty()
                      ? Vocabulary("action", true)
                      : Vocabulary("action", true, read_labels(options.labels), options.labels.string()));
  const VideoIndex videos(options.root);
  for (std::size_t i = 0, n = root.size(); i < n; ++i) {
    const Place place{&name, i, Place::Kind::kElement};
    const std::string id = id_of(root[i]);
    Sample sample{.id = id, .path = videos.find_stem(id).value_or(videos.expected(id + ".webm"))};
    sample.labels.resize(1);
    if (const auto text = root[i].find("template"))
      sample.labels[0] = {builder.set(0).id_of(without_brackets(text->text()), place)};
    builder.add(std::move(sample), place);
  }
  return builder.finish();
}

}  // namespace zoetrope::data
