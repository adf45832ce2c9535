#pragma once
// How far long work is, on standard error: a bar with rate and time left on a terminal, a plain line now and
// then where it is none, JSON lines for programs, or nothing.
//
//   Progress progress({.label = "kitchen.mp4", .total = 142});
//   for (...) progress.advance();                // any thread, as often as one likes
//   progress.finish();                           // "kitchen.mp4: 142 frames, 3.1 s, 45.8/s"
//
// On a terminal:   kitchen.mp4  45% [=========>          ] 64/142 frames, 45.8/s, 0:02 left
// In a file:       kitchen.mp4: 64/142 frames (45%), 45.8/s, 0:02 left
// As JSON:         {"event":"progress","label":"kitchen.mp4","unit":"frames","done":64,"total":142,...}
//
// A console shows one progress at a time.

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "zoetrope/core/console.h"

namespace zoetrope {

enum class ProgressMode {
  kBar,   ///< a bar where the console is a terminal, else plain lines
  kJson,  ///< one JSON object a line, at most one a second, and one at the end ("event": "finished")
  kNone
};

struct ProgressOptions {
  std::string label = {};        ///< what is worked on; may be empty
  std::string unit = "frame";    ///< what is counted: the word for one
  std::string units = "frames";  ///< and for several
  std::int64_t total = -1;       ///< -1: unknown; there is no bar, percentage or time left then
  ProgressMode mode = ProgressMode::kBar;
  double line_seconds = 10;  ///< between plain lines
};

/// Seconds on a clock that never goes back; called from every thread that advances.
using ProgressClock = std::function<double()>;
[[nodiscard]] double steady_seconds();

class Progress {
 public:
  explicit Progress(ProgressOptions options, Console& console = standard_console(),
                    ProgressClock clock = steady_seconds);
  /// Work that ends without `finish` (an exception) leaves no bar and no last line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Counts `units` more. Never waits for another thread's drawing, and draws at most ten times a second.
  void advance(std::int64_t units = 1);
  /// The total, once it is known.
  void set_total(std::int64_t total) { total_ = total; }
  [[nodiscard]] std::int64_t done() const noexcept { return done_; }

  /// Wipes the bar and writes the last line: how many, how long, how fast. Later calls do nothing.
  void finish();

 private:
  void draw(double now);
  void update_rate(double now, std::int64_t done);
  [[nodiscard]] std::string bar_text(std::int64_t done) const;
  [[nodiscard]] std::string line_text(std::int64_t done) const;
  [[nodiscard]] std::string last_text(std::int64_t done, double seconds) const;
  [[nodiscard]] std::string json_text(const char* event, std::int64_t done, double seconds,
                                      double rate) const;
  [[nodiscard]] std::string speed_text(std::int64_t done) const;
  [[nodiscard]] std::string count_text(std::int64_t done) const;
  [[nodiscard]] std::string label_prefix() const;
  [[nodiscard]] double seconds_left(std::int64_t done) const;

  const ProgressOptions options_;
  Console& console_;
  const ProgressClock clock_;
  const double start_;
  const double interval_;  // seconds between drawings
  std::atomic<std::int64_t> done_ = 0;
  std::atomic<std::int64_t> total_;
  std::atomic<double> next_draw_;

  std::mutex mutex_;  // of what follows
  bool finished_ = false;
  double rate_ = 0;    // units a second, recent ones weighing more
  double weight_ = 0;  // of all that rate_ has seen; below 1 at the start
  double last_time_;
  std::int64_t last_done_ = 0;
};

}  // namespace zoetrope
