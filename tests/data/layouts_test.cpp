#include "zoetrope/data/layouts.h"

#include <gmock/gmock.h>

#include "tests/data/annotated.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Layouts, FoldersOfVideosPicturesAndFrames) {
  Annotated files;
  for (const char* name : {"train/walk/b.MP4", "train/walk/a.avi", "train/run/still.jpg",
                           "train/run/clip/0001.png", "train/run/clip/0002.png", "train/run/deep/c.mkv",
                           "train/run/.DS_Store", "train/run/notes.txt", "train/loose.mp4", "val/walk/x.mp4"})
    files.write(name);
  std::filesystem::create_directories(files.root() / "train/none");
  const Dataset data = read_dataset({.root = files.root(), .subset = "train"});
  EXPECT_THAT(data.label_sets[0].names, ElementsAre("none", "run", "walk"));
  EXPECT_TRUE(data.label_sets[0].exclusive);
  ASSERT_EQ(data.samples.size(), 5U);
  EXPECT_EQ(data.samples[0].id, "run/still.jpg");
  EXPECT_EQ(data.samples[1].id, "run/clip");
  EXPECT_EQ(data.samples[2].id, "run/deep/c.mkv");
  EXPECT_EQ(files.relative(data.samples[4].path), "train/walk/b.MP4");
  EXPECT_EQ(labels_of(data, 4), "walk");
  ASSERT_EQ(data.notes.size(), 1U);
  EXPECT_THAT(data.notes[0], HasSubstr("train/loose.mp4: left out"));
  EXPECT_EQ(read_dataset({.root = files.root() / "val"}).samples.size(), 1U);
}

TEST(Layouts, AFileOfLabelsGivesFoldersTheirIds) {
  Annotated files;
  files.write("v/walk/a.mp4");
  const auto labels = files.write("labels.txt", "jump\nwalk\n");
  EXPECT_EQ(read_dataset({.root = files.root() / "v", .labels = labels}).samples[0].labels[0]->front(), 1);
  files.write("v/wakl/a.mp4");
  EXPECT_EQ(files.complaint({.root = files.root() / "v", .labels = labels}),
            "v/wakl: label 'wakl' is not in labels.txt; did you mean 'walk'?");
  EXPECT_EQ(files.complaint({.root = files.root() / "w"}),
            "w: no such folder; it should hold a folder for each class");
}

TEST(Layouts, KineticsFindsSegmentsAndWholeVideosByName) {
  Annotated files;
  for (const char* name :
       {"v/archery/aaa_000001_000011.mp4", "v/dancing_ballet/bbb_000002_000012.mkv",
        "v/dancing ballet/ddd_000000_000010.webm", "v/archery/ddd_000000_000010.webm", "v/ccc.mp4"})
    files.write(name);
  const DatasetOptions options = {
      .layout = Layout::kKinetics,
      .root = files.root() / "v",
      .annotations = files.write("k.csv",
                                 "label,youtube_id,time_start,time_end,split\r\n"
                                 "dancing ballet,bbb,2,12,train\r\n\"archery\",aaa,1,11,train\r\n"
                                 "archery,ccc,10.0,20.0,val\r\ndancing ballet,ddd,0,10,val\r\n"
                                 "zumba,eee,0,10,val\r\n")};
  const Dataset data = read_dataset(options);
  EXPECT_THAT(data.label_sets[0].names, ElementsAre("archery", "dancing ballet", "zumba"));
  ASSERT_EQ(data.samples.size(), 5U);
  EXPECT_EQ(files.relative(data.samples[0].path), "v/dancing_ballet/bbb_000002_000012.mkv");
  EXPECT_EQ(data.samples[0].end, 0);  // the file is the segment
  EXPECT_EQ(labels_of(data, 1), "archery");
  EXPECT_EQ(files.relative(data.samples[2].path), "v/ccc.mp4");
  EXPECT_EQ(data.samples[2].start, 10);
  EXPECT_EQ(data.samples[2].end, 20);
  EXPECT_EQ(files.relative(data.samples[3].path), "v/dancing ballet/ddd_000000_000010.webm");
  EXPECT_EQ(files.relative(data.samples[4].path), "v/eee_000000_000010.mp4");
  EXPECT_FALSE(std::filesystem::exists(data.samples[4].path));

  DatasetOptions cut = options;
  cut.trimmed = true;
  cut.subset = "val";
  EXPECT_EQ(read_dataset(cut).samples[0].end, 0);
  EXPECT_EQ(read_dataset(cut).label_sets[0].names.size(), 3U);  // ids are those of the whole file
  cut.subset = "test";
  EXPECT_EQ(files.complaint(cut), "k.csv: holds no sample of subset 'test'");
}

