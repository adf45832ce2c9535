#pragma once
// Ctrl-C and SIGTERM as a flag that long work asks for, so that it can stop cleanly (a checkpoint, a finished
// file).
//
//   install_interrupt_handler();                       // the program, once
//   for (...) { throw_if_interrupted(); ... }          // long work, between frames or steps
//
// The first signal sets the flag; a second one, of either kind, ends the process at once.

namespace zoetrope {

/// Routes SIGINT and SIGTERM here. A signal that the process was started with as ignored (nohup, a shell's
/// `&`) stays so.
void install_interrupt_handler();

/// From now on a second signal ends the process only where it comes so many seconds after the first: launchers of
/// several processes pass a signal on that the processes have had already.
void forgive_repeated_signals(int seconds) noexcept;

/// The signal that came (SIGINT, SIGTERM), or 0.
[[nodiscard]] int interrupt_signal() noexcept;
[[nodiscard]] inline bool interrupted() noexcept {
  return interrupt_signal() != 0;
}

/// Throws Error (kInterrupted, exit code 130 or 143) once a signal has come.
void throw_if_interrupted();

/// Forgets the signal that came: for a program that asked the user and goes on, and for tests.
void clear_interrupt() noexcept;

}  // namespace zoetrope
