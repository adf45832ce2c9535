#include "zoetrope/training/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "zoetrope/core/files.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kSummary = "summary.json";
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;

struct Curve {
  std::vector<std::pair<double, double>> points = {};  ///< step, value
};
using Curves = std::map<std::string, Curve>;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Loss and rate of the steps, and metrics of the epochs.
void read_log(const fs::path& path, Curves& training, Curves& validation) {
  std::istringstream lines(read_text_file(path, kMaxBytes));
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    const auto step = json.value("step", 0.0);
    if (json.value("event", "") == "step") {
      training["loss"].points.emplace_back(step, json.value("loss", 0.0));
      training["learning rate"].points.emplace_back(step, json.value("rate", 0.0));
    } else {
      const Json heads = json.value("validation", Json::object());
      for (const auto& [head, values] : heads.items()) {
        for (const auto& [metric, value] : values.items())
          validation[head + " " + metric].points.emplace_back(step, value.get<double>());
      }
    }
  }
}

// Few enough points to draw: means of equal stretches.
Curve thinned(const Curve& curve, std::size_t most) {
  if (curve.points.size() <= most) return curve;
  Curve thin;
  for (std::size_t i = 0; i < most; ++i) {
    const std::size_t begin = i * curve.points.size() / most, end = (i + 1) * curve.points.size() / most;
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) sum += curve.points[k].second;
    thin.points.emplace_back(curve.points[(begin + end) / 2].first, sum / static_cast<double>(end - begin));
  }
  return thin;
}

std::string chart(const std::string& title, const Curve& whole, bool share) {
  constexpr double kWidth = 340, kHeight = 130, kLeft = 44, kBottom = 18;
  const Curve curve = thinned(whole, 300);
  double low = share ? 0 : curve.points.front().second, high = share ? 1 : low;
  for (const auto& [step, value] : curve.points) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (high <= low) high = low + 1;
  const double last = std::max(1.0, curve.points.back().first);
  std::string line;
  for (const auto& [step, value] : curve.points) {
    line += fmt::format("{:.1f},{:.1f} ", kLeft + (kWidth - kLeft - 6) * step / last,
                        6 + (kHeight - kBottom - 6) * (high - value) / (high - low));
  }
  const std::string dot =
      curve.points.size() == 1
          ? fmt::format("<circle cx=\"{:.1f}\" cy=\"{}\" r=\"2.5\"/>", kLeft + (kWidth - kLeft - 6),
                        6 + (kHeight - kBottom - 6) * (high - curve.points[0].second) / (high - low))
          : "";
  return fmt::format(
      "<figure><figcaption>{} <b>{:.4g}</b></figcaption><svg viewBox=\"0 0 {} {}\"><path class=\"axis\" "
      "d=\"M{} 6V{}H{}\"/>"
      "<text x=\"{}\" y=\"14\">{:.3g}</text><text x=\"{}\" y=\"{}\">{:.3g}</text><text x=\"{}\" y=\"{}\">{} "
      "steps</text>"
      "<polyline points=\"{}\"/>{}</svg></figure>\n",
      escaped(title), whole.points.back().second, kWidth, kHeight, kLeft, kHeight - kBottom, kWidth - 6,
      kLeft - 5, high, kLeft - 5, kHeight - kBottom, low, kWidth - 6, kHeight - 4, last, line, dot);
}

std::string class_table(const Json& head) {
  std::string rows;
  for (const Json& each : head.at("classes")) {
    const double value = each.at("value").is_null() ? 0 : each.at("value").get<double>();
    rows += fmt::format(
        "<tr><td>{}<td class=\"n\">{}<td class=\"n\">{}<td><i style=\"width:{:.0f}px\"></i>\n",
        escaped(each.at("label").get<std::string>()), each.at("samples").get<std::int64_t>(),
        each.at("value").is_null() ? "no sample" : fmt::format("{:.1f} %", 100 * value), 120 * value);
  }
  return fmt::format("<table><tr><th>class<th>{}<th>{}<th>\n{}</table>\n",
                     escaped(head.at("unit").get<std::string>()),
                     escaped(head.at("class_measure").get<std::string>()), rows);
}

