#include "zoetrope/core/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "zoetrope/core/text_width.h"

namespace zoetrope {
namespace {

constexpr double kBarSeconds = 0.1;        // between drawings of a bar
constexpr double kJsonSeconds = 1;         // between JSON lines
constexpr double kRateSeconds = 15;        // over which a rate forgets
constexpr int kMinBar = 10, kMaxBar = 20;  // columns

double draw_interval(const ProgressOptions& options, const Console& console) {
  if (options.mode == ProgressMode::kJson) return kJsonSeconds;
  return console.terminal() ? kBarSeconds : options.line_seconds;
}

/// "45.8/s"; where one takes more than ten seconds, "12.5 s each".
std::string rate_text(double rate) {
  if (rate >= 100) return fmt::format("{:.0f}/s", rate);
  if (rate >= 1) return fmt::format("{:.1f}/s", rate);
  if (rate >= 0.1) return fmt::format("{:.2f}/s", rate);
  return fmt::format("{:.1f} s each", 1 / rate);
}

/// "0:02", "12:34", "1:02:03".
std::string clock_text(double seconds) {
  const auto total = static_cast<std::int64_t>(std::ceil(std::min(seconds, 1e9)));
  const std::int64_t hours = total / 3600, minutes = total / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, total % 60);
  return fmt::format("{}:{:02}", minutes, total % 60);
}

std::string bar_of(double share, int columns, bool unicode) {
  const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * columns);
  std::string bar;
  for (int i = 0; i < columns; ++i) {
    if (unicode) {
      bar += i < filled ? "━" : "┄";
    } else {
      bar += i < filled ? '=' : i == filled ? '>' : ' ';
    }
  }
  return unicode ? bar : "[" + bar + "]";
}

int percent_of(std::int64_t done, std::int64_t total) {
  if (total <= 0 || done >= total) return 100;
  return static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(total));
}

}  // namespace

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Progress::Progress(ProgressOptions options, Console& console, ProgressClock clock)
    : options_(std::move(options)),
      console_(console),
      clock_(std::move(clock)),
      start_(clock_()),
      interval_(draw_interval(options_, console)),
      total_(options_.total),
      next_draw_(start_ + interval_),
      last_time_(start_) {
  if (options_.mode == ProgressMode::kBar) console_.set_status(bar_text(0));
}

Progress::~Progress() {
  if (!finished_) console_.set_status("");
}

void Progress::advance(std::int64_t units) {
  done_ += units;
  if (options_.mode == ProgressMode::kNone) return;
  const double now = clock_();
  if (now < next_draw_) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock && !finished_ && now >= next_draw_) draw(now);
}

void Progress::draw(double now) {
  const std::int64_t done = done_;
  update_rate(now, done);
  next_draw_ = now + interval_;
  if (options_.mode == ProgressMode::kJson) {
    console_.write_line(json_text("progress", done, now - start_, rate_ / weight_));
  } else if (console_.terminal()) {
    console_.set_status(bar_text(done));
  } else {
    console_.write_line(line_text(done));
  }
}

void Progress::finish() {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  finished_ = true;
  if (options_.mode == ProgressMode::kNone) return;
  const std::int64_t done = done_;
  const double seconds = clock_() - start_;
  console_.set_status("");
  if (options_.mode == ProgressMode::kJson) {
    console_.write_line(
        json_text("finished", done, seconds, seconds > 0 ? static_cast<double>(done) / seconds : 0));
  } else {
    console_.write_line(last_text(done, seconds));
  }
}

/// An exponential mean over time; divided by its weight, it is the plain mean at the start.
void Progress::update_rate(double now, std::int64_t done) {
  const double elapsed = now - last_time_;
  if (elapsed <= 0) return;
  const double share = 1 - std::exp(-elapsed / kRateSeconds);
  rate_ += share * (static_cast<double>(done - last_done_) / elapsed - rate_);
  weight_ += share * (1 - weight_);
  last_time_ = now;
  last_done_ = done;
}

double Progress::seconds_left(std::int64_t done) const {
  const double rate = weight_ > 0 ? rate_ / weight_ : 0;
  const std::int64_t total = total_;
  if (total < 0 || rate <= 0) return -1;
  return static_cast<double>(std::max<std::int64_t>(0, total - done)) / rate;
}

std::string Progress::label_prefix() const {
  return options_.label.empty() ? "" : options_.label + ": ";
}

/// "64/142 frames", "64 frames", "1 frame"
std::string Progress::count_text(std::int64_t done) const {
  const std::int64_t total = total_;
  if (total >= 0) return fmt::format("{}/{} {}", done, total, total == 1 ? options_.unit : options_.units);
  return fmt::format("{} {}", done, done == 1 ? options_.unit : options_.units);
}

/// ", 45.8/s, 0:02 left", as far as it is known
std::string Progress::speed_text(std::int64_t done) const {
  if (weight_ <= 0 || rate_ <= 0) return "";
  const double left = seconds_left(done);
  return fmt::format(", {}{}", rate_text(rate_ / weight_), left < 0 ? "" : ", " + clock_text(left) + " left");
}

std::string Progress::bar_text(std::int64_t done) const {
  const std::string right = count_text(done) + speed_text(done);
  const int columns = console_.columns() - 1;
  const std::string label = fit_width(options_.label, std::max(8, columns / 3), console_.unicode());
  const std::int64_t total = total_;
  if (total < 0) return label.empty() ? right : label + ": " + right;
  const int percent = percent_of(done, total);
  const std::string left = fmt::format("{}{}{:3}%", label, label.empty() ? "" : " ", percent);
  const int room = columns - display_width(left) - display_width(right) - 4;
  if (room < kMinBar) return left + " " + right;
  return fmt::format("{} {} {}", left, bar_of(percent / 100.0, std::min(room, kMaxBar), console_.unicode()),
                     right);
}

std::string Progress::line_text(std::int64_t done) const {
  const std::int64_t total = total_;
  const std::string percent = total < 0 ? "" : fmt::format(" ({}%)", percent_of(done, total));
  return label_prefix() + count_text(done) + percent + speed_text(done);
}

std::string Progress::last_text(std::int64_t done, double seconds) const {
  const std::string time = seconds < 60 ? fmt::format("{:.1f} s", seconds) : clock_text(seconds);
  const std::string rate =
      done > 0 && seconds > 0 ? ", " + rate_text(static_cast<double>(done) / seconds) : "";
  return fmt::format("{}{} {}, {}{}", label_prefix(), done, done == 1 ? options_.unit : options_.units, time,
                     rate);
}

std::string Progress::json_text(const char* event, std::int64_t done, double seconds, double rate) const {
  const auto rounded = [](double value) { return std::round(value * 1000) / 1000; };
  const std::int64_t total = total_;
  const double left = seconds_left(done);
  nlohmann::ordered_json line = {
      {"event", event}, {"label", options_.label}, {"unit", options_.units}, {"done", done}};
  line["total"] = total < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(total);
  line["seconds"] = rounded(seconds);
  line["rate"] = rounded(rate);
  line["left"] = left < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(rounded(left));
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace zoetrope
