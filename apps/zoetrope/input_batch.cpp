#include "apps/zoetrope/input_batch.h"

#include <exception>

#include "apps/zoetrope/exit_codes.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"

namespace zoetrope::cli {
namespace {

// Layers and decoders do not know the file that they work on.
std::string with_name(const std::string& input, const std::string& message) {
  return message.starts_with(input + ":") ? message : input + ": " + message;
}

}  // namespace

void InputBatch::run(const std::filesystem::path& input, const std::function<void()>& work) {
  throw_if_interrupted();
  const std::string name = input.string();
  try {
    work();
    ++num_done_;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInterrupted) throw;
    fail(name, Error(error.kind(), with_name(name, error.what())));
  } catch (const std::exception& error) {  // of a library, which may add pages of its own calls
    const std::string message = error.what();
    fail(name, Error(ErrorKind::kFailed, with_name(name, message.substr(0, message.find('\n')))));
  }
}

void InputBatch::fail(const std::string& input, const Error& error) {
  if (!skips_) throw Error(error);
  log_error("{}", error.what());
  // One code for several different failures says no more than that there were some.
  code_ = failures_.empty() || code_ == error.exit_code() ? error.exit_code() : 1;
  failures_.push_back({input, error.what()});
}

void InputBatch::refuse(const std::string& line) {
  fail(line.substr(0, line.rfind(": ")), Error::input("{}", line));
}

int InputBatch::exit_code() const noexcept {
  if (failures_.empty()) return 0;
  return num_done_ == 0 ? code_ : kSomeInputsFailed;
}

void add_on_error(Program& program, CLI::App& command, std::string& on_error) {
  program.choice(command, "--on-error", on_error, {"skip", "fail"},
                 "at an input that fails: go on with the next, or stop");
}

}  // namespace zoetrope::cli
