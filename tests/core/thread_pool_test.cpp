#include "zoetrope/core/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

TEST(ParallelFor, CallsEveryIndexOnce) {
  for (const int threads : {0, 1, 2, 7, 64}) {
    for (const int count : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
      parallel_for(
          count, [&](std::int64_t i) { ++calls[static_cast<std::size_t>(i)]; }, threads);
      for (const auto& call : calls) EXPECT_EQ(call, 1);
    }
  }
}

TEST(ParallelFor, RunsOnAsManyThreadsAsAskedFor) {
  std::mutex mutex;
  std::set<std::thread::id> ids;
  std::atomic<int> waiting = 4;
  parallel_for(
      4,
      [&](std::int64_t) {
        --waiting;
        while (waiting > 0) std::this_thread::yield();  // all four are here at once
        const std::lock_guard lock(mutex);
        ids.insert(std::this_thread::get_id());
      },
      4);
  EXPECT_EQ(ids.size(), 4u);
}

TEST(ParallelFor, OnOneThreadIsALoop) {
  std::vector<std::int64_t> order;
  parallel_for(
      5, [&](std::int64_t i) { order.push_back(i); }, 1);
  EXPECT_EQ(order, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST(ParallelFor, ThrowsTheFailureOfTheLowestIndexWhateverTheTiming) {
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::atomic<int> calls = 0;
    try {
      parallel_for(
          100000,
          [&](std::int64_t i) {
            ++calls;
            if (i == 10) std::this_thread::sleep_for(std::chrono::microseconds(100));
            if (i >= 10) throw Error::input("frame {}", i);
          },
          4);
      FAIL();
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "frame 10");
    }
    EXPECT_LT(calls, 100000) << "the rest was not begun";
  }
}

TEST(ParallelMap, ReturnsResultsInOrder) {
  struct NoDefault {
    explicit NoDefault(std::int64_t value) : value(std::make_unique<std::int64_t>(value)) {}
    std::unique_ptr<std::int64_t> value;
  };
  const auto results = parallel_map(
      500, [](std::int64_t i) { return NoDefault(i * i); }, 4);
  ASSERT_EQ(results.size(), 500u);
  for (std::size_t i = 0; i < 500; ++i) EXPECT_EQ(*results[i].value, static_cast<std::int64_t>(i * i));
}

TEST(ThreadPool, FuturesGiveResultsInOrderAndExceptions) {
  ThreadPool pool(3, 2);
  EXPECT_EQ(pool.num_threads(), 3);
  std::deque<std::future<std::string>> ahead;
  for (int i = 0; i < 200; ++i) {
    ahead.push_back(pool.submit([i] {
      if (i == 150) throw Error::input("task {}", i);
      return std::to_string(i);
    }));
  }
  for (int i = 0; i < 200; ++i, ahead.pop_front()) {
    if (i == 150) {
      EXPECT_THROW(ahead.front().get(), Error);
    } else {
      EXPECT_EQ(ahead.front().get(), std::to_string(i));
    }
  }
}

TEST(ThreadPool, SubmissionWaitsWhileTheQueueIsFull) {
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  ThreadPool pool(1, 2);
  std::atomic<int> submitted = 0;
  std::vector<std::future<void>> futures;
  std::thread producer([&] {
    for (int i = 0; i < 10; ++i) {
      futures.push_back(pool.submit([open] { open.wait(); }));
      ++submitted;
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_LE(submitted, 3);  // one runs, two wait
  gate.set_value();
  producer.join();
  for (std::future<void>& future : futures) future.get();
  EXPECT_EQ(submitted, 10);
}

TEST(ThreadPool, ItsEndWaitsForWhatHasBegunAndDropsTheRest) {
  std::atomic<bool> begun = false, ended = false;
  std::future<void> first, second;
  {
    ThreadPool pool(1, 4);
    first = pool.submit([&] {
      begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ended = true;
    });
    second = pool.submit([] {});
    while (!begun) std::this_thread::yield();
  }
  EXPECT_TRUE(ended);
  EXPECT_NO_THROW(first.get());
  EXPECT_THROW(second.get(), std::future_error);
}

TEST(ThreadCount, NoneIsAll) {
  EXPECT_EQ(thread_count(3), 3);
  EXPECT_GE(thread_count(0), 1);
  EXPECT_EQ(thread_count(-1), thread_count(0));
}

}  // namespace
}  // namespace zoetrope