TEST(Layouts, KineticsTestListsHaveNoLabels) {
  Annotated files;
  const Dataset data = read_dataset(
      {.layout = Layout::kKinetics,
       .annotations = files.write("t.csv", "youtube_id,time_start,time_end,split\n-x_,1,2,test\n")});
  EXPECT_EQ(labels_of(data, 0), "-");
  EXPECT_EQ(data.samples[0].path, "-x__000001_000002.mp4");  // without a root, nothing is looked for
}

TEST(Layouts, Ucf101ReadsItsThreeSplits) {
  Annotated files;
  files.write("lists/classInd.txt", "1 ApplyEyeMakeup\r\n2 YoYo\r\n");
  files.write("lists/trainlist02.txt", "YoYo/v_YoYo_g01_c01.avi 2\nApplyEyeMakeup/v_A_g08_c01.avi 1\n");
  files.write("lists/testlist02.txt", "YoYo/v_YoYo_g02_c01.avi\n\n");
  files.write("v/YoYo/v_YoYo_g01_c01.avi");
  files.write("v/v_YoYo_g02_c01.mp4");  // converted, and without folders
  DatasetOptions options = {.layout = Layout::kUcf101,
                            .root = files.root() / "v",
                            .annotations = files.root() / "lists",
                            .split = 2,
                            .subset = "train"};
  const Dataset train = read_dataset(options);
  ASSERT_EQ(train.samples.size(), 2U);
  EXPECT_EQ(labels_of(train, 0), "YoYo");
  EXPECT_EQ(files.relative(train.samples[1].path), "v/ApplyEyeMakeup/v_A_g08_c01.avi");
  options.subset = "test";
  EXPECT_EQ(files.relative(read_dataset(options).samples[0].path), "v/v_YoYo_g02_c01.mp4");
  options.subset = "";
  EXPECT_EQ(read_dataset(options).samples.size(), 3U);
  options.subset = "val";
  EXPECT_EQ(files.complaint(options), "layout ucf101: 'subset' is train or test, not 'val'");
  files.write("lists/trainlist02.txt", "YoYo/a.avi 1\n");
  options.subset = "train";
  EXPECT_EQ(files.complaint(options),
            "lists/trainlist02.txt:1: class 1 is not 'YoYo', which is 2 in classInd.txt");
  files.write("lists/trainlist02.txt", "\nYoyo/a.avi 2\n");
  EXPECT_THAT(files.complaint(options), HasSubstr("lists/trainlist02.txt:2: label 'Yoyo' is not in "));
  files.write("lists/trainlist02.txt", "a.avi\n");
  EXPECT_EQ(files.complaint(options), "lists/trainlist02.txt:1: 'a.avi' should be CLASS/VIDEO");
  files.write("lists/classInd.txt", "1 A\n3 B\n");
  EXPECT_EQ(files.complaint(options), "lists/classInd.txt:2: should be '2 CLASS': numbers ascend from 1");
  options.split = 4;
  EXPECT_EQ(files.complaint(options), "'split' is 4; there are splits 1, 2 and 3");
}

TEST(Layouts, Hmdb51MarksTrainAndTestByNumber) {
  Annotated files;
  files.write("s/wave_test_split1.txt", "a b.avi 1 \nc.avi 2 \nd.avi 0 \n");
  files.write("s/brush_hair_test_split1.txt", "e.avi 2 \n");
  files.write("s/wave_test_split2.txt", "a b.avi 2\n");
  files.write("v/wave/a b.avi");
  DatasetOptions options = {
      .layout = Layout::kHmdb51, .root = files.root() / "v", .annotations = files.root() / "s"};
  EXPECT_EQ(read_dataset(options).samples.size(), 3U);
  options.subset = "train";
  const Dataset train = read_dataset(options);
  ASSERT_EQ(train.samples.size(), 1U);
  EXPECT_EQ(files.relative(train.samples[0].path), "v/wave/a b.avi");
  EXPECT_EQ(labels_of(train, 0), "wave");
  EXPECT_THAT(train.label_sets[0].names, ElementsAre("brush_hair", "wave"));
  options.split = 3;
  EXPECT_EQ(files.complaint(options), "s: no file CLASS_test_split3.txt in this folder");
  files.write("s/wave_test_split3.txt", "a.avi 1\nb.avi 3\n");
  EXPECT_EQ(files.complaint(options),
            "s/wave_test_split3.txt:2: should be 'VIDEO N' with N 0 (neither), 1 (train) or 2 (test)");
}

