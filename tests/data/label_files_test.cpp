#include "zoetrope/data/label_files.h"

#include <gmock/gmock.h>

#include "tests/data/annotated.h"
#include "tests/support/complaint.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

using test::complaint_of;

TEST(LabelFolder, BothWaysOfWritingAreRead) {
  Annotated files;
  files.write("p/a", "### Frame level recognition: ###\nSIL SIL  milk\r\n");
  files.write("p/b.txt", "milk\nSIL\n");
  files.write("p/.hidden", "x\n");
  Vocabulary classes("action", true);
  const VideoLabels labels = read_label_folder(files.root() / "p", classes);
  EXPECT_EQ(labels.size(), 2U);
  EXPECT_THAT(labels.at("a"), ElementsAre(0, 0, 1));
  EXPECT_THAT(labels.at("b"), ElementsAre(1, 0));
  EXPECT_THAT(classes.set().names, ElementsAre("SIL", "milk"));
}

TEST(LabelFolder, WhatSegmentWritesBesideItsLabelsIsPassedOver) {
  Annotated files;
  files.write("p/a.txt", "SIL\nmilk\n");
  files.write("p/a.json", "{}");
  files.write("p/a.html", "<html>");
  Vocabulary classes("action", true);
  EXPECT_EQ(read_label_folder(files.root() / "p", classes).size(), 1U);
}

TEST(LabelFolder, WhatIsWrongIsNamed) {
  Annotated files;
  files.write("p/a", "SIL\n");
  files.write("p/a.txt", "SIL\n");
  files.write("q/a.txt", "### Frame level recognition: ###\n\n");
  Vocabulary classes("action", true);
  const auto says = [&](const std::string& folder) {
    return complaint_of([&] { return read_label_folder(files.root() / folder, classes); });
  };
  EXPECT_THAT(says("p"), EndsWith("p: 'a' is there with the suffix .txt and without; remove one"));
  EXPECT_THAT(says("q"), EndsWith("a.txt: no label of a frame"));
  EXPECT_THAT(says("gone"), HasSubstr("gone: cannot be read"));
  std::filesystem::create_directory(files.root() / "empty");
  EXPECT_THAT(says("empty"), EndsWith("empty: no file of labels in this folder"));
}

TEST(LabelTable, SegmentsBecomeFrames) {
  Annotated files;
  const auto path = files.write("s.csv", "video,start,end,label\nb,0,2,tea\na,1,2,milk\na,2,3,tea\n");
  Vocabulary classes("action", true);
  const VideoLabels labels = read_label_table(path, classes, "SIL");
  EXPECT_THAT(labels.at("a"), ElementsAre(1, 2, 0));
  EXPECT_THAT(labels.at("b"), ElementsAre(0, 0));
  EXPECT_THAT(complaint_of([&] { return read_label_table(path, classes); }),
              EndsWith("s.csv:3: frames 0 to 1 of 'a' have no label; name a background for them"));
}

TEST(LabelTable, WhatIsWrongIsNamedWithItsLine) {
  Annotated files;
  const auto says = [&](const std::string& rows) {
    const auto path = files.write("s.csv", "video,start,end,label\n" + rows);
    Vocabulary classes("action", true);
    return complaint_of([&] { return read_label_table(path, classes); });
  };
  EXPECT_THAT(says("a,0,2,x\na,1,3,y\n"),
              EndsWith("s.csv:3: starts at frame 1, within what stands before it, up to 2"));
  EXPECT_THAT(says("a,2,2,x\n"), EndsWith("s.csv:2: start 2 is not before end 2; swap or correct them"));
  EXPECT_THAT(says("a,0,1.5,x\n"), EndsWith("s.csv:2: end: '1.5' is no frame from 0 to 20000000"));
  EXPECT_THAT(says("a,0,99999999999,x\n"), HasSubstr("is no frame"));
  EXPECT_THAT(says("a,0,20000000,x\nb,0,20000000,x\n"),
              EndsWith("s.csv:3: more than 20000000 frames in all"));
  EXPECT_THAT(says(""), EndsWith("s.csv: no segment"));
}

}  // namespace
}  // namespace zoetrope::data
