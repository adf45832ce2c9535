#include "apps/zoetrope/feature_inputs.h"

#include <algorithm>
#include <exception>
#include <set>

#include "apps/zoetrope/exit_codes.h"
#include "zoetrope/core/log.h"
#include "zoetrope/inference/video_files.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

// Layers and decoders do not know the file that they work on.
std::string with_name(const std::string& input, const std::string& message) {
  return message.starts_with(input + ":") ? message : input + ": " + message;
}

}  // namespace

bool is_features(const fs::path& path) {
  return path.extension() == ".npy";
}

void InputBatch::run(const fs::path& input, const std::function<void()>& work) {
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

int InputBatch::exit_code() const noexcept {
  if (failures_.empty()) return 0;
  return num_done_ == 0 ? code_ : kSomeInputsFailed;
}

void add_on_error(Program& program, CLI::App& command, std::string& on_error) {
  program.choice(command, "--on-error", on_error, {"skip", "fail"},
                 "at an input that fails: go on with the next, or stop");
}

std::vector<fs::path> feature_inputs(const std::vector<std::string>& inputs, const fs::path& results,
                                     InputBatch& batch) {
  std::vector<fs::path> files;
  for (const std::string& input : inputs) {
    if (!fs::is_directory(input)) {
      files.emplace_back(input);
      continue;
    }
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(input)) {
      if (is_features(entry.path())) found.push_back(entry.path());
    }
    std::ranges::sort(found);
    if (found.empty()) {
      std::vector<std::string> without;  // the line below says more
      for (const inference::VideoFile& video : inference::find_videos({input}, results, &without))
        found.push_back(video.path);
    }
    if (found.empty()) batch.fail(input, Error::input("{}: holds neither features (.npy) nor videos", input));
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

void refuse_equal_names(const std::vector<fs::path>& files, const std::string& hint) {
  std::set<std::string> names;
  for (const fs::path& file : files) {
    const std::string name = file.stem().string();
    if (!names.insert(name).second)
      throw Error::usage("{}: a second input of the name '{}'{}", file.string(), name, hint);
  }
}

}  // namespace zoetrope::cli
