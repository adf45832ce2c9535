#include "apps/zoetrope/timeline_output.h"

#include "zoetrope/core/files.h"
#include "zoetrope/inference/report.h"
#include "zoetrope/timeline/json.h"
#include "zoetrope/timeline/page.h"

namespace zoetrope::cli {

void write_timeline(const timeline::Timeline& timeline, media::VideoReader* reader, const std::string& stem) {
  if (reader)
    inference::write_report(timeline, *reader, stem + ".html");
  else
    write_file_atomically(stem + ".html", timeline::page_html(timeline));
  timeline::write_json(timeline, stem + ".json");
}

}  // namespace zoetrope::cli
