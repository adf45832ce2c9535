#include "zoetrope/core/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace zoetrope {
namespace {

TEST(EditDistance, CountsEachKindOfEditOnce) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("stride", "stirde"), 1u);  // a swap
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);         // no letter is edited twice
}

TEST(NearestName, FindsTheTypoAndRefusesTheStranger) {
  const std::vector<std::string> known = {"learning_rate", "batch_size", "epochs"};
  EXPECT_EQ(nearest_name("lerning_rate", known), "learning_rate");
  EXPECT_EQ(nearest_name("epoch", known), "epochs");
  EXPECT_EQ(nearest_name("colour", known), "");
  EXPECT_EQ(nearest_name("x", {}), "");
  EXPECT_EQ(did_you_mean("batchsize", known), "; did you mean 'batch_size'?");
  EXPECT_EQ(did_you_mean("colour", known), "");
}

}  // namespace
}  // namespace zoetrope
