#include "zoetrope/training/rank_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace zoetrope::training {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(500);
constexpr double kPatience = 5;  // seconds at most, from a loss to the end of who is stuck in a talk
constexpr auto kGoodbye = std::chrono::seconds(3);  // that rank 0 waits for the others to leave
constexpr const char* kLost = "lost";

std::string key(const char* what, int rank) {
  return fmt::format("{}/{}", what, rank);
}

std::string text_at(c10d::Store& store, const std::string& name) {
  const std::vector<std::uint8_t> bytes = store.get(name);
  return {bytes.begin(), bytes.end()};
}

void set_text(c10d::Store& store, const std::string& name, const std::string& text) {
  store.set(name, {text.begin(), text.end()});
}

}  // namespace

RankWatch::RankWatch(StorePointer store, int rank, int size, double silent_seconds,
                     std::function<void(const std::string&)> on_stuck)
    : store_(std::move(store)),
      rank_(rank),
      size_(size),
      silent_seconds_(silent_seconds),
      on_stuck_(std::move(on_stuck)),
      beats_(static_cast<std::size_t>(size), 0),
      changed_(static_cast<std::size_t>(size), Clock::now()) {
  beat();
  answered_ = Clock::now();
  talker_ = std::thread([this] { talk(); });
  judge_ = std::thread([this] { judge(); });
}

RankWatch::~RankWatch() {
  leave(std::nullopt);
}

void RankWatch::leave(const std::optional<std::string>& reason) {
  if (!judge_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  judge_.join();
  if (store_is_silent_) return talker_.detach();  // this process ends, the talker with it
  talker_.join();
  try {
    if (reason) set_text(*store_, key("word", rank_), *reason);
    store_->add(key("left", rank_), 1);
    const auto end = Clock::now() + (lost() ? kGoodbye / 3 : kGoodbye);  // who is lost says no goodbye
    for (int other = 1; rank_ == 0 && other < size_; ++other) {
      while (!has_left(other) && Clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  } catch (const std::exception&) {  // rank 0 is gone already
  }
}

void RankWatch::talk() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    try {
      beat();
      look_at_others();
      answered_ = Clock::now();
    } catch (const std::exception&) {
      if (rank_ != 0) set_lost("rank 0 was lost");
    }
    lock.lock();
    wake_.wait_for(lock, kInterval, [&] { return stop_; });
  }
}

// Asks nobody: whether the store has fallen silent, and whether this rank waits for one that is lost.
void RankWatch::judge() {
  const auto seconds_since = [](Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  };
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (!lost_ && rank_ != 0 && seconds_since(answered_) > silent_seconds_) {
      store_is_silent_ = true;
      lost_ = "rank 0 was lost";
      lost_at_ = Clock::now();
    }
    if (lost_ && waiting_ > 0 && seconds_since(lost_at_) > std::min(kPatience, silent_seconds_))
      on_stuck_(*lost_);
    wake_.wait_for(lock, kInterval, [&] { return stop_; });
  }
}

void RankWatch::beat() {
  store_->add(key("beat", rank_), 1);
}

// All look whether somebody was found lost; rank 0 looks for who is silent.
void RankWatch::look_at_others() {
  if (const std::optional<std::string> line = announced()) return set_lost(*line);
  const Clock::time_point now = Clock::now();
  for (int other = 1; rank_ == 0 && other < size_; ++other) {
    const auto i = static_cast<std::size_t>(other);
    const std::int64_t beats = beats_of(other);
    if (beats != beats_[i]) {
      beats_[i] = beats;
      changed_[i] = now;
    }
    const double silent = std::chrono::duration<double>(now - changed_[i]).count();
    const bool has_failed = now - changed_[i] > 2 * kInterval && word_of(other);
    if (!has_failed && (silent < silent_seconds_ || has_left(other))) continue;
    announce(line_of({other}));
    return;
  }
}

std::optional<std::string> RankWatch::announced() {
  if (!store_->check({kLost})) return std::nullopt;
  return text_at(*store_, kLost);
}

void RankWatch::announce(const std::string& line) {
  set_lost(line);
  if (store_is_silent_) return;
  try {
    if (!announced()) set_text(*store_, kLost, line);
  } catch (const std::exception&) {  // nobody is left to hear it
  }
}

void RankWatch::set_lost(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (lost_) return;
  lost_ = line;
  lost_at_ = Clock::now();
}

std::optional<std::string> RankWatch::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

std::int64_t RankWatch::beats_of(int rank) {
  return store_->add(key("beat", rank), 0);
}

bool RankWatch::has_left(int rank) {
  return store_->add(key("left", rank), 0) > 0;
}

std::optional<std::string> RankWatch::word_of(int rank) {
  const std::string name = key("word", rank);
  if (!store_->check({name})) return std::nullopt;
  return text_at(*store_, name);
}

bool RankWatch::first_says(const std::string& word) {
  try {
    for (const auto end = Clock::now() + 2 * kInterval; Clock::now() < end && !store_is_silent_;) {
      if (const std::optional<std::string> said = word_of(0)) return *said == word;
      std::this_thread::sleep_for(kInterval / 10);
    }
  } catch (const std::exception&) {  // it has left already
  }
  return false;
}

// Why, where the rank itself has said so.
std::string RankWatch::line_of(const std::vector<int>& ranks) {
  for (const int rank : ranks) {
    try {
      if (const std::optional<std::string> word = word_of(rank))
        return fmt::format("rank {} failed: {}", rank, *word);
    } catch (const std::exception&) {
      return "rank 0 was lost";
    }
  }
  return fmt::format("rank{} {} {} lost", ranks.size() > 1 ? "s" : "", fmt::join(ranks, ", "),
                     ranks.size() > 1 ? "were" : "was");
}

// All who live go on counting meanwhile, also those who have found a failure themselves.
std::string RankWatch::find_lost() {
  if (const std::optional<std::string> line = lost()) return *line;
  try {
    if (const std::optional<std::string> line = announced()) return *line;
    std::vector<std::int64_t> before;
    for (int other = 0; other < size_; ++other) before.push_back(beats_of(other));
    const auto end = Clock::now() + 4 * kInterval;
    for (std::vector<int> silent;;) {
      silent.clear();
      for (int other = 0; other < size_; ++other) {
        if (other == rank_) continue;
        if (word_of(other)) return line_of({other});
        if (beats_of(other) == before[static_cast<std::size_t>(other)]) silent.push_back(other);
      }
      if (silent.empty()) return "the connection to another rank broke";
      if (Clock::now() > end) return line_of(silent);
      std::this_thread::sleep_for(kInterval / 5);
    }
  } catch (const std::exception&) {
    return "rank 0 was lost";
  }
}

}  // namespace zoetrope::training
