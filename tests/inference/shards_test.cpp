#include "zoetrope/inference/shards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "zoetrope/core/error.h"

namespace zoetrope::inference {
namespace {

TEST(Shards, AreDisjointAndComplete) {
  std::vector<int> all(23);
  std::iota(all.begin(), all.end(), 0);
  for (std::size_t count = 1; count <= 30; ++count) {
    std::vector<int> together;
    for (std::size_t number = 1; number <= count; ++number) {
      const std::vector<int> share = share_of(Shard{number, count}, all);
      EXPECT_LE(share.size(), all.size() / count + 1);
      together.insert(together.end(), share.begin(), share.end());
    }
    EXPECT_THAT(together, testing::UnorderedElementsAreArray(all)) << count;
  }
}

TEST(Shards, ComeFromAWordOrFromALauncher) {
  const Environment launched = {{"SLURM_PROCID", "2"}, {"SLURM_NTASKS", "8"}, {"SLURM_STEP_ID", "0"}};
  EXPECT_EQ(shard_of("", launched).count, 1u) << "only where it is asked for";
  EXPECT_EQ(shard_of("3/4", launched).number, 3u);
  EXPECT_EQ(shard_of("3/4", launched).count, 4u);
  EXPECT_EQ(shard_of("env", launched).number, 3u);
  EXPECT_EQ(shard_of("env", launched).count, 8u);
  EXPECT_EQ(shard_of("env", {}).count, 1u);
}

TEST(Shards, WhatIsNoneIsRefused) {
  for (const char* text :
       {"0/4", "5/4", "1", "1/0", "a/4", "1/4/2", "-1/4", "1/", "/2", "1 /2", "environment"}) {
    try {
      (void)shard_of(text, {});
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_THAT(error.what(), testing::HasSubstr("shards are 1/N to N/N"));
    }
  }
  EXPECT_THROW((void)shard_of("env", {{"RANK", "1"}}), Error);
}

}  // namespace
}  // namespace zoetrope::inference
