#include "zoetrope/training/run_log.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kJsonLines = "log.jsonl";
constexpr const char* kCsv = "results.csv";
constexpr std::uint64_t kMaxLogBytes = std::uint64_t{1} << 30;

// Keeps the lines that `keeps` says so of; the last one may be cut off.
template <typename Keeps>
void filter_lines(const fs::path& path, Keeps keeps) {
  if (!fs::exists(path)) return;
  std::istringstream lines(read_text_file(path, kMaxLogBytes));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (keeps(line)) kept += line + '\n';
  }
  write_file_atomically(path, kept);
}

bool json_is_until(const std::string& line, std::int64_t steps, std::int64_t epochs) {
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.value("step", steps + 1) <= steps && json.value("epoch", epochs) <= epochs;
}

// A row starts with its epoch; the header's first field is no number.
bool csv_is_until(const std::string& line, std::int64_t epochs) {
  char* end = nullptr;
  const long long epoch = std::strtoll(line.c_str(), &end, 10);
  return line.starts_with("epoch,") || (*end == ',' && epoch <= epochs);
}

std::string csv_header(const EpochResult& result) {
  std::string line = "epoch,step,loss,rate,clips_per_second,waiting,metric";
  for (const tasks::HeadMetrics& head : result.heads) {
    for (const auto& [name, value] : head.values) line += fmt::format(",{}.{}", head.name, name);
  }
  return line;
}

}  // namespace

RunLog::RunLog(const fs::path& folder, std::int64_t steps, std::int64_t epochs)
    : folder_(folder), events_(folder) {
  filter_lines(folder / kJsonLines,
               [&](const std::string& line) { return json_is_until(line, steps, epochs); });
  filter_lines(folder / kCsv, [&](const std::string& line) { return csv_is_until(line, epochs); });
}

void RunLog::append(const char* name, const std::string& line) const {
  std::ofstream file(folder_ / name, std::ios::app);
  file << line << '\n';
  file.close();
  if (!file) throw Error::failed("{}: cannot be written", (folder_ / name).string());
}

void RunLog::step(std::int64_t steps, double loss, double rate) {
  append(kJsonLines, Json({{"event", "step"}, {"step", steps}, {"loss", loss}, {"rate", rate}}).dump());
  events_.scalar("train/loss", steps, loss);
  events_.scalar("train/rate", steps, rate);
}

void RunLog::epoch(std::int64_t steps, const EpochResult& result) {
  Json heads = Json::object();
  std::string line = fmt::format("{},{},{:.6g},{:.6g},{:.4g},{:.3f},{:.6g}", result.epoch, steps, result.loss,
                                 result.rate, result.clips_per_second, result.waiting, result.metric);
  for (const tasks::HeadMetrics& head : result.heads) {
    for (const auto& [name, value] : head.values) {
      heads[head.name][name] = value;
      line += fmt::format(",{:.6g}", value);
      events_.scalar(fmt::format("validation/{}.{}", head.name, name), steps, value);
    }
  }
  events_.scalar("train/epoch_loss", steps, result.loss);
  append(kJsonLines, Json({{"event", "epoch"},
                           {"step", steps},
                           {"epoch", result.epoch},
                           {"loss", result.loss},
                           {"rate", result.rate},
                           {"clips_per_second", result.clips_per_second},
                           {"waiting", result.waiting},
                           {"metric", result.metric},
                           {"validation", heads}})
                         .dump());
  if (!fs::exists(folder_ / kCsv)) append(kCsv, csv_header(result));
  append(kCsv, line);
}

std::string epoch_line(const EpochResult& result, double epochs) {
  constexpr double kLoaderBound = 0.3;
  std::string line =
      fmt::format("epoch {}/{:.4g}: loss {:.4f}", result.epoch, std::ceil(epochs), result.loss);
  for (const tasks::HeadMetrics& head : result.heads) {
    if (head.values.empty()) continue;
    const auto& [name, value] = head.values.front();
    line += fmt::format(", {} {} {:.1f} %", head.name, name, 100 * value);
  }
  // An epoch that was interrupted in its validation trains nothing any more.
  if (result.clips_per_second > 0) line += fmt::format(", {:.3g} clips/s", result.clips_per_second);
  if (result.waiting > kLoaderBound) {
    line +=
        fmt::format("; loader-bound: {:.0f} % of the time is spent waiting for clips", 100 * result.waiting);
  }
  return line;
}

}  // namespace zoetrope::training
