#include "zoetrope/data/segmentation_set.h"

#include <gmock/gmock.h>

#include <numeric>

#include "tests/data/annotated.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A small data set on disk, of which tests spoil a part.
class Breakfast {
 public:
  Breakfast() {
    write("mapping.txt", "0 SIL\n1 milk\n2 tea\n");
    write("splits/train.split1.bundle", "a.txt\nb.txt\n");
    write("splits/test.split1.bundle", "c.txt\n");
    write("groundTruth/a.txt", "SIL\nmilk\nmilk\nSIL\n");
    write("groundTruth/b.txt", "tea\ntea\ntea\n");
    write("groundTruth/c.txt", "SIL\ntea\n");
    features("a", 2, 4);
    features("b", 2, 3);
    features("c", 2, 2);
  }
  void write(const std::string& name, const std::string& text) { files_.write(name, text); }
  void features(const std::string& name, std::int64_t rows, std::int64_t columns) {
    std::filesystem::create_directories(files_.root() / "features");
    std::vector<float> values(static_cast<std::size_t>(rows * columns));
    std::iota(values.begin(), values.end(), 0.0F);
    write_features(files_.root() / "features" / (name + ".npy"), values, rows);
  }
  void remove(const std::string& name) { std::filesystem::remove_all(files_.root() / name); }

  [[nodiscard]] SegmentationSet read(SegmentationOptions options = {}) const {
    options.root = files_.root();
    return read_segmentation_set(options);
  }
  [[nodiscard]] std::string complaint(const SegmentationOptions& options = {}) const {
    try {
      (void)read(options);
    } catch (const Error& error) {
      std::string text = error.what();
      const std::string prefix = files_.root().string() + "/";
      for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
        text.erase(at, prefix.size());
      return text;
    }
    return "";
  }

 private:
  Annotated files_;
};

TEST(SegmentationSet, AListWithoutAVideoIsRefused) {
  Breakfast files;
  files.write("splits/train.split1.bundle", "\xEF\xBB\xBF\n");
  EXPECT_EQ(files.complaint(), "splits/train.split1.bundle: names no video");
}

TEST(SegmentationSet, AVideoIsASampleWithTheSetOfItsActions) {
  const Breakfast files;
  const Dataset labels = labels_of_videos(files.read());
  ASSERT_EQ(labels.samples.size(), 2U);
  EXPECT_EQ(labels.samples[0].id, "a");
  EXPECT_EQ(labels_of(labels, 0), "SIL|milk");
  EXPECT_EQ(labels_of(labels, 1), "tea");
}

