// What a world writes, the readers of data sets read: every layout, each clip with its own action.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/support/temporary_folder.h"
#include "tests/synthetic/worlds.h"
#include "zoetrope/data/frame_labels.h"
#include "zoetrope/data/layouts.h"
#include "zoetrope/synthetic/labels.h"
#include "zoetrope/synthetic/layouts.h"

namespace zoetrope::synthetic {
namespace {

namespace fs = std::filesystem;

/// A world's annotations beside empty files in place of its videos.
class ReadBack : public testing::Test {
 protected:
  void write(const WorldOptions& options) {
    world_ = options;
    scripts_ = plan_world(world_);
    AnnotatedWorld annotated{.world = world_, .videos = folder_.path() / "videos"};
    for (const VideoScript& script : scripts_) {
      const fs::path path = fs::path(script.subset) / (script.id + ".mp4");
      fs::create_directories((annotated.videos / path).parent_path());
      std::ofstream(annotated.videos / path) << script.id;
      (script.untrimmed() ? annotated.untrimmed : annotated.clips)
          .push_back({&script, path, action_spans(script)});
    }
    write_layouts(annotated, folder_.path() / "annotations");
  }

  [[nodiscard]] fs::path layout(const std::string& path) const {
    return folder_.path() / "annotations" / path;
  }

  /// The action of each of the subset's clips, by the clip's id.
  [[nodiscard]] std::map<std::string, std::string> truth(const std::string& subset) const {
    std::map<std::string, std::string> actions;
    for (const VideoScript& script : scripts_) {
      if (script.subset == subset && !script.untrimmed())
        actions[script.id] = action_spans(script).front().label;
    }
    return actions;
  }

  /// The same as a reader has it; names that a layout spells otherwise are compared without case and blanks.
  static std::map<std::string, std::string> actions_of(const data::Dataset& dataset, std::size_t set = 0) {
    std::map<std::string, std::string> actions;
    for (const data::Sample& sample : dataset.samples) {
      EXPECT_TRUE(fs::exists(sample.path)) << sample.path;
      const auto& labels = sample.labels.at(set);
      EXPECT_TRUE(labels && labels->size() == 1) << sample.id;
      if (labels && !labels->empty()) {
        actions[sample.path.stem().string()] =
            dataset.label_sets[set].names[static_cast<std::size_t>(labels->front())];
      }
    }
    return actions;
  }

  static std::map<std::string, std::string> bare(std::map<std::string, std::string> actions) {
    for (auto& [id, action] : actions) {
      std::erase_if(action, [](char c) { return c == ' ' || c == '_'; });
      for (char& c : action) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return actions;
  }

  test::TemporaryFolder folder_;
  WorldOptions world_;
  std::vector<VideoScript> scripts_;
};

TEST_F(ReadBack, ClipsOfEveryLayout) {
  WorldOptions world;
  world.clips = {.train = 3, .val = 2, .test = 2};
  write(world);
  using data::Layout;
  const fs::path videos = folder_.path() / "videos";
  const auto read = [](const data::DatasetOptions& options) {
    return actions_of(data::read_dataset(options));
  };
  EXPECT_EQ(read({.layout = Layout::kFolders, .root = layout("folders/val")}), truth("val"));
  EXPECT_EQ(read({.layout = Layout::kKinetics, .root = videos, .annotations = layout("kinetics/train.csv")}),
            truth("train"));
  EXPECT_EQ(read({.layout = Layout::kMultiMoments,
                  .root = videos,
                  .annotations = layout("multi_moments/test.csv"),
                  .labels = layout("multi_moments/moments_categories.txt")}),
            truth("test"));
  EXPECT_EQ(read({.layout = Layout::kCsv,
                  .root = videos,
                  .annotations = layout("csv/train.csv"),
                  .labels = layout("csv/labels.csv"),
                  .label_columns = {"action"}}),
            truth("train"));
  EXPECT_EQ(bare(read({.layout = Layout::kUcf101,
                       .root = layout("ucf101/videos"),
                       .annotations = layout("ucf101"),
                       .subset = "train"})),
            bare(truth("train")));
  EXPECT_EQ(bare(read({.layout = Layout::kHmdb51,
                       .root = layout("hmdb51/videos"),
                       .annotations = layout("hmdb51"),
                       .subset = "train"})),
            bare(truth("train")));
  const data::Dataset sentences =
      data::read_dataset({.layout = Layout::kSsv2,
                          .root = videos,
                          .annotations = layout("ssv2/something-something-v2-train.json"),
                          .labels = layout("ssv2/something-something-v2-labels.json")});
  EXPECT_EQ(sentences.samples.size(), truth("train").size());
  EXPECT_EQ(sentences.label_sets.at(0).names.size(), world_.actions.size());
  const data::Dataset tags = data::read_dataset({.layout = Layout::kHvu,
                                                 .root = videos,
                                                 .annotations = layout("hvu/HVU_Train_V1.0.csv"),
                                                 .labels = layout("hvu/HVU_Tags_Categories_V1.0.csv")});
  ASSERT_EQ(tags.label_sets.size(), kTagCategories.size());
  EXPECT_EQ(tags.label_sets[0].name, "action");
  EXPECT_EQ(actions_of(tags), truth("train"));
}

TEST_F(ReadBack, UntrimmedVideosOfEveryLayout) {
  write(test::untrimmed_world());
  const data::Dataset segments = data::read_dataset({.layout = data::Layout::kCoview,
                                                     .root = folder_.path() / "videos",
                                                     .annotations = layout("coview/train.csv"),
                                                     .labels = layout("coview/labels.csv")});
  EXPECT_EQ(segments.label_sets.size(), 2u);
  for (const data::Sample& sample : segments.samples) EXPECT_TRUE(sample.importance.has_value()) << sample.id;
  const std::vector<std::string> names = data::read_mapping(layout("ms_tcn/mapping.txt"));
  data::Vocabulary classes("action", true, names, "mapping.txt");
  for (const VideoScript& script : scripts_) {
    const auto frames = data::read_label_lines(layout("ms_tcn/groundTruth/" + script.id + ".txt"), classes);
    ASSERT_EQ(std::ssize(frames), script.num_frames);
    for (const LabelledSpan& span : action_spans(script)) {
      std::string label = span.label;
      std::ranges::replace(label, ' ', '_');
      EXPECT_EQ(names[static_cast<std::size_t>(frames[static_cast<std::size_t>(span.first)])], label);
    }
  }
}

}  // namespace
}  // namespace zoetrope::synthetic
