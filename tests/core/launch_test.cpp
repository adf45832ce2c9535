#include "zoetrope/core/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

using testing::HasSubstr;

Environment meeting(Environment environment) {
  environment.insert({{"MASTER_ADDR", "node7"}, {"MASTER_PORT", "29500"}});
  return environment;
}

std::string refusal(const Environment& environment) {
  try {
    (void)launch_of(environment);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

void expect_launch(const Environment& environment, int rank, int world_size, int local_rank) {
  const Launch launch = launch_of(meeting(environment));
  EXPECT_EQ(launch.rank, rank);
  EXPECT_EQ(launch.world_size, world_size);
  EXPECT_EQ(launch.local_rank, local_rank);
  EXPECT_EQ(launch.address, "node7");
  EXPECT_EQ(launch.port, 29500);
}

TEST(Launch, WithoutVariablesItIsOneProcess) {
  const Launch launch = launch_of({{"HOME", "/root"}, {"RANK", ""}});
  EXPECT_EQ(launch.world_size, 1);
  EXPECT_EQ(launch.rank, 0);
  EXPECT_EQ(launch_of({{"RANK", "0"}, {"WORLD_SIZE", "1"}}).world_size, 1) << "needs no meeting point";
}

TEST(Launch, EveryLauncherIsUnderstood) {
  expect_launch({{"RANK", "3"}, {"WORLD_SIZE", "8"}, {"LOCAL_RANK", "1"}}, 3, 8, 1);
  expect_launch({{"RANK", "3"}, {"WORLD_SIZE", "8"}}, 3, 8, -1);
  expect_launch(
      {{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_LOCAL_RANK", "0"}}, 2,
      4, 0);
  expect_launch({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"MPI_LOCALRANKID", "1"}}, 1, 2, 1);
  expect_launch({{"SLURM_PROCID", "5"}, {"SLURM_NTASKS", "6"}, {"SLURM_LOCALID", "2"}}, 5, 6, 2);
}

TEST(Launch, AStepOfSlurmCountsBeforeItsJob) {
  const Environment step = {
      {"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "8"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_STEP_ID", "0"}};
  expect_launch(step, 1, 2, -1);
  EXPECT_THAT(refusal(step), HasSubstr("rank 1 of 2, but MASTER_ADDR is missing"));
}

TEST(Launch, TheShellOfAJobIsOneProcess) {
  EXPECT_EQ(launch_of({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}).world_size, 1);
  EXPECT_EQ(launch_of({{"SLURM_NTASKS", "4"}, {"MASTER_ADDR", "node7"}}).world_size, 1);
}

TEST(Launch, TorchrunTellsOfItsStoreAndItsAttempts) {
  const Launch launch = launch_of(meeting({{"RANK", "0"},
                                           {"WORLD_SIZE", "2"},
                                           {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                           {"TORCHELASTIC_RESTART_COUNT", "3"}}));
  EXPECT_TRUE(launch.has_store);
  EXPECT_EQ(launch.attempt, 3);
  EXPECT_FALSE(
      launch_of(meeting({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"TORCHELASTIC_USE_AGENT_STORE", "False"}}))
          .has_store);
}

TEST(Launch, SharesNeedNoMeetingPoint) {
  const Launch launch = rank_of({{"RANK", "1"}, {"WORLD_SIZE", "3"}});
  EXPECT_EQ(launch.rank, 1);
  EXPECT_EQ(launch.world_size, 3);
}

TEST(Launch, WhatIsMissingIsNamed) {
  EXPECT_THAT(refusal({{"RANK", "0"}}), HasSubstr("RANK is set, WORLD_SIZE is missing"));
  EXPECT_THAT(refusal({{"WORLD_SIZE", "2"}}), HasSubstr("WORLD_SIZE is set, RANK is missing"));
  EXPECT_THAT(refusal({{"OMPI_COMM_WORLD_RANK", "0"}}), HasSubstr("OMPI_COMM_WORLD_SIZE is missing"));
  EXPECT_THAT(refusal({{"PMI_SIZE", "2"}}), HasSubstr("PMI_RANK is missing"));
  EXPECT_THAT(refusal({{"SLURM_PROCID", "0"}, {"SLURM_STEP_ID", "0"}}), HasSubstr("SLURM_NTASKS is missing"));
  EXPECT_THAT(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}}),
              HasSubstr("rank 0 of 2, but MASTER_ADDR is missing"));
  EXPECT_THAT(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}}),
              HasSubstr("MASTER_PORT is missing"));
}

TEST(Launch, WhatContradictsIsRefused) {
  EXPECT_THAT(refusal({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), HasSubstr("RANK is 2, but WORLD_SIZE is 2"));
  EXPECT_THAT(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"LOCAL_RANK", "2"}}),
              HasSubstr("LOCAL_RANK is 2, but WORLD_SIZE is 2"));
  EXPECT_THAT(refusal({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}), HasSubstr("RANK is '-1', not a whole number"));
  EXPECT_THAT(refusal({{"RANK", "0"}, {"WORLD_SIZE", "two"}}), HasSubstr("WORLD_SIZE is 'two'"));
  EXPECT_THAT(refusal({{"RANK", "0"}, {"WORLD_SIZE", "0"}}), HasSubstr("WORLD_SIZE is '0'"));
  EXPECT_THAT(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "70000"}}),
              HasSubstr("MASTER_PORT is '70000', not a whole number from 1 to 65535"));
  Environment both = meeting(
      {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}});
  EXPECT_THAT(refusal(both), HasSubstr("RANK is 0, but OMPI_COMM_WORLD_RANK is 1"));
  both["TORCHELASTIC_RUN_ID"] = "none";
  expect_launch(both, 0, 2, -1);  // torchrun numbers its ranks itself
  // A torchrun on each machine, started by srun: another world.
  expect_launch({{"RANK", "5"}, {"WORLD_SIZE", "8"}, {"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "2"}}, 5, 8, -1);
}

TEST(Launch, TheEnvironmentIsReadAsItIs) {
  setenv("ZOETROPE_LAUNCH_TEST", "a=b", 1);
  EXPECT_EQ(this_environment().at("ZOETROPE_LAUNCH_TEST"), "a=b");
}

}  // namespace
}  // namespace zoetrope
