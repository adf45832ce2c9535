#pragma once
// A queue of bounded length between threads: the producer waits while it is full, the consumer while it is
// empty, and either can end it for both. Several of each may use one queue.
//
//   BoundedQueue<Frame> queue(16);
//   std::jthread decoder([&] {
//     try {
//       while (auto frame = decode()) {
//         if (!queue.push(std::move(*frame))) return;  // the consumer has gone
//       }
//       queue.close();
//     } catch (...) {
//       queue.close(std::current_exception());  // no exception crosses a thread: it is handed over
//     }
//   });
//   while (std::optional<Frame> frame = queue.pop()) use(*frame);

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace zoetrope {

template <typename T>
class BoundedQueue {
 public:
  /// Holds `capacity` values at most, and one at least.
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity > 0 ? capacity : 1) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  /// Waits while the queue is full. False, and the value is dropped, once the queue is closed or cancelled.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return closed_ || values_.size() < capacity_; });
    if (closed_) return false;
    values_.push_back(std::move(value));
    lock.unlock();
    not_empty_.notify_one();
    return true;
  }

  /// Waits while the queue is empty. nullopt once it is closed and drained, or cancelled. Where it was closed
  /// with an exception, throws that instead, at every call.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return closed_ || !values_.empty(); });
    if (values_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    lock.unlock();
    not_full_.notify_one();
    return value;
  }

  /// The producer's end: what is in the queue can still be popped, then `error` is thrown, if there is one.
  /// The first close or cancel holds.
  void close(std::exception_ptr error = nullptr) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      closed_ = true;
      error_ = std::move(error);
    }
    not_empty_.notify_all();
    not_full_.notify_all();
  }

  /// The end for both, at once: whoever waits wakes, and what is in the queue is dropped.
  void cancel() {
    std::deque<T> dropped;  // destroyed after the lock is released
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      error_ = nullptr;
      dropped.swap(values_);
    }
    not_empty_.notify_all();
    not_full_.notify_all();
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable not_full_, not_empty_;
  std::deque<T> values_;
  bool closed_ = false;
  std::exception_ptr error_;
};

}  // namespace zoetrope