TEST(Layouts, SomethingSomethingTakesTheBracketsOff) {
  Annotated files;
  files.write("v/78687.webm");
  const auto train = files.write("train.json",
                                 R"([{"id":"78687","label":"holding potato next to vicks",
           "template":"Holding [something] next to [something]","placeholders":["potato","vicks"]},
          {"id":"42326","template":"Closing [something]"}, {"id":7}])");
  const auto labels =
      files.write("labels.json", R"({"Holding something next to something":"0","Closing something":"1"})");
  const DatasetOptions options = {
      .layout = Layout::kSsv2, .root = files.root() / "v", .annotations = train, .labels = labels};
  const Dataset data = read_dataset(options);
  ASSERT_EQ(data.samples.size(), 3U);
  EXPECT_EQ(labels_of(data, 0), "Holding something next to something");
  EXPECT_EQ(data.samples[1].labels[0]->front(), 1);
  EXPECT_EQ(labels_of(data, 2), "-");
  EXPECT_EQ(files.relative(data.samples[1].path), "v/42326.webm");
  EXPECT_EQ(read_dataset({.layout = Layout::kSsv2, .annotations = train}).samples[1].labels[0]->front(), 0);

  files.write("train.json",
              R"([{"id":"1","template":"Closing [something"},{"id":"2","template":"Clasing []"}])");
  EXPECT_THAT(files.complaint(options), HasSubstr("train.json: [1]: label 'Clasing ' is not in labels.json"));
  files.write("train.json", R"([{"template":"Closing [something]"}])");
  EXPECT_THAT(files.complaint(options), HasSubstr("train.json: [0]"));
  files.write("train.json", R"({"id":"1"})");
  EXPECT_THAT(files.complaint(options), HasSubstr("train.json: "));
  files.write("train.json", R"([{"id":"../1"}])");
  EXPECT_EQ(files.complaint(options), "train.json: [0].id: is no id of a video");
  files.write("train.json", "[");
  EXPECT_THAT(files.complaint(options), HasSubstr("train.json"));
}

TEST(Layouts, MultiMomentsNamesItsNumbers) {
  Annotated files;
  files.write("v/a/b.mp4");
  DatasetOptions options = {.layout = Layout::kMultiMoments,
                            .root = files.root() / "v",
                            .annotations = files.write("train.csv", "a/b.mp4,2,0\nc/d.mp4,1\n"),
                            .labels = files.write("names.txt", "crafting,1\nbaking, or so,0\nsinging,2\n")};
  const Dataset data = read_dataset(options);
  EXPECT_FALSE(data.label_sets[0].exclusive);
  EXPECT_EQ(labels_of(data, 0), "baking, or so|singing");
  EXPECT_EQ(files.relative(data.samples[1].path), "v/c/d.mp4");
  files.write("train.csv", "a/b.mp4,2\na/c.mp4,3\n");
  EXPECT_EQ(files.complaint(options), "train.csv:2: '3' is no id of a label; they are 0 to 2");
  files.write("train.csv", "a/b.mp4\n");
  EXPECT_EQ(files.complaint(options), "train.csv:1: should be 'path,label_id,...': it has no label");
  files.write("names.txt", "a,0\nb,2\n");
  EXPECT_EQ(files.complaint(options), "names.txt: no class has id 1; ids count from 0");
  files.write("names.txt", "a,0\nb,0\n");
  EXPECT_EQ(files.complaint(options), "names.txt:2: id 0 is 'a' already");
  files.write("names.txt", "a,0\nb,9999999\n");
  EXPECT_EQ(files.complaint(options), "names.txt:2: id 9999999 is above the 200000 classes that are read");
  options.subset = "train";
  EXPECT_EQ(files.complaint(options), "layout multi_moments has no 'subset'; leave it out");
}

