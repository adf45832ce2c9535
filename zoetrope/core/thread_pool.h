#pragma once
// Work on several threads, with results in order and exceptions carried to whoever asked.
//
//   parallel_for(frames.size(), [&](std::int64_t i) { resize(frames[i]); });
//   std::vector<Hash> hashes = parallel_map(paths.size(), [&](std::int64_t i) { return hash_of(paths[i]); });
//
//   ThreadPool pool;                                   // where the work is not known beforehand
//   std::deque<std::future<Frame>> ahead;              // popped in the order of submission
//   ahead.push_back(pool.submit([=] { return decode(packet); }));

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "zoetrope/core/bounded_queue.h"

namespace zoetrope {

/// That many, or for 0 (and below) as many as the machine runs at once.
[[nodiscard]] int thread_count(int num_threads) noexcept;

/// Calls work(i) for every i in [0, count), on `num_threads` threads (0: all) of which the caller's is one.
/// After a call that throws no further one begins, and the exception of the lowest i is thrown: the same one
/// at every run. On one thread the calls are made in order. Threads are started anew each time, which costs
/// some 20 us each.
void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& work, int num_threads = 0);

/// [work(0), work(1), ..., work(count - 1)], made in the way of parallel_for.
template <typename Work>
[[nodiscard]] auto parallel_map(std::int64_t count, const Work& work, int num_threads = 0) {
  using Result = std::invoke_result_t<const Work&, std::int64_t>;
  std::vector<std::optional<Result>> made(static_cast<std::size_t>(count));
  const auto make = [&](std::int64_t i) { made[static_cast<std::size_t>(i)] = work(i); };
  parallel_for(count, make, num_threads);
  std::vector<Result> results;
  results.reserve(made.size());
  for (std::optional<Result>& result : made) results.push_back(std::move(*result));
  return results;
}

/// Threads that take tasks from a bounded queue in the order of their submission.
class ThreadPool {
 public:
  /// `num_threads` threads (0: all); `queue` tasks wait at most (0: two a thread).
  explicit ThreadPool(int num_threads = 0, std::size_t queue = 0);
  /// Waits for the tasks that have begun; drops the others, whose futures then throw std::future_error.
  ~ThreadPool();

  /// Hands a task over; waits while the queue is full, so a task must not submit to its own pool. The future
  /// gives the task's result or throws its exception.
  template <typename Task>
  [[nodiscard]] std::future<std::invoke_result_t<Task>> submit(Task task) {
    std::packaged_task<std::invoke_result_t<Task>()> packaged(std::move(task));
    auto future = packaged.get_future();
    queue_.push(std::packaged_task<void()>([packaged = std::move(packaged)]() mutable { packaged(); }));
    return future;
  }

  [[nodiscard]] int num_threads() const noexcept { return static_cast<int>(threads_.size()); }

 private:
  BoundedQueue<std::packaged_task<void()>> queue_;
  std::vector<std::jthread> threads_;  // the last member: joined before the queue goes
};

}  // namespace zoetrope
