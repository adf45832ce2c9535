#pragma once
// Signs of life of the ranks of a run: every one counts up a number of its own, twice a second, in the store
// of rank 0, by a thread and a connection of its own. Rank 0 finds who has stopped, and tells the others;
// those find by themselves that rank 0's store is gone, or answers no more.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "zoetrope/training/rank_groups.h"

namespace zoetrope::training {

class RankWatch {
 public:
  /// `store` is of this watch alone. `on_stuck` is called, in the watch's thread, a while after a rank was
  /// lost where this one is still waiting within `Waiting`.
  RankWatch(StorePointer store, int rank, int size, double silent_seconds,
            std::function<void(const std::string& line)> on_stuck);
  /// Leaves, if it has not.
  ~RankWatch();

  /// "rank 3 was lost" once it is known.
  [[nodiscard]] std::optional<std::string> lost() const;
  /// After a failed talk, who is gone: asks the store, for two seconds or so.
  [[nodiscard]] std::string find_lost();
  /// Tells the others whom this rank has found lost.
  void announce(const std::string& line);
  /// Whether rank 0 leaves for the same reason; waits a second for it to say so.
  [[nodiscard]] bool first_says(const std::string& word);
  /// Says goodbye, with a reason where it is no good one; rank 0 waits a little for the others, whose store
  /// it keeps.
  void leave(const std::optional<std::string>& reason);

  /// While one lives, this rank waits for others.
  class Waiting {
   public:
    explicit Waiting(RankWatch& watch) : watch_(watch) { ++watch_.waiting_; }
    ~Waiting() { --watch_.waiting_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    RankWatch& watch_;
  };

 private:
  using Clock = std::chrono::steady_clock;
  void talk();
  void beat();
  void look_at_others();
  void judge();
  void set_lost(const std::string& line);
  [[nodiscard]] std::optional<std::string> announced();
  [[nodiscard]] std::int64_t beats_of(int rank);
  [[nodiscard]] std::optional<std::string> word_of(int rank);
  [[nodiscard]] bool has_left(int rank);
  [[nodiscard]] std::string line_of(const std::vector<int>& ranks);

  StorePointer store_;
  const int rank_, size_;
  const double silent_seconds_;
  std::function<void(const std::string&)> on_stuck_;
  std::vector<std::int64_t> beats_;         // of each rank, as last seen
  std::vector<Clock::time_point> changed_;  // when that was new
  std::atomic<int> waiting_ = 0;
  std::atomic<Clock::time_point> answered_;  // when the store did so last
  std::atomic<bool> store_is_silent_ = false;

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable wake_;
  std::optional<std::string> lost_;
  Clock::time_point lost_at_;
  bool stop_ = false;
  std::thread talker_, judge_;  // the store's answers may never come: the judge does not wait for them
};

}  // namespace zoetrope::training
