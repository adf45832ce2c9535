#include "zoetrope/data/caption_set.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "zoetrope/core/error.h"
#include "zoetrope/data/annotation_file.h"
#include "zoetrope/timeline/json_input.h"

namespace zoetrope::data {
namespace {

using timeline::JsonView;

// COCO's ids are numbers.
std::string id_of(const JsonView& value) {
  return value.is_integer() ? std::to_string(value.integer()) : value.text();
}

}  // namespace

CaptionSet read_caption_set(const std::filesystem::path& path, const std::string& subset) {
  const std::string name = path.string();
  const nlohmann::json document = timeline::parse_json(read_annotations(path), name);
  const JsonView root(document, name), videos = root.at("videos"), sentences = root.at("sentences");
  CaptionSet set;
  std::unordered_map<std::string, std::size_t> places;
  constexpr auto kOtherSubset = static_cast<std::size_t>(-1);
  for (std::size_t i = 0, n = videos.size(); i < n; ++i) {
    CaptionedVideo video{.id = id_of(videos[i].at("video_id"))};
    if (const auto split = videos[i].find("split")) video.subset = split->text();
    const bool kept = subset.empty() || video.subset == subset;
    if (!places.emplace(video.id, kept ? set.videos.size() : kOtherSubset).second)
      videos[i].at("video_id").fail("stands twice");
    if (kept) set.videos.push_back(std::move(video));
  }
  for (std::size_t i = 0, n = sentences.size(); i < n; ++i) {
    const JsonView id = sentences[i].at("video_id");
    const auto place = places.find(id_of(id));
    if (place == places.end()) id.fail("is not among the videos");
    if (place->second != kOtherSubset)
      set.videos[place->second].captions.push_back(sentences[i].at("caption").text());
  }
  for (const CaptionedVideo& video : set.videos) {
    if (video.captions.empty()) throw Error::input("{}: the video '{}' has no sentence", name, video.id);
  }
  if (set.videos.empty())
    throw Error::input("{}: holds no video{}", name, subset.empty() ? "" : fmt::format(" of '{}'", subset));
  return set;
}

std::map<std::string, std::string> read_made_captions(const std::filesystem::path& path) {
  const std::string name = path.string();
  const nlohmann::json document = timeline::parse_json(read_annotations(path), name);
  const JsonView root(document, name);
  std::map<std::string, std::string> captions;
  for (std::size_t i = 0, n = root.size(); i < n; ++i) {
    const auto image = root[i].find("image_id");
    const JsonView id = image ? *image : root[i].at("video_id");
    if (!captions.emplace(id_of(id), root[i].at("caption").text()).second)
      id.fail("has a caption already; a video is scored by one");
  }
  return captions;
}

}  // namespace zoetrope::data