std::string confusion_table(const Json& head) {
  constexpr std::size_t kLargest = 60;
  if (!head.contains("confusion") || head.at("confusion").size() > kLargest) return "";
  std::string text = "<table class=\"confusion\"><tr><th>truth \\ prediction";
  for (const Json& each : head.at("classes")) {
    const std::string label = escaped(each.at("label").get<std::string>());
    text += fmt::format("<th class=\"up\"><span>{}</span>", label);
  }
  std::size_t row = 0;
  for (const Json& counts : head.at("confusion")) {
    text += fmt::format("\n<tr><th>{}", escaped(head.at("classes")[row].at("label").get<std::string>()));
    double sum = 0;
    for (const Json& count : counts) sum += count.get<double>();
    std::size_t column = 0;
    for (const Json& count : counts) {
      const double share = sum > 0 ? count.get<double>() / sum : 0;
      text += fmt::format("<td class=\"{}\" style=\"--s:{:.0f}%\">{}", column == row ? "right" : "wrong",
                          100 * std::sqrt(share), count.get<std::int64_t>() == 0 ? "" : count.dump());
      ++column;
    }
    ++row;
  }
  return text + "</table>\n";
}

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--ink:#1c1e21;--muted:#5f636a;--page:#f6f5f2;--line:#dfddd7;--curve:#3a6ab0;--bad:#c63f18}
@media(prefers-color-scheme:dark){:root{--ink:#e8e7e3;--muted:#a0a3a9;--page:#141517;--line:#2d3035;--curve:#86afe6;--bad:#ff7f52}}
body{margin:24px auto;max-width:1120px;padding:0 16px;background:var(--page);color:var(--ink);font:14px/1.45 system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:20px}h2{font-size:16px;margin-top:28px}.charts{display:flex;flex-wrap:wrap;gap:12px 20px}
figure{margin:0;width:340px}figcaption{color:var(--muted)}figcaption b{color:var(--ink)}svg{width:100%}
svg text{font-size:9px;fill:var(--muted);text-anchor:end}.axis{fill:none;stroke:var(--line)}polyline{fill:none;stroke:var(--curve);stroke-width:1.5}circle{fill:var(--curve)}
table{border-collapse:collapse;margin:8px 0;display:block;overflow-x:auto}td,th{padding:3px 8px;text-align:left;font-weight:400;border-bottom:1px solid var(--line)}th{color:var(--muted)}
.n{text-align:right}i{display:block;height:8px;background:var(--curve);border-radius:2px}
.confusion td{text-align:right;min-width:26px;padding:3px 5px}.right{background:color-mix(in srgb,var(--curve) var(--s),transparent)}.wrong{background:color-mix(in srgb,var(--bad) var(--s),transparent)}
.up{vertical-align:bottom;padding:4px 2px}.up span{writing-mode:vertical-rl;transform:rotate(180deg)}
)";

}  // namespace

Json metrics_json(const tasks::HeadMetrics& head) {
  Json values = Json::object(), classes = Json::array();
  for (const auto& [name, value] : head.values) values[name] = value;
  for (std::size_t c = 0; c < head.class_values.size(); ++c) {
    classes.push_back({{"label", head.class_names[c]},
                       {"samples", head.class_samples[c]},
                       {"value", head.class_values[c] ? Json(*head.class_values[c]) : Json()}});
  }
  Json json = {{"name", head.name},
               {"samples", head.samples},
               {"metrics", values},
               {"classes", classes},
               {"class_measure", head.class_measure},
               {"unit", head.unit}};
  if (head.confusion) {
    const std::size_t size = head.confusion->num_classes();
    for (std::size_t row = 0; row < size; ++row) {
      const auto counts = head.confusion->counts().subspan(row * size, size);
      json["confusion"].push_back(std::vector<std::int64_t>(counts.begin(), counts.end()));
    }
  }
  return json;
}

void write_summary(const fs::path& folder, std::int64_t epoch, const std::vector<tasks::HeadMetrics>& heads) {
  Json document = {{"epoch", epoch}, {"heads", Json::array()}};
  for (const tasks::HeadMetrics& head : heads) {
    document["heads"].push_back(metrics_json(head));
  }
  write_file_atomically(folder / kSummary, document.dump(1));
}

void write_report(const fs::path& folder, const std::string& name) {
  Curves training, validation;
  read_log(folder / "log.jsonl", training, validation);
  std::string page = fmt::format(
      "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>{0}</title><style>{1}</style><h1>{0}</h1><div class=\"charts\">\n",
      escaped(name), kStyle);
  for (const auto& [title, curve] : training) page += chart(title, curve, false);
  for (const auto& [title, curve] : validation) page += chart(title, curve, true);
  page += "</div>\n";
  if (fs::exists(folder / kSummary)) {
    const Json summary = Json::parse(read_text_file(folder / kSummary, kMaxBytes));
    for (const Json& head : summary.at("heads")) {
      page += fmt::format("<h2>{}: validation after epoch {} ({} samples)</h2>\n",
                          escaped(head.at("name").get<std::string>()),
                          summary.at("epoch").get<std::int64_t>(), head.at("samples").get<std::int64_t>());
      page += class_table(head) + confusion_table(head);
    }
  }
  write_file_atomically(folder / "report.html", page);
}

}  // namespace zoetrope::training
