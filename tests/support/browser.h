#pragma once
// A headless Chromium for tests, driven through chromedriver by the WebDriver protocol (W3C), with real
// pointer and key events. Debian packages: chromium, chromium-driver.
//
//   test::Browser browser;
//   browser.open("file:///tmp/page.html");
//   browser.click(200, 300);
//   EXPECT_EQ(browser.run("return document.title"), "demo");
//   EXPECT_THAT(browser.console(), testing::IsEmpty());

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace httplib {
class Client;
}

namespace zoetrope::test {

/// A child process of its own group; destruction ends the whole group.
class ChildProcess {
 public:
  /// Starts a program found on PATH; throws std::runtime_error if it cannot be started.
  explicit ChildProcess(const std::vector<std::string>& command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The next line of its standard output, without the line end; throws std::runtime_error once it has closed
  /// that.
  [[nodiscard]] std::string read_line();

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

/// A new folder under the system's temporary one; destruction removes it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

class Browser {
 public:
  /// Starts both programs on a free port of 127.0.0.1. Throws std::runtime_error, naming the packages, if one
  /// is missing.
  Browser();
  ~Browser();

  void open(const std::string& url);
  /// Runs the body of a JavaScript function in the page and returns what it returns.
  nlohmann::json run(const std::string& script, const nlohmann::json& arguments = nlohmann::json::array());
  /// Runs `return EXPRESSION` until it is true, at most that long; returns whether it became true.
  [[nodiscard]] bool wait_for(const std::string& expression, double seconds = 5);

  /// Pointer events at points of the viewport, in CSS pixels.
  void move(double x, double y);
  void click(double x, double y);
  void drag(double x0, double y0, double x1, double y1);
  /// Presses and lets go of a key, after holding the modifiers: one character, or a code point of WebDriver's
  /// table.
  void key(const std::string& key, const std::string& modifier = "");

  /// The size of the viewport in CSS pixels; `phone` also turns on touch and the mobile layout, at two pixels
  /// a pixel.
  void resize(int width, int height, bool phone = false);
  /// What prefers-color-scheme says.
  void prefer_dark(bool dark);
  /// The viewport as a PNG file.
  void screenshot(const std::filesystem::path& file);
  /// Warnings and errors of the page's console since the last call, one line each.
  [[nodiscard]] std::vector<std::string> console();

 private:
  nlohmann::json call(const std::string& method, const std::string& path, const nlohmann::json& body = {});
  nlohmann::json devtools(const std::string& command, const nlohmann::json& parameters);
  void act(const nlohmann::json& source);

  TemporaryFolder profile_;  // outlives the processes that write to it
  std::unique_ptr<ChildProcess> driver_;
  std::unique_ptr<httplib::Client> client_;
  std::string session_;
};

namespace keys {
inline constexpr const char* kShift = "\uE008";
inline constexpr const char* kLeft = "\uE012";
inline constexpr const char* kUp = "\uE013";
inline constexpr const char* kRight = "\uE014";
inline constexpr const char* kDown = "\uE015";
inline constexpr const char* kEnd = "\uE010";
inline constexpr const char* kHome = "\uE011";
inline constexpr const char* kEscape = "\uE00C";
}  // namespace keys

}  // namespace zoetrope::test
