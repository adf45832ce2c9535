#include "zoetrope/inference/stream_files.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"

namespace zoetrope::inference {
namespace {

namespace fs = std::filesystem;

// Of `file` beside `first`.
void check_length(const data::FeatureFile& file, const data::FeatureFile& first) {
  constexpr double kMost = 0.05;  // flow is habitually a few frames shorter
  const std::int64_t frames = file.num_frames(), wanted = first.num_frames();
  const std::int64_t difference = std::abs(frames - wanted);
  if (static_cast<double>(difference) > kMost * static_cast<double>(wanted)) {
    throw Error::input("{}: {} frames, but {} has {}; are they of one video?", file.name(), frames,
                       first.name(), wanted);
  }
  if (difference > 0)
    log_warning("{}: {} frames, but {} has {}; what is beyond the shorter is left out", file.name(), frames,
                first.name(), wanted);
}

// Its own folder bears a stream's name, or the one above (FOLDER/STREAM/SUBSET/NAME.npy).
fs::path beside(const fs::path& npy, const std::string& stream, const std::vector<std::string>& streams) {
  const fs::path place = fs::absolute(npy).lexically_normal().parent_path(), up = npy.parent_path() / "..";
  const auto is_stream = [&](const fs::path& folder) {
    return std::ranges::find(streams, folder.filename().string()) != streams.end();
  };
  if (is_stream(place)) return (up / stream / npy.filename()).lexically_normal();
  if (is_stream(place.parent_path()))
    return (up / ".." / stream / place.filename() / npy.filename()).lexically_normal();
  return {};
}

}  // namespace

std::vector<data::FeatureFile> open_streams(const fs::path& npy, const std::vector<std::string>& streams,
                                            const std::vector<std::int64_t>& dimensions,
                                            const std::string& whole) {
  const std::int64_t all = std::accumulate(dimensions.begin(), dimensions.end(), std::int64_t{0});
  std::vector<data::FeatureFile> files;
  files.push_back(data::open_of_width(npy, all));
  if (files.front().num_dimensions() == all) return files;
  if (beside(npy, streams.front(), streams).empty()) {
    const std::string apart = streams.size() == 1 ? ""
                                                  : fmt::format(", or a file a stream in folders '{}'",
                                                                fmt::join(streams, "' and '"));
    throw Error::input("{}: features of {} numbers a frame; the model takes {}{}", npy.string(),
                       files.front().num_dimensions(), all, apart);
  }
  files.clear();
  for (std::size_t i = 0; i < streams.size(); ++i) {
    files.push_back(data::open_of_width(beside(npy, streams[i], streams), dimensions[i]));
    if (files.back().num_dimensions() != dimensions[i]) {
      throw Error::input("{}: features of {} numbers a frame; the model takes {} of '{}'",
                         files.back().name(), files.back().num_dimensions(), dimensions[i], streams[i]);
    }
  }
  const data::FeatureFile* first = nullptr;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (streams[i] == whole) continue;
    if (first) check_length(files[i], *first);
    if (!first) first = &files[i];
  }
  return files;
}

}  // namespace zoetrope::inference