TEST(SegmentationSet, IsReadWithItsWeakLabels) {
  const Breakfast files;
  const SegmentationSet set = files.read({.background = {"SIL"}});
  EXPECT_THAT(set.classes, ElementsAre("SIL", "milk", "tea"));
  EXPECT_THAT(set.background, ElementsAre(0));
  EXPECT_EQ(set.order, FeatureOrder::kDimensionsFirst);
  EXPECT_EQ(set.num_dimensions, 2);
  ASSERT_EQ(set.videos.size(), 2U);
  const SegmentationVideo& a = set.videos[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.num_frames, 4);
  EXPECT_THAT(a.labels, ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(a.transcript, ElementsAre(0, 1, 0));
  EXPECT_THAT(a.actions, ElementsAre(0, 1));
  EXPECT_THAT(distinct_transcripts(set), ElementsAre(ElementsAre(0, 1, 0), ElementsAre(2)));
  const FeatureFile features = open_features(set, a);
  std::vector<float> values(4);
  features.read(values, 2, a.num_frames);
  EXPECT_THAT(values, ElementsAre(0, 2, 4, 6));
}

TEST(SegmentationSet, TimeIsTheSideThatTheLabelsHave) {
  Breakfast files;
  files.features("a", 4, 3);
  files.features("b", 3, 3);
  files.features("c", 2, 3);
  EXPECT_EQ(files.read().order, FeatureOrder::kFramesFirst);
  EXPECT_EQ(files.read().num_dimensions, 3);
  files.remove("groundTruth");
  EXPECT_EQ(files.read().order, FeatureOrder::kFramesFirst);
  EXPECT_EQ(files.read().videos[0].num_frames, 4);
}

TEST(SegmentationSet, ListsOfEveryNamingAreFound) {
  Breakfast files;
  EXPECT_EQ(files.read({.subset = "test"}).videos[0].name, "c");
  EXPECT_EQ(files.read({.subset = ""}).videos.size(), 3U);
  files.write("split2.train", "c\r\n\r\na\r\n");
  const SegmentationSet second = files.read({.split = 2});
  ASSERT_EQ(second.videos.size(), 2U);
  EXPECT_EQ(second.videos[0].name, "c");
  EXPECT_THAT(files.complaint({.split = 3}),
              HasSubstr("no list of videos: neither splits/train.split3.bundle nor splits/split3.train"));
}

TEST(SegmentationSet, WeakLabelsAreReadWhereFramesHaveNone) {
  Breakfast files;
  files.remove("groundTruth/a.txt");
  files.write("transcripts/a.txt", "SIL\nmilk\nSIL\n");
  files.write("transcripts/b.txt", "tea\ntea\n");
  const SegmentationSet set = files.read();
  EXPECT_THAT(set.videos[0].labels, IsEmpty());
  EXPECT_THAT(set.videos[0].transcript, ElementsAre(0, 1, 0));
  EXPECT_THAT(set.videos[0].actions, ElementsAre(0, 1));
  EXPECT_THAT(set.videos[1].transcript, ElementsAre(2));
  EXPECT_THAT(files.read({.read_weak_labels = true}).videos[1].transcript, ElementsAre(2, 2));
  files.remove("transcripts");
  files.write("sets/a.txt", "milk\nSIL\n");
  EXPECT_THAT(files.read().videos[0].transcript, IsEmpty());
  EXPECT_THAT(files.read().videos[0].actions, ElementsAre(0, 1));
}

TEST(SegmentationSet, LengthsThatDisagreeAreNamedOrCut) {
  Breakfast files;
  files.features("b", 2, 4);
  EXPECT_EQ(files.complaint(),
            "features/b.npy: 4 frames (as [D, T]), but groundTruth/b.txt has 3 labels; "
            "a max_length_difference of 1 would cut both to the shorter");
  const SegmentationSet set = files.read({.max_length_difference = 1});
  EXPECT_EQ(set.videos[1].num_frames, 3);
  EXPECT_THAT(set.notes, ElementsAre("1 video was cut to the shorter of features and labels"));
  files.write("groundTruth/b.txt", "tea\ntea\ntea\ntea\nSIL\n");
  EXPECT_THAT(files.read({.max_length_difference = 1}).videos[1].transcript, ElementsAre(2));
  files.features("b", 3, 3);
  files.write("groundTruth/b.txt", "tea\ntea\ntea\n");
  EXPECT_EQ(files.complaint(), "features/b.npy: features of 3 dimensions, but features/a.npy has 2");
}

TEST(SegmentationSet, ListsAreNotTrusted) {
  Breakfast files;
  const auto says = [&](const std::string& list) {
    files.write("splits/train.split1.bundle", list);
    return files.complaint();
  };
  const std::string file = "splits/train.split1.bundle";
  EXPECT_EQ(says("a.txt\nx.txt\n"), file + ":2: 'x' has no features/x.npy; remove it or add the file");
  EXPECT_EQ(says("a.txt\n\na\n"), file + ":3: 'a' stands in line 1 too; remove one");
  EXPECT_EQ(says("../../etc/passwd\n"),
            file + ":1: '../../etc/passwd' should be the name of a video, without folders");
  EXPECT_THAT(says("..\n"), EndsWith("without folders"));
  EXPECT_THAT(says(std::string(300, 'a') + "\n"), EndsWith("a name of 300 bytes; at most 255 are read"));
  files.features("x", 2, 5);
  EXPECT_EQ(says("x\n"),
            file + ":1: 'x' has no groundTruth/x.txt, nor a transcript or a set; remove it or add the file");
}

TEST(SegmentationSet, LabelsOutsideOfTheMappingAreNamed) {
  Breakfast files;
  files.write("groundTruth/b.txt", "tea\ntee\ntea\n");
  EXPECT_THAT(files.complaint(), HasSubstr("groundTruth/b.txt:2: label 'tee' is not in mapping.txt"));
  EXPECT_THAT(files.complaint({.background = {"mlk"}}),
              HasSubstr("background 'mlk' is no class of mapping.txt; did you mean 'milk'?"));
}

TEST(SegmentationSet, NeedsNoFeatures) {
  Breakfast files;
  files.remove("features");
  const SegmentationSet set = files.read({.features = ""});
  EXPECT_EQ(set.num_dimensions, 0);
  EXPECT_EQ(set.videos[0].num_frames, 4);
  EXPECT_THROW((void)open_features(set, set.videos[0]), Error);
}

}  // namespace
}  // namespace zoetrope::data
