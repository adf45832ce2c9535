// Runs the text files beside it; README.md says how they are written.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace zoetrope {
namespace {

namespace fs = std::filesystem;

struct Step {
  int line = 0;  ///< in the file
  std::string command;
  std::vector<std::string> out, err;
  int exit_code = 0;
};

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Step> read_steps(const fs::path& file) {
  std::vector<Step> steps;
  int number = 0;
  for (const std::string& line : lines_of(file)) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const std::string text = line.size() > 2 ? line.substr(2) : "";
    if (line[0] == '$') {
      steps.push_back({number, text, {}, {}, 0});
      continue;
    }
    if (steps.empty()) throw std::runtime_error(file.string() + ": a result before the first command");
    if (line[0] == '>')
      steps.back().out.push_back(text);
    else if (line[0] == '!')
      steps.back().err.push_back(text);
    else if (line[0] == '=')
      steps.back().exit_code = std::stoi(text);
    else
      throw std::runtime_error(file.string() + ": cannot read line " + std::to_string(number));
  }
  return steps;
}

/// `*` in the pattern stands for any characters.
bool line_matches(const std::string& pattern, const std::string& text) {
  std::size_t p = 0, t = 0, star = std::string::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(),
                     [](char c) { return c == '*'; });
}

/// `...` in the expected lines stands for any number of lines.
bool lines_match(const std::vector<std::string>& expected, std::size_t e,
                 const std::vector<std::string>& actual, std::size_t a) {
  if (e == expected.size()) return a == actual.size();
  if (expected[e] == "...") {
    for (std::size_t next = a; next <= actual.size(); ++next) {
      if (lines_match(expected, e + 1, actual, next)) return true;
    }
    return false;
  }
  return a < actual.size() && line_matches(expected[e], actual[a]) &&
         lines_match(expected, e + 1, actual, a + 1);
}

std::string as_written(const std::vector<std::string>& lines, char mark) {
  std::ostringstream out;
  for (const std::string& line : lines) out << mark << ' ' << line << '\n';
  return out.str();
}

class CommandLine : public testing::TestWithParam<fs::path> {};

TEST_P(CommandLine, DoesWhatItsFileSays) {
  std::string folder_template = (fs::temp_directory_path() / "zoetrope_cli_XXXXXX").string();
  ASSERT_NE(mkdtemp(folder_template.data()), nullptr);
  const fs::path folder = folder_template;
  const fs::path work = folder / "work";
  fs::create_directory(work);
  const std::string path = std::string(ZOETROPE_PROGRAM_FOLDER) + ":" + std::getenv("PATH");
  setenv("DATA", ZOETROPE_TEST_DATA, 1);
  setenv("LC_ALL", "C.UTF-8", 1);
  setenv("PATH", path.c_str(), 1);
  for (const Step& step : read_steps(GetParam())) {
    std::ofstream(folder / "script") << "cd '" << work.string() << "'\n" << step.command << "\n";
    const std::string run = "bash '" + (folder / "script").string() + "' </dev/null >'" +
                            (folder / "out").string() + "' 2>'" + (folder / "err").string() + "'";
    const int status = std::system(run.c_str());
    const int exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    const std::vector<std::string> out = lines_of(folder / "out"), err = lines_of(folder / "err");
    EXPECT_TRUE(exit_code == step.exit_code && lines_match(step.out, 0, out, 0) &&
                lines_match(step.err, 0, err, 0))
        << GetParam().filename().string() << ":" << step.line << ": this is what it did:\n$ " << step.command
        << "\n"
        << as_written(out, '>') << as_written(err, '!') << "= " << exit_code;
  }
  fs::remove_all(folder);
}

std::vector<fs::path> test_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(ZOETROPE_CLI_TESTS)) {
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt")
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

INSTANTIATE_TEST_SUITE_P(Files, CommandLine, testing::ValuesIn(test_files()),
                         [](const auto& info) { return info.param.stem().string(); });

}  // namespace
}  // namespace zoetrope
