// Layouts of untrimmed videos: segmentation, detection, importance.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "zoetrope/synthetic/labels.h"
#include "zoetrope/synthetic/layout_files.h"
#include "zoetrope/timeline/activitynet.h"
#include "zoetrope/timeline/csv.h"

namespace zoetrope::synthetic {
namespace {

namespace fs = std::filesystem;

constexpr double kCoviewSeconds = 5;

std::string coview_rows(const AnnotatedWorld& annotated, const AnnotatedVideo& video) {
  const VideoScript& script = *video.script;
  const std::vector<LabelledSpan> scenes = scene_spans(script);
  const auto length = static_cast<std::int64_t>(std::lround(kCoviewSeconds * annotated.world.fps));
  std::string rows;
  for (std::int64_t first = 0; first < script.num_frames; first += length) {
    const std::int64_t last = std::min(first + length, script.num_frames);
    double importance = 0;
    for (std::int64_t frame = first; frame < last; ++frame)
      importance += importance_of(script, annotated.world, frame);
    importance /= static_cast<double>(last - first);
    rows += fmt::format("{},{},{},{},{},{:.4f}\n", timeline::csv_field(video.path.string()),
                        seconds_of(annotated, first), seconds_of(annotated, last),
                        main_label(scenes, first, last), main_label(video.spans, first, last), importance);
  }
  return rows;
}

/// The videos of each subset that has some.
std::map<std::string, std::vector<const AnnotatedVideo*>> by_subset(const AnnotatedWorld& annotated) {
  std::map<std::string, std::vector<const AnnotatedVideo*>> subsets;
  for (const AnnotatedVideo& video : annotated.untrimmed) subsets[video.script->subset].push_back(&video);
  return subsets;
}

}  // namespace

void write_coview(const AnnotatedWorld& annotated, const fs::path& folder) {
  std::string labels = "set,label\n";
  for (const SceneKind& scene : all_scenes()) labels += fmt::format("scene,{}\n", scene.name);
  for (const std::string& action : annotated.world.actions) labels += fmt::format("action,{}\n", action);
  labels += fmt::format("action,{}\n", kBackgroundLabel);
  write_layout_file(folder / "labels.csv", labels);
  for (const auto& [subset, videos] : by_subset(annotated)) {
    std::string text = "video,start,end,scene,action,importance\n";
    for (const AnnotatedVideo* video : videos) text += coview_rows(annotated, *video);
    write_layout_file(folder / (subset + ".csv"), text);
  }
}

void write_ms_tcn(const AnnotatedWorld& annotated, const fs::path& folder) {
  std::string mapping;
  std::size_t id = 0;
  for (const std::string& action : annotated.world.actions)
    mapping += fmt::format("{} {}\n", id++, with_underscores(action));
  write_layout_file(folder / "mapping.txt", mapping + fmt::format("{} {}\n", id, kBackgroundLabel));
  for (const auto& [subset, videos] : by_subset(annotated)) {
    std::string bundle;
    for (const AnnotatedVideo* video : videos) {
      const std::string file = video->script->id + ".txt";
      std::string frames, transcript, last;
      for (const LabelledSpan& span : video->spans) {
        const std::string line = with_underscores(span.label) + "\n";
        for (std::int64_t frame = span.first; frame < span.last; ++frame) frames += line;
        if (line != last) transcript += line;
        last = line;
      }
      bundle += file + "\n";
      write_layout_file(folder / "groundTruth" / file, frames);
      write_layout_file(folder / "transcripts" / file, transcript);
    }
    write_layout_file(folder / "splits" / (subset + ".split1.bundle"), bundle);
  }
}

void write_activitynet(const AnnotatedWorld& annotated, const fs::path& folder) {
  static const std::map<std::string, std::string> kSubsets = {
      {"train", "training"}, {"val", "validation"}, {"test", "testing"}};
  timeline::ActivityNetFile file{.version = "zoetrope world"};
  for (const AnnotatedVideo& video : annotated.untrimmed) {
    timeline::ActivityNetVideo entry;
    entry.subset = kSubsets.at(video.script->subset);
    entry.timeline.video.duration = seconds_of(annotated, video.script->num_frames);
    entry.timeline.video.fps = annotated.world.fps;
    timeline::Track track{.name = "annotations"};
    for (const LabelledSpan& span : video.spans) {
      if (span.label == kBackgroundLabel) continue;
      track.segments.push_back({.start = seconds_of(annotated, span.first),
                                .end = seconds_of(annotated, span.last),
                                .label = span.label});
    }
    entry.timeline.tracks.push_back(std::move(track));
    file.videos.emplace(video.script->id, std::move(entry));
  }
  write_layout_file(folder / "activity_net.json", timeline::to_activitynet_truth(file));
}

void write_thumos14(const AnnotatedWorld& annotated, const fs::path& folder) {
  std::string classes;
  for (const std::string& action : annotated.world.actions) {
    classes += fmt::format("{} {}\n", class_of(annotated, action) + 1, camel_case(action));
    for (const auto& [subset, videos] : by_subset(annotated)) {
      std::string lines;
      for (const AnnotatedVideo* video : videos) {
        for (const LabelledSpan& span : video->spans) {
          if (span.label == action)
            lines += fmt::format("{}  {:.2f} {:.2f}\n", video->script->id, seconds_of(annotated, span.first),
                                 seconds_of(annotated, span.last));
        }
      }
      write_layout_file(folder / "annotation" / fmt::format("{}_{}.txt", camel_case(action), subset), lines);
    }
  }
  write_layout_file(folder / "detclasslist.txt", classes);
}

}  // namespace zoetrope::synthetic
