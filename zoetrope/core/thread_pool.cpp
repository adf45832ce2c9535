#include "zoetrope/core/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>

namespace zoetrope {
namespace {

std::size_t queue_length(std::size_t queue, int num_threads) {
  return queue > 0 ? queue : 2 * static_cast<std::size_t>(thread_count(num_threads));
}

}  // namespace

int thread_count(int num_threads) noexcept {
  if (num_threads > 0) return num_threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& work, int num_threads) {
  std::atomic<std::int64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr error;
  std::int64_t error_index = count;
  // Indices are taken in ascending order, so all below one that fails have begun and will have their say: the
  // lowest failure does not depend on the threads' timing.
  const auto run = [&] {
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        next = count;
        const std::lock_guard lock(mutex);
        if (i < error_index) {
          error_index = i;
          error = std::current_exception();
        }
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::int64_t helpers = std::min<std::int64_t>(thread_count(num_threads), count) - 1;
    try {
      while (static_cast<std::int64_t>(threads.size()) < helpers) threads.emplace_back(run);
    } catch (const std::system_error&) {
      // The system gives no more threads; those that run will do the work.
    }
    run();
  }
  if (error) std::rethrow_exception(error);
}

ThreadPool::ThreadPool(int num_threads, std::size_t queue) : queue_(queue_length(queue, num_threads)) {
  const auto work = [this] {
    while (std::optional<std::packaged_task<void()>> task = queue_.pop()) (*task)();
  };
  try {
    for (int i = 0; i < thread_count(num_threads); ++i) threads_.emplace_back(work);
  } catch (...) {
    queue_.cancel();  // or the threads that did start would be waited for, and wait
    throw;
  }
}

ThreadPool::~ThreadPool() {
  queue_.cancel();
}

}  // namespace zoetrope
