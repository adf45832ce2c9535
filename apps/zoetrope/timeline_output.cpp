#include "apps/zoetrope/timeline_output.h"

#include <fmt/format.h>

#include <filesystem>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/inference/report.h"
#include "zoetrope/timeline/json.h"
#include "zoetrope/timeline/page.h"

namespace zoetrope::cli {

void write_timeline(const timeline::Timeline& timeline, const timeline::Timeline& shown,
                    media::VideoReader* reader, const std::string& stem) {
  if (reader)
    inference::write_report(shown, *reader, stem + ".html");
  else
    write_file_atomically(stem + ".html", timeline::page_html(shown));
  timeline::write_json(timeline, stem + ".json");
}

void make_output_folder(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error::failed("{}: the folder cannot be made: {}", folder, failed.message());
}

void print_means(const tasks::HeadMetrics& metrics, const std::string& how) {
  if (metrics.samples == 0) return;
  fmt::print("{} videos with truth:", metrics.samples);
  for (const auto& [name, value] : metrics.values) fmt::print(" {} {:.1f}", name, 100 * value);
  fmt::print("{}\n", how);
}

}  // namespace zoetrope::cli
