#include "zoetrope/timeline/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/timeline/json.h"
#include "zoetrope/timeline/viewer_files.h"

namespace zoetrope::timeline {
namespace {

using nlohmann::ordered_json;

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// Bytes that are no UTF-8 become U+FFFD.
std::string dump(const ordered_json& document) {
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// What could end a script element or start a comment becomes \u escapes, which JSON reads back as the same
// letters. These letters stand only inside strings of a JSON document.
std::string json_for_html(std::string_view json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = json.substr(i, 3);
    if (json[i] == '<') {
      escaped += "\\u003c";
    } else if (json[i] == '>') {
      escaped += "\\u003e";
    } else if (json[i] == '&') {
      escaped += "\\u0026";
    } else if (rest == "\u2028" || rest == "\u2029") {
      escaped += rest == "\u2028" ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      escaped += json[i];
    }
  }
  return escaped;
}

// Everything but unreserved letters and the slash is encoded, so that no name of a file is read as a scheme,
// a query or a fragment.
std::string encode_path(std::string_view path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

// A constant rate names every frame if it puts the middle of each on the right one.
bool rate_tells_frames(const VideoSource& video, const std::vector<double>& times) {
  if (video.fps <= 0) return times.empty();
  for (std::size_t k = 0; k < times.size(); ++k) {
    if (std::abs(times[k] - video.start - static_cast<double>(k) / video.fps) > 0.25 / video.fps)
      return false;
  }
  return true;
}

// Whole microseconds from frame to frame; the first counts from zero.
ordered_json frame_steps(const VideoSource& video, const std::vector<double>& times) {
  if (rate_tells_frames(video, times)) return nullptr;
  ordered_json steps = ordered_json::array();
  std::int64_t before = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const std::int64_t now = std::llround(times[k] * 1e6);
    if (k > 0 && now <= before) throw Error::usage("page: frame times do not ascend at frame {}", k);
    steps.push_back(now - before);
    before = now;
  }
  return steps;
}

std::string file_name(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

ordered_json page_json(const Timeline& timeline, const PageOptions& options, const std::string& title) {
  if (options.video_href.starts_with('/')) {
    throw Error::usage("page: the video's path '{}' must be relative to the page", options.video_href);
  }
  ordered_json page;
  page["title"] = title;
  page["video"] = {{"href", encode_path(options.video_href)},
                   {"type", options.video_media_type},
                   {"embedded", !options.video_bytes.empty()}};
  page["poster"] = base64(options.poster);
  page["frame_steps"] = frame_steps(timeline.video, options.frame_times);
  page["thumbnails"] = ordered_json::array();
  for (const Thumbnail& thumbnail : options.thumbnails) {
    page["thumbnails"].push_back({{"track", thumbnail.track},
                                  {"segment", thumbnail.segment},
                                  {"time", thumbnail.time},
                                  {"width", thumbnail.width},
                                  {"height", thumbnail.height},
                                  {"jpeg", base64(thumbnail.jpeg)}});
  }
  return page;
}

// Puts values in the {{places}} of the template. Values are not searched again, so none can name a place.
std::string fill(std::string_view form,
                 const std::vector<std::pair<std::string_view, std::string_view>>& values) {
  std::string filled;
  while (!form.empty()) {
    const std::size_t open = form.find("{{");
    filled += form.substr(0, open);
    if (open == std::string_view::npos) break;
    form.remove_prefix(open + 2);
    const std::size_t close = form.find("}}");
    for (const auto& [name, value] : values) {
      if (name == form.substr(0, close)) filled += value;
    }
    form.remove_prefix(close + 2);
  }
  return filled;
}

std::string content_security_policy() {
  return "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data: blob:; media-src 'self' "
         "file: blob:; "
         "script-src 'sha256-" +
         base64(bytes_of_hex(kViewerScriptSha256)) + "'; style-src 'sha256-" +
         base64(bytes_of_hex(kViewerCssSha256)) + "'";
}

}  // namespace

std::string page_html(const Timeline& timeline, const PageOptions& options) {
  const std::string name = options.title.empty() ? file_name(timeline.video.path) : options.title;
  const std::string title = ordered_json::parse(dump(name));
  const std::string page = dump(page_json(timeline, options, title));
  const std::string data = fmt::format(R"({{"timeline": {}, "page": {}}})", to_json(timeline), page);
  return fill(kViewerHtml, {{"policy", content_security_policy()},
                            {"title", escape_html(title)},
                            {"style", kViewerCss},
                            {"script", kViewerScript},
                            {"data", json_for_html(data)},
                            {"video", base64(options.video_bytes)}});
}

}  // namespace zoetrope::timeline
