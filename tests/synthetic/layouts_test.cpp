#include "zoetrope/synthetic/layouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/temporary_folder.h"
#include "tests/synthetic/worlds.h"
#include "zoetrope/data/caption_set.h"
#include "zoetrope/synthetic/captions.h"
#include "zoetrope/synthetic/labels.h"
#include "zoetrope/timeline/activitynet.h"
#include "zoetrope/timeline/frames.h"

namespace zoetrope::synthetic {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::SizeIs;

using Lines = std::vector<std::string>;

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in.good()) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Lines lines_of(const fs::path& path) {
  std::istringstream in(text_of(path));
  Lines lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::size_t count_files(const fs::path& folder) {
  std::size_t count = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    count += !entry.is_directory();
  return count;
}

/// Scripts and annotations of a world, without its videos, in which stand empty files.
class Layouts : public testing::Test {
 protected:
  void write(const WorldOptions& options, const std::string& layout, bool noisy = false) {
    world = options;
    if (!layout.empty()) world.layouts = {layout};
    scripts = plan_world(world);
    AnnotatedWorld annotated{.world = world, .videos = folder.path() / "videos", .noisy = noisy};
    for (const VideoScript& script : scripts) {
      const fs::path path = fs::path(script.subset) / (script.id + ".mp4");
      fs::create_directories(annotated.videos / script.subset);
      std::ofstream(annotated.videos / path) << script.id;
      (script.untrimmed() ? annotated.untrimmed : annotated.clips)
          .push_back({&script, path, noisy ? noisy_spans(script, world) : action_spans(script)});
    }
    write_layouts(annotated, folder.path() / "annotations");
  }
  [[nodiscard]] fs::path file(const std::string& name) const { return folder.path() / "annotations" / name; }
  [[nodiscard]] const VideoScript& script(const std::string& id) const {
    return *std::find_if(scripts.begin(), scripts.end(), [&](const VideoScript& s) { return s.id == id; });
  }
  [[nodiscard]] std::string label(const std::string& id) const {
    return action_spans(script(id)).front().label;
  }

  test::TemporaryFolder folder;
  WorldOptions world;
  std::vector<VideoScript> scripts;
};

TEST_F(Layouts, LabelsAreTheWorldsActionsInOrder) {
  write(test::small_world(), "csv");
  EXPECT_EQ(lines_of(file("labels.txt")), world.actions);
}

TEST_F(Layouts, FoldersLinkEveryClipUnderItsClass) {
  write(test::small_world(), "folders");
  std::size_t links = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(file("folders"))) {
    if (entry.is_directory()) continue;
    ++links;
    const std::string id = entry.path().stem().string();
    EXPECT_EQ(text_of(entry.path()), id);  // through the link
    EXPECT_EQ(entry.path().parent_path().filename(), label(id));
    EXPECT_EQ(entry.path().parent_path().parent_path().filename(), script(id).subset);
  }
  EXPECT_EQ(links, 32u);
}

TEST_F(Layouts, KineticsHasARowAClip) {
  write(test::small_world(), "kinetics");
  EXPECT_THAT(lines_of(file("kinetics/train.csv")), SizeIs(1 + 16));
  EXPECT_THAT(lines_of(file("kinetics/val.csv")), SizeIs(1 + 8));
  const Lines test = lines_of(file("kinetics/test.csv"));
  EXPECT_EQ(test.front(), "label,youtube_id,time_start,time_end,split");
  for (std::size_t i = 1; i < test.size(); ++i) {
    const std::string id = test[i].substr(test[i].find("clip_"), 10);
    EXPECT_EQ(test[i], label(id) + "," + id + ",0,1,test");
  }
}

TEST_F(Layouts, Ucf101HasThreeSplitsThatKeepTwinsTogether) {
  write(test::small_world(), "ucf101");
  EXPECT_EQ(lines_of(file("ucf101/classInd.txt")).front(), "1 MoveRight");
  for (const char* split : {"01", "02", "03"}) {
    std::map<std::string, std::set<bool>> tested;  // by key
    std::size_t clips = 0;
    for (const bool is_test : {false, true}) {
      for (const std::string& line :
           lines_of(file("ucf101/" + std::string(is_test ? "test" : "train") + "list" + split + ".txt"))) {
        ++clips;
        const std::string path = line.substr(0, line.find(' '));
        EXPECT_TRUE(fs::exists(file("ucf101/videos/" + path))) << path;
        const VideoScript& clip = script(fs::path(path).stem().string());
        tested[clip.key].insert(is_test);
        EXPECT_TRUE(split != std::string("01") || is_test == (clip.subset != "train"));
      }
    }
    EXPECT_EQ(clips, 32u);
    for (const auto& [key, sides] : tested) EXPECT_THAT(sides, SizeIs(1)) << key;
  }
}

