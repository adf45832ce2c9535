#include "zoetrope/training/ranks.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "tests/support/free_port.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/data/loader.h"
#include "zoetrope/training/gradient_buckets.h"
#include "zoetrope/training/shared_step.h"

namespace zoetrope::training {
namespace {

using testing::HasSubstr;

Launch launch_at(int port, int rank, int world) {
  return {.rank = rank, .world_size = world, .local_rank = rank, .address = "127.0.0.1", .port = port};
}

class RanksTest : public testing::Test {
 protected:
  void SetUp() override {
    if (rank_backends().empty())
      GTEST_SKIP() << "this build cannot train on several ranks: no headers of Gloo";
  }
  ~RanksTest() override { forgive_repeated_signals(0); }

  // Threads in place of processes.
  static void together(int world, const std::function<void(Ranks&)>& work) {
    const int port = test::free_port();
    std::vector<std::thread> threads;
    for (int rank = 0; rank < world; ++rank) {
      threads.emplace_back([&, rank] {
        Ranks ranks(launch_at(port, rank, world));
        work(ranks);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_F(RanksTest, AddUpTellAndGather) {
  together(3, [](Ranks& ranks) {
    torch::Tensor own = torch::full({2, 2}, ranks.rank() + 1, torch::kDouble);
    ranks.sum(own);
    EXPECT_TRUE(own.equal(torch::full({2, 2}, 6, torch::kDouble)));
    EXPECT_EQ(ranks.broadcast(ranks.is_first() ? std::string("of rank 0") : ""), "of rank 0");
    EXPECT_EQ(ranks.broadcast(std::string(ranks.is_first() ? "" : "x")), "");
    EXPECT_THAT(ranks.gather(std::string("x").append(static_cast<std::size_t>(ranks.rank()), 'y')),
                testing::ElementsAre("x", "xy", "xyy"));
    torch::Tensor turned = torch::arange(6, torch::kFloat).view({2, 3}).t() * (ranks.is_first() ? 1 : 0);
    ranks.broadcast(turned);
    EXPECT_TRUE(turned.equal(torch::arange(6, torch::kFloat).view({2, 3}).t()));
  });
}

TEST_F(RanksTest, WhatRankZeroCannotDoEndsAll) {
  together(2, [](Ranks& ranks) {
    int calls = 0;
    ranks.first_does([&] { ++calls; });
    EXPECT_EQ(calls, ranks.is_first() ? 1 : 0);
    EXPECT_EQ(refusal([&] { ranks.first_does([] { throw Error::model("no such weights"); }); }),
              "no such weights");
    const std::string own = ranks.is_first() ? "a" : "b";
    EXPECT_EQ(refusal([&] { ranks.check_same("the letter", "a"); }), "");
    EXPECT_EQ(refusal([&] { ranks.check_same("the letter", own); }),
              "rank 1 does not have the letter that rank 0 has");
  });
}

TEST_F(RanksTest, GradientsAreThoseOfTheSum) {
  together(2, [](Ranks& ranks) {
    std::vector<torch::Tensor> parameters = {torch::ones({3}).requires_grad_(),
                                             torch::ones({2, 2}).requires_grad_(),
                                             torch::ones({1}).requires_grad_()};
    GradientBuckets buckets(ranks, parameters);
    for (int step = 1; step <= 3; ++step) {
      for (torch::Tensor& parameter : parameters) parameter.mutable_grad() = torch::Tensor();
      // Two parts; the third parameter is used by none.
      for (const int part : {1, 2}) {
        const torch::Tensor loss =
            (parameters[0].sum() + parameters[1].sum() * 2) * (step * (ranks.rank() + 1));
        if (part == 2) buckets.prepare(loss);
        ranks.talk([&] { (loss * buckets.factor()).backward(); });
      }
      EXPECT_TRUE(torch::allclose(parameters[0].grad(), torch::full({3}, 6.0 * step)));
      EXPECT_TRUE(torch::allclose(parameters[1].grad(), torch::full({2, 2}, 12.0 * step)));
      EXPECT_FALSE(parameters[2].grad().defined());
    }
  });
}

TEST_F(RanksTest, AStepIsTheBatchOfOneProcess) {
  // Places 0 to 6 of a step of 7, of which the third cannot be read: ranks 0, 1, 2 have every third.
  const std::vector<std::vector<std::int64_t>> places = {{0, 3, 6}, {1, 4}, {5}};
  together(3, [&](Ranks& ranks) {
    data::Batch batch;
    batch.places = batch.samples = places[static_cast<std::size_t>(ranks.rank())];
    const auto count = std::ssize(batch.places);
    batch.clips = torch::tensor(batch.places, torch::kUInt8).view({count, 1});
    batch.known = {torch::ones({count}, torch::kBool),
                   torch::tensor(batch.places, torch::kLong).remainder(2).eq(0)};
    const SharedStep step = share_step(&ranks, batch, 8, ranks.rank() == 2 ? 1 : 0);
    EXPECT_EQ(step.count, 6);
    EXPECT_EQ(step.broken_in_epoch, 1);
    const std::vector<std::vector<std::int64_t>> rows = {{0, 2, 5}, {1, 3}, {4}};
    EXPECT_EQ(step.rows, rows[static_cast<std::size_t>(ranks.rank())]);
    EXPECT_THAT(step.labelled(0, 6), testing::ElementsAre(6, 3));
    EXPECT_THAT(step.labelled(2, 4), testing::ElementsAre(2, 1));
    const torch::Tensor all = gather_rows(ranks, step, batch.clips);
    EXPECT_TRUE(all.view(-1).equal(torch::tensor({0, 1, 3, 4, 5, 6}, torch::kUInt8)));
    const auto [first, last] = step.share_of(2, 4);
    EXPECT_EQ(last - first, ranks.rank() < 2 ? 1 : 0);
  });
}

TEST_F(RanksTest, WhoDoesNotComeIsNamed) {
  const RanksOptions impatient{.join_seconds = 0.3};
  EXPECT_THAT(refusal([&] { Ranks ranks(launch_at(test::free_port(), 0, 3), impatient); }),
              HasSubstr("1 of 3 ranks came within 0.3 s; rank 1 did not, nor others"));
  EXPECT_THAT(refusal([&] { Ranks ranks(launch_at(test::free_port(), 1, 2), impatient); }),
              HasSubstr("rank 1 of 2: nobody listens at 127.0.0.1:"));
}

TEST_F(RanksTest, APortThatIsTakenIsSaid) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(socket, 1), 0);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  const int port = ntohs(address.sin_port);
  EXPECT_THAT(refusal([&] { Ranks ranks(launch_at(port, 0, 2), {.join_seconds = 1}); }),
              HasSubstr(fmt::format("rank 0 cannot listen at port {}: it is taken", port)));
  close(socket);
}

}  // namespace
}  // namespace zoetrope::training
