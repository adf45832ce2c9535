#include "tests/support/browser.h"

#include <fcntl.h>
#include <httplib.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace zoetrope::test {
namespace {

using nlohmann::json;

constexpr const char* kInstall = "install Debian's packages chromium and chromium-driver";

// WebDriver's element for a request without parameters.
const json kNothing = json::object();

std::string decode_base64(const std::string& text) {
  static const std::string kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string::npos) break;
    group = group << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 255);
  }
  return bytes;
}

json pointer_move(double x, double y, int milliseconds = 0) {
  return {{"type", "pointerMove"}, {"duration", milliseconds}, {"x", x}, {"y", y}, {"origin", "viewport"}};
}

json pointer_source(const json& actions) {
  return {
      {"type", "pointer"}, {"id", "mouse"}, {"parameters", {{"pointerType", "mouse"}}}, {"actions", actions}};
}

const json kPress = {{"type", "pointerDown"}, {"button", 0}};
const json kRelease = {{"type", "pointerUp"}, {"button", 0}};

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for " + command.front());
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int failed = posix_spawnp(&pid_, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  output_ = ends[0];
  if (failed == 0) return;
  close(output_);
  throw std::runtime_error(command.front() + " cannot be started: " + std::strerror(failed));
}

ChildProcess::~ChildProcess() {
  kill(-pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(output_);
}

std::string ChildProcess::read_line() {
  std::string line;
  char c = 0;
  while (read(output_, &c, 1) == 1) {
    if (c == '\n') return line;
    line += c;
  }
  throw std::runtime_error("the program ended after '" + line + "'");
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "zoetrope-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder at " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // a folder that stays behind fails no test
  std::filesystem::remove_all(path_, ignored);
}

Browser::Browser() {
  try {
    driver_ = std::make_unique<ChildProcess>(std::vector<std::string>{"chromedriver", "--port=0"});
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string(error.what()) + "; " + kInstall);
  }
  const std::string sign = "started successfully on port ";
  int port = 0;
  while (port == 0) {
    const std::string line = driver_->read_line();
    if (const std::size_t at = line.find(sign); at != std::string::npos)
      port = std::stoi(line.substr(at + sign.size()));
  }
  client_ = std::make_unique<httplib::Client>("127.0.0.1", port);
  client_->set_read_timeout(30);
  client_->set_keep_alive(true);
  const json arguments = {"--headless=new",
                          "--no-sandbox",
                          "--disable-gpu",
                          "--no-first-run",
                          "--disable-background-networking",
                          "--disable-component-update",
                          "--disable-sync",
                          "--disable-dev-shm-usage",
                          "--mute-audio",
                          "--autoplay-policy=no-user-gesture-required",
                          "--user-data-dir=" + profile_.path().string()};
  const json always = {{"browserName", "chrome"},
                       {"goog:loggingPrefs", {{"browser", "ALL"}}},
                       {"goog:chromeOptions", {{"args", arguments}}}};
  const json created = call("POST", "/session", {{"capabilities", {{"alwaysMatch", always}}}});
  session_ = "/session/" + created.at("sessionId").get<std::string>();
}

Browser::~Browser() {
  if (!session_.empty())
    client_->Delete(session_);  // closes Chromium; what does not listen is killed with its driver
}

json Browser::call(const std::string& method, const std::string& path, const json& body) {
  const std::string text = (body.is_null() ? kNothing : body).dump();
  const auto result = method == "GET" ? client_->Get(path) : client_->Post(path, text, "application/json");
  if (!result) throw std::runtime_error("chromedriver does not answer " + path);
  const json answer = json::parse(result->body, nullptr, false);
  if (answer.is_discarded())
    throw std::runtime_error("chromedriver answers " + path + " with " + result->body);
  if (result->status == 200) return answer.at("value");
  const std::string message = answer.at("value").value("message", "");
  const bool missing = message.find("cannot find Chrome binary") != std::string::npos;
  throw std::runtime_error(path + ": " + message + (missing ? std::string("; ") + kInstall : ""));
}

json Browser::devtools(const std::string& command, const json& parameters) {
  return call("POST", session_ + "/goog/cdp/execute", {{"cmd", command}, {"params", parameters}});
}

void Browser::open(const std::string& url) {
  call("POST", session_ + "/url", {{"url", url}});
}

json Browser::run(const std::string& script, const json& arguments) {
  return call("POST", session_ + "/execute/sync", {{"script", script}, {"args", arguments}});
}

bool Browser::wait_for(const std::string& expression, double seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (run("return Boolean(" + expression + ")") != true) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void Browser::act(const json& source) {
  call("POST", session_ + "/actions", {{"actions", json::array({source})}});
}

void Browser::move(double x, double y) {
  act(pointer_source(json::array({pointer_move(x, y)})));
}

void Browser::click(double x, double y) {
  act(pointer_source({pointer_move(x, y), kPress, kRelease}));
}

void Browser::drag(double x0, double y0, double x1, double y1) {
  act(pointer_source({pointer_move(x0, y0), kPress, pointer_move(x1, y1, 100), kRelease}));
}

void Browser::key(const std::string& key, const std::string& modifier) {
  json actions = json::array();
  if (!modifier.empty()) actions.push_back({{"type", "keyDown"}, {"value", modifier}});
  actions.push_back({{"type", "keyDown"}, {"value", key}});
  actions.push_back({{"type", "keyUp"}, {"value", key}});
  if (!modifier.empty()) actions.push_back({{"type", "keyUp"}, {"value", modifier}});
  act({{"type", "key"}, {"id", "keyboard"}, {"actions", actions}});
}

void Browser::resize(int width, int height, bool phone) {
  devtools("Emulation.setDeviceMetricsOverride",
           {{"width", width}, {"height", height}, {"deviceScaleFactor", phone ? 2 : 1}, {"mobile", phone}});
  devtools("Emulation.setTouchEmulationEnabled", {{"enabled", phone}});
}

void Browser::prefer_dark(bool dark) {
  const json feature = {{"name", "prefers-color-scheme"}, {"value", dark ? "dark" : "light"}};
  devtools("Emulation.setEmulatedMedia", {{"features", json::array({feature})}});
}

void Browser::screenshot(const std::filesystem::path& file) {
  const json picture = call("GET", session_ + "/screenshot");
  std::ofstream(file, std::ios::binary) << decode_base64(picture.get<std::string>());
}

std::vector<std::string> Browser::console() {
  std::vector<std::string> lines;
  for (const json& entry : call("POST", session_ + "/se/log", {{"type", "browser"}})) {
    const std::string level = entry.at("level");
    if (level == "WARNING" || level == "SEVERE")
      lines.push_back(level + " " + entry.at("message").get<std::string>());
  }
  return lines;
}

}  // namespace zoetrope::test
