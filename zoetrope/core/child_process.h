#pragma once
// Another program as a part of this one's work: started, waited for, and stopped when this one is.
//
//   const int code = run_child({.words = {this_program().string(), "train", "recipe.toml"},
//                               .output = "out.json", .errors = "err.txt"});
//
// The child is in a process group of its own, so that Ctrl-C reaches this process alone. It is passed on, once: the
// child may then finish cleanly (a checkpoint), and is waited for. A child also gets SIGTERM where this process ends
// without waiting. Linux.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace zoetrope {

struct ChildOptions {
  std::vector<std::string> words = {};  ///< the program's path and its arguments; no shell reads them
  std::filesystem::path output = {};    ///< standard output goes to this file, which is made anew
  std::filesystem::path errors = {};    ///< the same of standard error
  std::map<std::string, std::string> environment = {};  ///< over this process's own
};

/// The exit code; of a child that a signal ended, 128 and its number. Standard input is empty. May be called from
/// several threads. Throws Error: kFailed where the program cannot be started or a file not be made, kInterrupted
/// where this process has been asked to stop before the child started.
[[nodiscard]] int run_child(const ChildOptions& options);

/// The file of the program that runs.
[[nodiscard]] std::filesystem::path this_program();

}  // namespace zoetrope
