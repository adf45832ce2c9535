#include "zoetrope/data/frame_labels.h"

#include <gmock/gmock.h>

#include "tests/data/annotated.h"
#include "tests/support/complaint.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

using Ids = std::vector<std::int64_t>;

using test::complaint_of;

TEST(Mapping, IdsMayStandInAnyOrderAndNamesMayHoldBlanks) {
  Annotated files;
  const auto path = files.write("m.txt",
                                "\xef\xbb\xbf"
                                "1 pour milk \r\n0\tSIL\r\n\r\n");
  EXPECT_THAT(read_mapping(path), ElementsAre("SIL", "pour milk"));
}

TEST(Mapping, EachMistakeIsNamedWithItsLine) {
  Annotated files;
  const auto says = [&](const std::string& text) {
    const auto path = files.write("m.txt", text);
    return complaint_of([&] { return read_mapping(path); });
  };
  EXPECT_THAT(says("0 a\n1 b\n1 c\n"), EndsWith("m.txt:3: id 1 stands in line 2 too; remove one"));
  EXPECT_THAT(says("0 a\n1 a\n"), EndsWith("m.txt:2: 'a' stands in line 1 too; remove one"));
  EXPECT_THAT(says("0 a\n2 b\n"), EndsWith("m.txt:2: id 2 of 2 classes; ids ascend from 0 without a gap"));
  EXPECT_THAT(says("a 0\n"), EndsWith("m.txt:1: 'a 0' should be an id and a name, as in '0 background'"));
  EXPECT_THAT(says("0\n"), EndsWith("m.txt:1: '0' should be an id and a name, as in '0 background'"));
  EXPECT_THAT(says("-1 a\n"), EndsWith("m.txt:1: id -1 is outside of 0 to 199999"));
  EXPECT_THAT(says(" \r\n"), EndsWith("m.txt: an empty file; it should hold annotations"));
}

TEST(LabelLines, AreReadWhateverTheirLineEnds) {
  Annotated files;
  Vocabulary classes("action", true, {"SIL", "pour milk"}, "mapping.txt");
  const auto path = files.write("v.txt", "\xef\xbb\xbfSIL\r\n pour milk\r\npour milk \rSIL\n\n\n");
  EXPECT_THAT(read_label_lines(path, classes), ElementsAre(0, 1, 1, 0));
}

TEST(LabelLines, UnknownNamesAndBlankLinesAreRefused) {
  Annotated files;
  Vocabulary classes("action", true, {"SIL", "pour_milk"}, "mapping.txt");
  const auto says = [&](const std::string& text) {
    const auto path = files.write("v.txt", text);
    return complaint_of([&] { return read_label_lines(path, classes); });
  };
  EXPECT_THAT(says("SIL\nSIL\npour_milc\n"),
              EndsWith("v.txt:3: label 'pour_milc' is not in mapping.txt; did you mean 'pour_milk'?"));
  EXPECT_THAT(says("SIL\n\nSIL\n"), EndsWith("v.txt:2: a blank line; each should name a class"));
  EXPECT_THAT(says(std::string("SIL\n\0\n", 6)),
              EndsWith("v.txt:2: a NUL byte: this is no text; save the file as UTF-8"));
  EXPECT_THAT(says(""), EndsWith("v.txt: an empty file; it should hold annotations"));
}

TEST(WeakLabels, FollowFromTheLabelsOfFrames) {
  const Ids labels = {3, 3, 0, 2, 2, 3};
  EXPECT_THAT(transcript_of(labels), ElementsAre(3, 0, 2, 3));
  EXPECT_THAT(set_of(labels), ElementsAre(0, 2, 3));
  EXPECT_THAT(transcript_of({}), IsEmpty());
}

TEST(Sampling, IsUndone) {
  const Ids labels = {0, 0, 1, 1, 2, 2, 2};
  EXPECT_THAT(sample_labels(labels, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(spread_labels(Ids{0, 1, 2}, 3, 7), ElementsAre(0, 0, 0, 1, 1, 1, 2));
  for (const std::int64_t stride : {1, 2, 3, 7, 100}) {
    const Ids sampled = sample_labels(labels, stride);
    EXPECT_EQ(sample_labels(spread_labels(sampled, stride, 7), stride), sampled) << stride;
  }
  EXPECT_THROW((void)sample_labels(labels, 0), Error);
  EXPECT_THROW((void)spread_labels(Ids{0, 1}, 3, 7), Error);
}

}  // namespace
}  // namespace zoetrope::data