TEST(Layouts, HvuHasASetForEachCategory) {
  Annotated files;
  files.write("v/gD_G1b0wV5I_001015_001035.mp4");
  files.write("v/abc_000075_000077.mp4");
  files.write("v/whole.mp4");
  DatasetOptions options = {
      .layout = Layout::kHvu,
      .root = files.root() / "v",
      .annotations =
          files.write("val.csv",
                      "Tags,youtube_id,time_start,time_end\nuniform|judo|mat,gD_G1b0wV5I,101.5,103.5\n"
                      "mat,abc,75,77\njudo,whole,1.5,3\n,none,0,1\n"),
      .labels = files.write("tags.csv", "Tag,Category\nuniform,object\nmat,object\njudo,action\n")};
  const Dataset data = read_dataset(options);
  ASSERT_EQ(data.label_sets.size(), 2U);
  EXPECT_EQ(data.label_sets[0].name, "action");
  EXPECT_THAT(data.label_sets[1].names, ElementsAre("mat", "uniform"));
  EXPECT_EQ(labels_of(data, 0, 0), "judo");
  EXPECT_EQ(labels_of(data, 0, 1), "mat|uniform");
  EXPECT_EQ(labels_of(data, 1, 0), "-");
  EXPECT_EQ(labels_of(data, 3, 1), "-");
  EXPECT_EQ(files.relative(data.samples[0].path), "v/gD_G1b0wV5I_001015_001035.mp4");
  EXPECT_EQ(files.relative(data.samples[1].path), "v/abc_000075_000077.mp4");
  EXPECT_EQ(data.samples[2].start, 1.5);
  options.label_sets = {"object"};
  const Dataset objects = read_dataset(options);
  ASSERT_EQ(objects.label_sets.size(), 1U);
  EXPECT_EQ(objects.samples.size(), data.samples.size());
  EXPECT_EQ(labels_of(objects, 0, 0), "mat|uniform");
  options.label_sets = {"object", "actoin"};
  EXPECT_EQ(files.complaint(options), "label_sets: the annotations have no 'actoin'; did you mean 'action'?");
  options.label_sets = {};
  options.absent_is_none = true;
  EXPECT_EQ(labels_of(read_dataset(options), 1, 0), "");
  files.write("val.csv", "Tags,youtube_id,time_start,time_end\njdo,a,1,2\n");
  EXPECT_EQ(files.complaint(options), "val.csv:2: tag 'jdo' is not in tags.csv; did you mean 'judo'?");
  files.write("tags.csv", "Tag,Category\njudo,object\nmat,object\njudo,action\n");
  EXPECT_EQ(files.complaint(options), "tags.csv:4: tag 'judo' stands in line 2, too; remove one");
}

TEST(Layouts, CoviewHasScenesActionsAndImportance) {
  Annotated files;
  files.write("v/trip.mp4");
  DatasetOptions options = {.layout = Layout::kCoview,
                            .root = files.root() / "v",
                            .annotations = files.write("c.csv",
                                                       "video,start,scene,action,importance\n"
                                                       "trip,0,beach,surfing,1.25\ntrip,5,beach,,\n")};
  const Dataset data = read_dataset(options);
  EXPECT_EQ(data.label_sets[0].name, "scene");
  EXPECT_EQ(files.relative(data.samples[1].path), "v/trip.mp4");
  EXPECT_EQ(data.samples[1].start, 5);
  EXPECT_EQ(data.samples[1].end, 10);
  EXPECT_EQ(data.samples[0].importance, 1.25);
  EXPECT_EQ(data.samples[1].importance, std::nullopt);
  EXPECT_EQ(labels_of(data, 1, 1), "-");
  files.write("c.csv", "video,start,end,scene,action,importance\ntrip,0,5,a,b,2.5\n");
  EXPECT_EQ(files.complaint(options), "c.csv:2: importance: '2.5' is no number from 0 to 2");
  files.write("c.csv", "video,start,end,scene,importance\ntrip,0,5,a,b,2\n");
  EXPECT_THAT(files.complaint(options),
              HasSubstr("c.csv:1: no column 'action'; the header has video, start"));
}