TEST_F(Layouts, Hmdb51HasAFileForEachClassAndSplit) {
  write(test::small_world(), "hmdb51");
  std::size_t train = 0, tested = 0;
  for (const std::string action : {"move_right", "spin_anticlockwise"}) {
    for (const std::string& line : lines_of(file("hmdb51/" + action + "_test_split1.txt"))) {
      EXPECT_TRUE(fs::exists(file("hmdb51/videos/" + action + "/" + line.substr(0, line.find(' ')))));
      train += line.ends_with(" 1 ");
      tested += line.ends_with(" 2 ");
    }
  }
  EXPECT_EQ(train, 4u);
  EXPECT_EQ(tested, 4u);
  EXPECT_TRUE(fs::exists(file("hmdb51/open_test_split3.txt")));
}

TEST_F(Layouts, SomethingSomethingNamesWhoAndWhat) {
  write(test::small_world(), "ssv2");
  const auto read = [&](const std::string& what) {
    return nlohmann::json::parse(text_of(file("ssv2/something-something-v2-" + what + ".json")));
  };
  EXPECT_EQ(read("labels")["something moves right"], "0");
  EXPECT_EQ(read("labels").size(), 8u);
  EXPECT_EQ(read("validation").size(), 8u);
  EXPECT_EQ(read("test").size(), 8u);
  EXPECT_FALSE(read("test")[0].contains("label"));
  EXPECT_THAT(lines_of(file("ssv2/test-answers.csv")), SizeIs(8));
  const nlohmann::json train = read("train");
  ASSERT_EQ(train.size(), 16u);
  for (const nlohmann::json& entry : train) {
    const VideoScript& clip = script(entry["id"]);
    EXPECT_EQ(entry["template"], find_action(label(clip.id)).sentence);
    EXPECT_EQ(entry["placeholders"][0], describe_look(clip.actor));
  }
}

TEST_F(Layouts, MultiMomentsHasBothActionsOfAClip) {
  WorldOptions options = test::small_world();
  options.clips.second_action = 1;
  write(options, "multi_moments");
  EXPECT_EQ(lines_of(file("multi_moments/moments_categories.txt"))[2], "rise,2");
  for (const std::string& line : lines_of(file("multi_moments/train.csv")))
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), 2) << line;
}

TEST_F(Layouts, CaptionsAreSeveralDifferingSentencesOfAClip) {
  write(test::small_world(), "captions");
  const fs::path path = file("captions/videodatainfo.json");
  EXPECT_THAT(data::read_caption_set(path, "train").videos, SizeIs(16));
  EXPECT_THAT(data::read_caption_set(path, "validate").videos, SizeIs(8));
  for (const data::CaptionedVideo& video : data::read_caption_set(path).videos) {
    const VideoScript& clip = script(video.id);
    EXPECT_EQ(video.captions, captions_of(clip, world, action_spans(clip).front()));
    EXPECT_GE(std::set<std::string>(video.captions.begin(), video.captions.end()).size(), 5U);
  }
}

TEST_F(Layouts, HvuTagsAreAllOfAKnownCategory) {
  WorldOptions options = test::untrimmed_world();
  options.clips.train = 1;
  write(options, "hvu");
  std::set<std::string> known, categories;
  const Lines tags = lines_of(file("hvu/HVU_Tags_Categories_V1.0.csv"));
  for (std::size_t i = 1; i < tags.size(); ++i) {
    EXPECT_TRUE(known.insert(tags[i].substr(0, tags[i].find(','))).second) << tags[i] << " stands twice";
    categories.insert(tags[i].substr(tags[i].find(',') + 1));
  }
  EXPECT_THAT(categories, ElementsAre("action", "attribute", "concept", "event", "object", "scene"));
  const Lines rows = lines_of(file("hvu/HVU_Train_V1.0.csv"));
  EXPECT_THAT(rows, SizeIs(1 + 8 + 4));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    std::istringstream fields(rows[i].substr(0, rows[i].find(',')));
    for (std::string tag; std::getline(fields, tag, '|');) EXPECT_TRUE(known.contains(tag)) << tag;
  }
}

TEST_F(Layouts, CsvHasARowForEachActionOfEachVideo) {
  WorldOptions options = test::untrimmed_world();
  options.clips.train = 1;
  write(options, "csv");
  std::size_t expected = 1;
  for (const VideoScript& each : scripts) {
    if (each.subset != "train") continue;
    for (const LabelledSpan& span : action_spans(each)) expected += span.label != kBackgroundLabel;
  }
  const Lines rows = lines_of(file("csv/train.csv"));
  EXPECT_THAT(rows, SizeIs(expected));
  EXPECT_EQ(rows.front(), "path,start,end,action,scene,object");
  EXPECT_TRUE(fs::exists(folder.path() / "videos" / rows[1].substr(0, rows[1].find(','))));
}

