#include "zoetrope/core/text_width.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("clip.mp4"), 8);
  EXPECT_EQ(display_width("Müller"), 6);
  EXPECT_EQ(display_width("台所"), 4);            // wide letters take two columns
  EXPECT_EQ(display_width("e\u0301t\u00e9"), 3);  // an accent of its own takes none
  EXPECT_EQ(display_width("a\xff\xfe z"), 5);     // broken bytes count one each
}

TEST(FitWidth, CutsAtWholeCharactersAndMarksTheCut) {
  EXPECT_EQ(fit_width("kitchen.mp4", 11), "kitchen.mp4");
  EXPECT_EQ(fit_width("kitchen.mp4", 8), "kitchen…");
  EXPECT_EQ(fit_width("kitchen.mp4", 8, false), "kitchen~");
  EXPECT_EQ(fit_width("台所台所", 6), "台所…");  // five columns: a third letter would pass the sixth
  EXPECT_EQ(fit_width("台所台所", 5), "台所…");
  EXPECT_EQ(fit_width("abc", 1), "…");
  EXPECT_EQ(fit_width("abc", 0), "");
  EXPECT_EQ(fit_width("", 0), "");
}

TEST(FitWidth, LetsNoControlSequenceOfAFileNameReachTheTerminal) {
  EXPECT_EQ(fit_width("a\x1b[31mb\n\x07", 20), "a?[31mb??");
  EXPECT_EQ(fit_width("x\xff\xc3", 20), "x??");
}

}  // namespace
}  // namespace zoetrope
