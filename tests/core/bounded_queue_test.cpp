#include "zoetrope/core/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace zoetrope {
namespace {

TEST(BoundedQueue, KeepsOrderAndDrainsAfterItIsClosed) {
  BoundedQueue<std::unique_ptr<int>> queue(3);  // values need only move
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.push(std::make_unique<int>(i)));
  EXPECT_EQ(queue.size(), 3u);
  queue.close();
  EXPECT_FALSE(queue.push(std::make_unique<int>(9)));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(**queue.pop(), i);
  EXPECT_FALSE(queue.pop());
  EXPECT_FALSE(queue.pop());
}

TEST(BoundedQueue, AnExceptionComesAfterTheValuesBeforeIt) {
  BoundedQueue<int> queue(3);
  queue.push(1);
  queue.close(std::make_exception_ptr(std::runtime_error("broken")));
  queue.close();  // the first holds
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_THROW(queue.pop(), std::runtime_error);
  EXPECT_THROW(queue.pop(), std::runtime_error);
}

TEST(BoundedQueue, CancelDropsWhatIsInIt) {
  BoundedQueue<std::shared_ptr<int>> queue(3);
  const auto value = std::make_shared<int>(1);
  queue.push(value);
  queue.close(std::make_exception_ptr(std::runtime_error("broken")));
  queue.cancel();
  EXPECT_EQ(value.use_count(), 1);
  EXPECT_FALSE(queue.pop());
  EXPECT_FALSE(queue.push(value));
}

TEST(BoundedQueue, ACapacityOfNoneIsOne) {
  BoundedQueue<int> queue(0);
  EXPECT_EQ(queue.capacity(), 1u);
  EXPECT_TRUE(queue.push(1));
}

TEST(BoundedQueue, NeverHoldsMoreThanItsCapacity) {
  BoundedQueue<int> queue(4);
  std::atomic<int> pushed = 0;
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) {
      queue.push(i);
      ++pushed;
    }
    queue.close();
  });
  int popped = 0;
  while (queue.pop()) {
    ++popped;
    EXPECT_LE(queue.size(), 4u);
    EXPECT_LE(pushed - popped, 5);  // the queue, and one that was popped before its push was counted
  }
  producer.join();
  EXPECT_EQ(popped, 1000);
}

TEST(BoundedQueue, LosesAndDoublesNothingBetweenManyThreads) {
  BoundedQueue<int> queue(8);
  constexpr int kThreads = 4, kValues = 2000;
  std::vector<std::thread> producers, consumers;
  std::vector<std::vector<int>> taken(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&queue, t] {
      for (int i = 0; i < kValues; ++i) queue.push(t * kValues + i);
    });
    consumers.emplace_back([&queue, &mine = taken[static_cast<std::size_t>(t)]] {
      while (const std::optional<int> value = queue.pop()) mine.push_back(*value);
    });
  }
  for (std::thread& producer : producers) producer.join();
  queue.close();
  for (std::thread& consumer : consumers) consumer.join();
  std::vector<int> seen(kThreads * kValues);
  for (const std::vector<int>& mine : taken) {
    for (const int value : mine) ++seen[static_cast<std::size_t>(value)];
  }
  EXPECT_EQ(seen, std::vector<int>(kThreads * kValues, 1));
}

TEST(BoundedQueue, EveryEndWakesWhoeverWaits) {
  for (const bool cancel : {false, true}) {
    BoundedQueue<int> full(1), empty(1);
    full.push(0);
    std::atomic<int> ended = 0;
    std::vector<std::thread> waiting;
    for (int t = 0; t < 3; ++t) {
      waiting.emplace_back([&] { ended += full.push(1) ? 0 : 1; });
      waiting.emplace_back([&] { ended += empty.pop() ? 0 : 1; });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // most of them wait by now; all may
    for (BoundedQueue<int>* queue : {&full, &empty}) cancel ? queue->cancel() : queue->close();
    for (std::thread& thread : waiting) thread.join();
    EXPECT_EQ(ended, 6);
  }
}

}  // namespace
}  // namespace zoetrope
