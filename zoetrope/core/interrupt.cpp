#include "zoetrope/core/interrupt.h"

#include <csignal>
#include <ctime>

#include <atomic>
#include <cstdint>

#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

std::atomic<int> received_signal = 0;
std::atomic<std::int64_t> received_at = 0;  // seconds
std::atomic<std::int64_t> forgiven_seconds = 0;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free,
              "a signal handler may touch nothing else");

std::int64_t now_in_seconds() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // POSIX allows it in handlers
  return now.tv_sec;
}

extern "C" void zoetrope_on_signal(int signal) {
  int none = 0;
  if (received_signal.compare_exchange_strong(none, signal)) {
    received_at = now_in_seconds();
    return;
  }
  if (forgiven_seconds > 0 && now_in_seconds() - received_at < forgiven_seconds) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // delivered when this handler returns: the parent sees death by this signal
}

void route(int signal) {
  struct sigaction action {};
  if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = zoetrope_on_signal;
  action.sa_flags = SA_RESTART;  // a read in progress goes on; whoever reads asks for the flag
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void install_interrupt_handler() {
  route(SIGINT);
  route(SIGTERM);
}

void forgive_repeated_signals(int seconds) noexcept {
  forgiven_seconds = seconds;
}

int interrupt_signal() noexcept {
  return received_signal.load();
}

void throw_if_interrupted() {
  if (const int signal = interrupt_signal()) throw Error::interrupted(signal);
}

void clear_interrupt() noexcept {
  received_signal = 0;
}

}  // namespace zoetrope