TEST(Layouts, CsvOfPeoplesOwnData) {
  Annotated files;
  files.write("clips/a.mp4");
  files.write("clips/b.mkv");
  DatasetOptions options = {.layout = Layout::kCsv,
                            .annotations = files.write("own.csv",
                                                       "\xef\xbb\xbfpath,Label,start,end,subset,place\r\n"
                                                       "clips/a.mp4, wave ,0.5,2,train,\"kitchen, old\"\r\n"
                                                       "clips/b.mp4,wave|nod,,,train,\r\n"
                                                       "gone.mp4,,1,,val,hall\r\n")};
  const Dataset data = read_dataset(options);
  ASSERT_EQ(data.label_sets.size(), 2U);
  EXPECT_EQ(data.label_sets[0].name, "Label");
  EXPECT_FALSE(data.label_sets[0].exclusive);
  EXPECT_TRUE(data.label_sets[1].exclusive);
  EXPECT_EQ(labels_of(data, 1), "nod|wave");
  EXPECT_EQ(labels_of(data, 0, 1), "kitchen, old");
  EXPECT_EQ(labels_of(data, 2), "-");
  EXPECT_EQ(data.samples[0].start, 0.5);
  EXPECT_EQ(data.samples[2].end, 0);
  EXPECT_EQ(files.relative(data.samples[1].path), "clips/b.mkv");
  EXPECT_FALSE(std::filesystem::exists(data.samples[2].path));

  options.subset = "val";
  EXPECT_EQ(read_dataset(options).samples.size(), 1U);
  EXPECT_EQ(read_dataset(options).label_sets[0].names.size(), 2U);  // ids are those of the whole file
  options.subset = "vla";
  EXPECT_EQ(files.complaint(options), "own.csv: no row of subset 'vla'; it has train, val");
  options.subset = "";
  options.label_columns = {"place"};
  options.multi_label = true;
  EXPECT_FALSE(read_dataset(options).label_sets.at(0).exclusive);
  options.absent_is_none = true;
  EXPECT_EQ(labels_of(read_dataset(options), 1), "");
}

TEST(Layouts, CsvTakesTheIdsOfAFileOfLabels) {
  Annotated files;
  DatasetOptions options = {
      .layout = Layout::kCsv,
      .annotations = files.write("own.csv", "path,scene,action\na.mp4,sea,swim\n"),
      .labels = files.write("sets.csv", "set,label\nscene,wood\naction,swim\nscene,sea\n")};
  EXPECT_EQ(read_dataset(options).samples[0].labels[0]->front(), 1);
  files.write("sets.csv", "set,label\nscene,sea\n");
  EXPECT_EQ(files.complaint(options), "sets.csv: no labels of set 'action'");
  files.write("sets.csv", "sea\nswim\n");
  EXPECT_THAT(files.complaint(options), HasSubstr("sets.csv: should be CSV with the header set,label"));
  options.label_columns = {"action"};
  EXPECT_EQ(read_dataset(options).samples[0].labels[0]->front(), 1);
  files.write("own.csv", "path,scene,action\na.mp4,sea,swim\nb.mp4,sea,swam\n");
  EXPECT_EQ(files.complaint(options), "own.csv:3: label 'swam' is not in sets.csv; did you mean 'swim'?");
}

