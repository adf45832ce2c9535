#include "zoetrope/core/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/launch.h"

namespace zoetrope {
namespace {

namespace fs = std::filesystem;

constexpr auto kPoll = std::chrono::milliseconds(20);
constexpr int kNotStarted = 127;

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : value_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (value_ < 0) throw Error::failed("{}: cannot be opened: {}", path.string(), std::strerror(errno));
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(value_); }
  [[nodiscard]] int value() const noexcept { return value_; }

 private:
  int value_;
};

// "NAME=VALUE" of this process's environment, with what differs for the child.
std::vector<std::string> environment_of(const ChildOptions& options) {
  Environment all = this_environment();
  for (const auto& [name, value] : options.environment) all[name] = value;
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(std::string(name).append("=").append(value));
  return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec: only what POSIX allows in a child of several threads.
[[noreturn]] void become(char** words, char** environment, const std::array<int, 3>& streams, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kNotStarted);  // which ended before it could be watched
  for (int stream = 0; stream < 3; ++stream) dup2(streams[static_cast<std::size_t>(stream)], stream);
  execve(words[0], words, environment);
  _exit(kNotStarted);
}

int wait_for(pid_t child) {
  bool told = false;
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) throw Error::failed("a child process is lost: {}", std::strerror(errno));
    if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (interrupted() && !told) {
      kill(child, interrupt_signal());
      told = true;
    }
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace

int run_child(const ChildOptions& options) {
  throw_if_interrupted();
  std::vector<std::string> words = options.words, environment = environment_of(options);
  if (words.empty() || access(words.front().c_str(), X_OK) != 0)
    throw Error::failed("{}: cannot be run", words.empty() ? "no program" : words.front());
  const std::vector<char*> arguments = pointers_to(words), variables = pointers_to(environment);
  const Descriptor input("/dev/null", O_RDONLY);
  const Descriptor output(options.output, O_WRONLY | O_CREAT | O_TRUNC);
  const Descriptor errors(options.errors, O_WRONLY | O_CREAT | O_TRUNC);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw Error::failed("no process can be started: {}", std::strerror(errno));
  if (child == 0)
    become(const_cast<char**>(arguments.data()), const_cast<char**>(variables.data()),
           {input.value(), output.value(), errors.value()}, parent);
  return wait_for(child);
}

fs::path this_program() {
  std::error_code failed;
  fs::path path = fs::read_symlink("/proc/self/exe", failed);
  if (failed) throw Error::failed("/proc/self/exe: cannot be read: {}", failed.message());
  return path;
}

}  // namespace zoetrope