TEST_F(Layouts, CoviewHasARowForEachFiveSeconds) {
  write(test::untrimmed_world(), "coview");
  std::size_t expected = 1;
  for (const VideoScript& each : scripts) expected += each.subset == "test" ? (each.num_frames + 39) / 40 : 0;
  const Lines rows = lines_of(file("coview/test.csv"));
  EXPECT_THAT(rows, SizeIs(expected));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const double importance = std::stod(rows[i].substr(rows[i].rfind(',') + 1));
    EXPECT_GE(importance, 0);
    EXPECT_LE(importance, 2);
  }
  EXPECT_THAT(lines_of(file("coview/labels.csv")), SizeIs(1 + all_scenes().size() + 8 + 1));
}

TEST_F(Layouts, MsTcnHasALineAFrameAndTheTranscript) {
  write(test::untrimmed_world(), "ms_tcn");
  EXPECT_EQ(lines_of(file("ms_tcn/mapping.txt")).back(), "8 background");
  EXPECT_THAT(lines_of(file("ms_tcn/splits/train.split1.bundle")), SizeIs(4));
  EXPECT_THAT(lines_of(file("ms_tcn/splits/test.split1.bundle")), SizeIs(2));
  for (const VideoScript& each : scripts) {
    const std::string name = "ms_tcn/groundTruth/" + each.id + ".txt";
    EXPECT_THAT(lines_of(file(name)), SizeIs(each.num_frames));
    const timeline::Timeline read = timeline::from_frames(text_of(file(name)), name, {.fps = world.fps}, "");
    const Lines transcript = lines_of(file("ms_tcn/transcripts/" + each.id + ".txt"));
    ASSERT_EQ(read.tracks[0].segments.size(), transcript.size());
    for (std::size_t i = 0; i < transcript.size(); ++i)
      EXPECT_EQ(read.tracks[0].segments[i].label, transcript[i]);
  }
}

TEST_F(Layouts, ActivityNetHasEveryActionOfEveryVideo) {
  write(test::untrimmed_world(), "activitynet");
  const fs::path path = file("activitynet/activity_net.json");
  const timeline::ActivityNetFile read = timeline::from_activitynet(text_of(path), path.string());
  ASSERT_EQ(read.videos.size(), 7u);
  for (const auto& [id, video] : read.videos) {
    std::size_t actions = 0;
    for (const LabelledSpan& span : action_spans(script(id))) actions += span.label != kBackgroundLabel;
    EXPECT_THAT(video.timeline.tracks[0].segments, SizeIs(actions));
    EXPECT_EQ(video.subset, script(id).subset == "train" ? "training"
                            : script(id).subset == "val" ? "validation"
                                                         : "testing");
  }
}

TEST_F(Layouts, Thumos14HasALineForEachAction) {
  write(test::untrimmed_world(), "thumos14");
  EXPECT_EQ(lines_of(file("thumos14/detclasslist.txt"))[4], "5 SpinClockwise");
  EXPECT_EQ(count_files(file("thumos14/annotation")), 8u * 3);
  std::size_t lines = 0, actions = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(file("thumos14/annotation")))
    lines += lines_of(entry.path()).size();
  for (const VideoScript& each : scripts) {
    for (const LabelledSpan& span : action_spans(each)) actions += span.label != kBackgroundLabel;
  }
  EXPECT_EQ(lines, actions);
}

TEST_F(Layouts, NoisyLabelsStandWhereTheTrueOnesWould) {
  WorldOptions options = test::small_world();
  options.label_noise = 1;
  write(options, "", true);
  const Lines rows = lines_of(file("kinetics/train.csv"));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::string id = rows[i].substr(rows[i].find("clip_"), 10);
    EXPECT_NE(rows[i].substr(0, rows[i].find(',')), label(id));
  }
  EXPECT_FALSE(fs::exists(file("ucf101/trainlist02.txt")));
}

TEST_F(Layouts, OnlyThoseAskedForAreWrittenAndThoseThatHaveVideos) {
  write(test::untrimmed_world(), "");
  EXPECT_FALSE(fs::exists(file("kinetics")));
  EXPECT_TRUE(fs::exists(file("hvu")));
  fs::remove_all(folder.path() / "annotations");
  WorldOptions options = test::small_world();
  options.layouts = {"ssv2"};
  write(options, "");
  EXPECT_TRUE(fs::exists(file("ssv2")));
  EXPECT_FALSE(fs::exists(file("hvu")));
}

}  // namespace
}  // namespace zoetrope::synthetic