TEST(Layouts, WhatIsMalformedIsToldWithItsLine) {
  Annotated files;
  const auto complaint = [&](const std::string& text) {
    return files.complaint({.layout = Layout::kCsv, .annotations = files.write("x.csv", text)});
  };
  EXPECT_EQ(complaint(""), "x.csv: an empty file; it should hold annotations");
  EXPECT_EQ(complaint("\r\n \n"), "x.csv: an empty file; it should hold annotations");
  EXPECT_EQ(complaint("path,label\n"), "x.csv: holds no sample");
  EXPECT_EQ(complaint("file,label\na,b\n"), "x.csv:1: no column 'path'; the header has file, label");
  EXPECT_EQ(complaint("path\na\n"), "x.csv:1: no column of labels; add 'label', or a column a set");
  EXPECT_EQ(complaint("path,label,Path\n"), "x.csv:1: two columns are called 'Path'; rename one");
  EXPECT_EQ(complaint("path,label\na.mp4,b,c\n"),
            "x.csv:2: 3 fields where the header has 2; a field with commas needs quotes");
  EXPECT_EQ(complaint("path,label\n\na.mp4\n"),
            "x.csv:3: 1 fields where the header has 2; a field with commas needs quotes");
  EXPECT_EQ(complaint("path,label\na.mp4,\"b\n"), "x.csv:2: a quoted field has no closing quote");
  EXPECT_EQ(complaint("path,label\na.mp4,\"b\"c\n"),
            "x.csv:2: a quoted field goes on after its closing quote");
  EXPECT_EQ(complaint(std::string("path,label\na.mp4,b\0\n", 20)),
            "x.csv:2: a NUL byte: this is no text; save the file as UTF-8");
  EXPECT_EQ(complaint("path,label\na.mp4,b||c\n"), "x.csv:2: an empty label; name it, or remove it");
  EXPECT_EQ(complaint("path,label\n,b\n"), "x.csv:2: path: no path of a video");
  EXPECT_EQ(complaint("path,label\na.mp4,\"b\nc\"\n"),
            "x.csv:2: label 'b?c' has a line break within; is a quote not closed?");
  EXPECT_EQ(complaint("path,start,end,label\na.mp4,2,2,b\n"),
            "x.csv:2: start 2 is not before end 2; swap or correct them");
  EXPECT_EQ(complaint("path,start,end,label\na.mp4,0,0,b\n"),
            "x.csv:2: start 0 is not before end 0; swap or correct them");
  EXPECT_EQ(complaint("path,start,end,label\na.mp4,x,2,b\n"), "x.csv:2: start: 'x' is no number of seconds");
  EXPECT_EQ(complaint("path,start,end,label\na.mp4,nan,2,b\n"),
            "x.csv:2: start: 'nan' is no number of seconds");
  EXPECT_EQ(complaint("path,start,end,label\na.mp4,-1,2,b\n"),
            "x.csv:2: start: -1 is outside of 0 to 10000000 seconds");
  EXPECT_EQ(complaint("path,label\na.mp4,b\na.mp4,c\n"),
            "x.csv:3: 'a.mp4' stands in line 2 with other labels; join them with '|' or remove one");
  const std::string huge = complaint("path,label\na.mp4," + std::string(3'000'000, 'x') + "\n");
  EXPECT_EQ(huge, "x.csv:2: a label of 3000000 bytes; at most 1000 are read");
  EXPECT_LT(complaint("path,label,start\na.mp4,b," + std::string(1'000'000, 'x') + "\n").size(), 300U);
  EXPECT_EQ(files.complaint({.layout = Layout::kCsv}), "layout csv needs 'annotations': a CSV");
  EXPECT_THAT(files.complaint({.layout = Layout::kCsv, .annotations = files.root() / "no.csv"}),
              HasSubstr("no.csv: "));
}

TEST(Layouts, KineticsRefusesWhatIsNoSegment) {
  Annotated files;
  const auto complaint = [&](const std::string& row) {
    return files.complaint(
        {.layout = Layout::kKinetics,
         .annotations = files.write("k.csv", "label,youtube_id,time_start,time_end,split\n" + row + "\n")});
  };
  EXPECT_EQ(complaint("a,b,10,10,train"),
            "k.csv:2: time_start 10 is not before time_end 10; swap or correct them");
  EXPECT_EQ(complaint("a,b,10,,train"), "k.csv:2: time_end is empty");
  EXPECT_EQ(complaint("a,../b,1,2,train"), "k.csv:2: youtube_id: '../b' is no id of a video");
  EXPECT_EQ(complaint(",b,1,2,train"), "k.csv:2: an empty label; name it, or remove it");
}

TEST(Layouts, RepeatedRowsAreLeftOutAndTold) {
  Annotated files;
  const Dataset data = read_dataset(
      {.layout = Layout::kKinetics,
       .annotations = files.write("k.csv",
                                  "label,youtube_id,time_start,time_end,split\nx,b,0,10,t\nx,b,0,10,t\n"
                                  "x,b,0,10,t\ny,b,0,10,t\n")});
  EXPECT_EQ(data.samples.size(), 2U);
  ASSERT_EQ(data.notes.size(), 2U);
  EXPECT_THAT(data.notes[0], HasSubstr("k.csv:5: the sample of line 2: kept, though the labels differ"));
  EXPECT_THAT(data.notes[1],
              HasSubstr("k.csv:3: the same as line 2: left out, since it stands twice (1 more)"));
}

TEST(Layouts, OptionsComeFromToml) {
  DatasetOptions options;
  read_config(
      parse_toml("layout = 'hmdb51'\nsplit = 3\nsubset = 'test'\nlabel_columns = ['a', 'b']", "r.toml"),
      options);
  EXPECT_EQ(options.layout, Layout::kHmdb51);
  EXPECT_EQ(options.split, 3);
  EXPECT_THAT(options.label_columns, ElementsAre("a", "b"));
  EXPECT_THROW(read_config(parse_toml("split = 4", "r.toml"), options), Error);
  EXPECT_EQ(all_layouts().size(), config_names(Layout{}).size());
  for (std::size_t i = 0; i < all_layouts().size(); ++i)
    EXPECT_EQ(static_cast<std::size_t>(all_layouts()[i].layout), i);
}

}  // namespace
}  // namespace zoetrope::data
