#include "zoetrope/core/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "zoetrope/core/console.h"

namespace zoetrope {
namespace {

/// "warning: " and its kin, in colour where the console has any; information stands for itself.
std::string_view prefix_of(spdlog::level::level_enum level, bool color) {
  switch (level) {
    case spdlog::level::trace:
      return color ? "\x1b[2mtrace:\x1b[0m " : "trace: ";
    case spdlog::level::debug:
      return color ? "\x1b[2mdebug:\x1b[0m " : "debug: ";
    case spdlog::level::warn:
      return color ? "\x1b[1;33mwarning:\x1b[0m " : "warning: ";
    case spdlog::level::err:
      return color ? "\x1b[1;31merror:\x1b[0m " : "error: ";
    default:
      return "";
  }
}

class ConsoleSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void set_console(Console& console) { console_ = &console; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    Console& console = console_ ? *console_.load() : standard_console();
    std::string line(prefix_of(message.level, console.color()));
    line.append(message.payload.data(), message.payload.size());
    std::replace(line.begin(), line.end(), '\n', ' ');
    console.write_line(line);
  }
  void flush_() override {}

 private:
  std::atomic<Console*> console_ = nullptr;
};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// The one logger, a global of DESIGN.md. It holds no registry entry, so that a host program's spdlog is left
/// alone.
struct Log {
  std::shared_ptr<ConsoleSink> sink = std::make_shared<ConsoleSink>();
  spdlog::logger logger{"zoetrope", sink};
};

Log& the_log() {
  static Log log;
  return log;
}

}  // namespace

LogLevel log_level_of(int verbosity) noexcept {
  if (verbosity < 0) return LogLevel::kError;
  if (verbosity == 0) return LogLevel::kInfo;
  return verbosity == 1 ? LogLevel::kDebug : LogLevel::kTrace;
}

void set_log_level(LogLevel level) {
  the_log().logger.set_level(spdlog_level(level));
}

bool log_enabled(LogLevel level) {
  return the_log().logger.should_log(spdlog_level(level));
}

void set_log_console(Console& console) {
  the_log().sink->set_console(console);
}

void log_line(LogLevel level, std::string_view text) {
  the_log().logger.log(spdlog_level(level), spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace zoetrope
