// Layouts of trimmed clips, and those of both kinds of videos.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "zoetrope/synthetic/captions.h"
#include "zoetrope/synthetic/labels.h"
#include "zoetrope/synthetic/layout_files.h"
#include "zoetrope/timeline/csv.h"

namespace zoetrope::synthetic {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The one action of a clip.
const std::string& label_of(const AnnotatedVideo& clip) {
  return clip.spans.front().label;
}

std::vector<AnnotatedVideo> all_videos(const AnnotatedWorld& annotated) {
  std::vector<AnnotatedVideo> videos = annotated.clips;
  videos.insert(videos.end(), annotated.untrimmed.begin(), annotated.untrimmed.end());
  return videos;
}

/// A file for each subset that has videos: `header`, then what `rows` gives for each video.
template <typename Rows>
void write_subsets(const std::vector<AnnotatedVideo>& videos, const fs::path& folder,
                   const std::string& header, Rows rows) {
  std::map<std::string, std::string> files;
  for (const AnnotatedVideo& video : videos) {
    std::string& text = files.try_emplace(video.script->subset, header).first->second;
    text += rows(video);
  }
  for (const auto& [subset, text] : files) write_layout_file(folder / (subset + ".csv"), text);
}

/// Which split of three tests a clip, 0 to 2; twins share it, since they share their key.
std::size_t fold_of(const AnnotatedWorld& annotated, const VideoScript& script) {
  return Random(annotated.world.seed, script.key + "/fold").below(3);
}

bool is_tested(const AnnotatedWorld& annotated, const VideoScript& script, std::size_t split) {
  return split == 1 ? script.subset != "train" : fold_of(annotated, script) == split - 1;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

}  // namespace

void write_folders(const AnnotatedWorld& annotated, const fs::path& folder) {
  for (const AnnotatedVideo& clip : annotated.clips)
    link_video(annotated, clip, folder / clip.script->subset / label_of(clip) / clip.path.filename());
}

void write_kinetics(const AnnotatedWorld& annotated, const fs::path& folder) {
  write_subsets(annotated.clips, folder, "label,youtube_id,time_start,time_end,split\n",
                [&](const AnnotatedVideo& clip) {
                  const double end = std::ceil(seconds_of(annotated, clip.script->num_frames));
                  return fmt::format("{},{},0,{:.0f},{}\n", label_of(clip), clip.script->id, end,
                                     clip.script->subset);
                });
}

void write_ucf101(const AnnotatedWorld& annotated, const fs::path& folder) {
  std::string classes;
  const std::vector<std::string>& actions = annotated.world.actions;
  for (std::size_t i = 0; i < actions.size(); ++i)
    classes += fmt::format("{} {}\n", i + 1, camel_case(actions[i]));
  write_layout_file(folder / "classInd.txt", classes);
  for (const AnnotatedVideo& clip : annotated.clips)
    link_video(annotated, clip, folder / "videos" / camel_case(label_of(clip)) / clip.path.filename());
  const std::size_t splits = annotated.noisy ? 1 : 3;
  for (std::size_t split = 1; split <= splits; ++split) {
    std::string train, test;
    for (const AnnotatedVideo& clip : annotated.clips) {
      const std::string path = camel_case(label_of(clip)) + "/" + clip.path.filename().string();
      if (is_tested(annotated, *clip.script, split))
        test += path + "\n";
      else
        train += fmt::format("{} {}\n", path, class_of(annotated, label_of(clip)) + 1);
    }
    write_layout_file(folder / fmt::format("trainlist{:02}.txt", split), train);
    write_layout_file(folder / fmt::format("testlist{:02}.txt", split), test);
  }
}

void write_hmdb51(const AnnotatedWorld& annotated, const fs::path& folder) {
  const std::size_t splits = annotated.noisy ? 1 : 3;
  for (const std::string& action : annotated.world.actions) {
    const std::string name = with_underscores(action);
    std::vector<std::string> lists(splits);
    for (const AnnotatedVideo& clip : annotated.clips) {
      if (label_of(clip) != action) continue;
      link_video(annotated, clip, folder / "videos" / name / clip.path.filename());
      for (std::size_t split = 1; split <= splits; ++split)
        lists[split - 1] += fmt::format("{} {} \n", clip.path.filename().string(),
                                        is_tested(annotated, *clip.script, split) ? 2 : 1);
    }
    for (std::size_t split = 1; split <= splits; ++split)
      write_layout_file(folder / fmt::format("{}_test_split{}.txt", name, split), lists[split - 1]);
  }
}

void write_ssv2(const AnnotatedWorld& annotated, const fs::path& folder) {
  const auto bare = [](const std::string& action) {
    return replaced(find_action(action).sentence, "[something]", "something");
  };
  const std::string start = "something-something-v2-";
  Json labels = Json::object();
  for (const std::string& action : annotated.world.actions)
    labels[bare(action)] = std::to_string(class_of(annotated, action));
  write_layout_file(folder / (start + "labels.json"), labels.dump(1) + "\n");
  std::map<std::string, Json> subsets = {
      {"train", Json::array()}, {"val", Json::array()}, {"test", Json::array()}};
  std::string answers;
  for (const AnnotatedVideo& clip : annotated.clips) {
    const std::string& subset = clip.script->subset;
    const std::string& sentence = find_action(label_of(clip)).sentence;
    const std::string actor = describe_look(clip.script->actor);
    if (subset == "test") {
      subsets[subset].push_back({{"id", clip.script->id}});
      answers += clip.script->id + ";" + bare(label_of(clip)) + "\n";
    } else {
      subsets[subset].push_back({{"id", clip.script->id},
                                 {"label", replaced(sentence, "[something]", actor)},
                                 {"template", sentence},
                                 {"placeholders", {actor}}});
    }
  }
  for (const auto& [subset, entries] : subsets) {
    const std::string name = subset == "val" ? "validation" : subset;
    if (!entries.empty()) write_layout_file(folder / (start + name + ".json"), entries.dump(1) + "\n");
  }
  if (!answers.empty()) write_layout_file(folder / "test-answers.csv", answers);
}

void write_multi_moments(const AnnotatedWorld& annotated, const fs::path& folder) {
  std::string categories;
  for (const std::string& action : annotated.world.actions)
    categories += fmt::format("{},{}\n", action, class_of(annotated, action));
  write_layout_file(folder / "moments_categories.txt", categories);
  write_subsets(annotated.clips, folder, "", [&](const AnnotatedVideo& clip) {
    std::string row = fmt::format("{},{}", clip.path.string(), class_of(annotated, label_of(clip)));
    const std::string& second = clip.spans.front().second;
    if (!second.empty()) row += fmt::format(",{}", class_of(annotated, second));
    return row + "\n";
  });
}

void write_captions(const AnnotatedWorld& annotated, const fs::path& folder) {
  Json videos = Json::array(), sentences = Json::array();
  for (const AnnotatedVideo& clip : annotated.clips) {
    const VideoScript& script = *clip.script;
    videos.push_back({{"id", videos.size()},
                      {"video_id", script.id},
                      {"split", script.subset == "val" ? "validate" : script.subset},
                      {"start time", 0},
                      {"end time", seconds_of(annotated, script.num_frames)}});
    for (const std::string& caption : captions_of(script, annotated.world, clip.spans.front()))
      sentences.push_back({{"sen_id", sentences.size()}, {"video_id", script.id}, {"caption", caption}});
  }
  const Json document = {{"info", {{"description", "a rendered world"}}},
                         {"videos", std::move(videos)},
                         {"sentences", std::move(sentences)}};
  write_layout_file(folder / "videodatainfo.json", document.dump(1) + "\n");
}

void write_hvu(const AnnotatedWorld& annotated, const fs::path& folder) {
  std::string categories = "Tag,Category\n";
  const Tags known = all_tags(annotated.world);
  for (std::size_t i = 0; i < known.size(); ++i) {
    for (const std::string& tag : known[i])
      categories += fmt::format("{},{}\n", timeline::csv_field(tag), kTagCategories[i]);
  }
  write_layout_file(folder / "HVU_Tags_Categories_V1.0.csv", categories);
  std::map<std::string, std::string> files;
  for (const AnnotatedVideo& video : all_videos(annotated)) {
    std::string tags;
    for (const std::vector<std::string>& category : tags_of(*video.script, annotated.world, video.spans)) {
      for (const std::string& tag : category) tags += (tags.empty() ? "" : "|") + tag;
    }
    std::string& text =
        files.try_emplace(video.script->subset, "Tags,youtube_id,time_start,time_end\n").first->second;
    text += fmt::format("{},{},0,{}\n", timeline::csv_field(tags), video.script->id,
                        seconds_of(annotated, video.script->num_frames));
  }
  for (const auto& [subset, text] : files)
    write_layout_file(folder / fmt::format("HVU_{}_V1.0.csv", camel_case(subset)), text);
}

void write_csv(const AnnotatedWorld& annotated, const fs::path& folder) {
  std::string labels = "set,label\n";
  for (const std::string& action : annotated.world.actions) labels += fmt::format("action,{}\n", action);
  for (const SceneKind& scene : all_scenes()) labels += fmt::format("scene,{}\n", scene.name);
  const std::vector<std::string>& some = annotated.world.look.actors;
  for (const std::string& kind : some.empty() ? actor_kinds() : some)
    labels += fmt::format("object,{}\n", kind);
  write_layout_file(folder / "labels.csv", labels);
  write_subsets(all_videos(annotated), folder, "path,start,end,action,scene,object\n",
                [&](const AnnotatedVideo& video) {
                  const std::vector<LabelledSpan> scenes = scene_spans(*video.script);
                  std::string rows;
                  for (const LabelledSpan& span : video.spans) {
                    if (span.label == kBackgroundLabel) continue;
                    rows += fmt::format("{},{},{},{},{},{}\n", timeline::csv_field(video.path.string()),
                                        seconds_of(annotated, span.first), seconds_of(annotated, span.last),
                                        timeline::csv_field(span.label),
                                        main_label(scenes, span.first, span.last),
                                        actor_kinds()[video.script->actor.kind]);
                  }
                  return rows;
                });
}

}  // namespace zoetrope::synthetic
