#include "zoetrope/data/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <unordered_map>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/thread_pool.h"
#include "zoetrope/data/video_index.h"
#include "zoetrope/media/picture_file.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kCheckedShortSide = 16;  // of frames that nobody looks at: cheap to make
constexpr std::int64_t kFeaturesAtOnce = 4096;  // frames

/// A file and what samples want of it.
struct WantedFile {
  fs::path path;
  double last_start = 0;  // of its segments
};

struct Decoded {
  std::int64_t frames = 0;
  std::optional<FileProblem> problem = std::nullopt;
};

std::vector<WantedFile> files_of(const Dataset& dataset) {
  std::vector<WantedFile> files;
  std::unordered_map<std::string, std::size_t> places;
  for (const Sample& sample : dataset.samples) {
    const auto [entry, is_new] = places.emplace(sample.path.string(), files.size());
    if (is_new) files.push_back({.path = sample.path});
    WantedFile& file = files[entry->second];
    file.last_start = std::max(file.last_start, sample.start);
  }
  return files;
}

/// An Error's words without the path before them.
std::string without_path(const std::string& what, const fs::path& path) {
  const std::string prefix = path.string() + ": ";
  return what.starts_with(prefix) ? what.substr(prefix.size()) : what;
}

std::string frames_text(std::int64_t count) {
  return count == 1 ? "1 frame" : fmt::format("{} frames", count);
}

Decoded decode_video(const WantedFile& file) {
  // The pass below decodes everything: opening need not do it, too.
  const media::VideoReader reader(file.path.string(), {.num_threads = 1, .check = media::Check::kPackets});
  media::FrameStream stream = reader.stream({.short_side = kCheckedShortSide});
  Decoded decoded;
  while (stream.next()) {
    throw_if_interrupted();
    ++decoded.frames;
  }
  const media::VideoStreamInfo& info = reader.stream_info();
  const std::int64_t lost = info.lost_frames + stream.lost();
  const double end = info.start_time + info.duration;
  if (decoded.frames == 0) {
    decoded.problem = {file.path, FileFault::kBroken, "no frame of it can be decoded", lost};
  } else if (lost > 0) {
    decoded.problem = {file.path, FileFault::kDamaged,
                       fmt::format("{} of {} cannot be decoded", frames_text(lost), lost + decoded.frames),
                       lost};
  } else if (file.last_start >= end && file.last_start > 0) {
    decoded.problem = {
        file.path, FileFault::kSegment,
        fmt::format("the segment from {} s begins after the video's end, {:.2f} s", file.last_start, end)};
  }
  return decoded;
}

Decoded decode_pictures(const fs::path& path) {
  const std::vector<fs::path> pictures =
      fs::is_directory(path) ? list_folder(path).pictures : std::vector<fs::path>{path};
  Decoded decoded;
  std::int64_t lost = 0;
  std::string first;
  for (const fs::path& picture : pictures) {
    throw_if_interrupted();
    try {
      (void)media::read_picture(picture.string());
      ++decoded.frames;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      if (lost++ == 0) {
        const std::string what = without_path(error.what(), picture);
        first = picture == path ? what : fmt::format("{}: {}", picture.filename().string(), what);
      }
    }
  }
  if (decoded.frames == 0) {
    decoded.problem = {path, FileFault::kBroken, lost > 0 ? first : "a folder without pictures", lost};
  } else if (lost > 0) {
    decoded.problem = {
        path, FileFault::kDamaged,
        fmt::format("{} of {} cannot be decoded; {}", frames_text(lost), lost + decoded.frames, first), lost};
  }
  return decoded;
}

/// Sides of an array; nothing where the file cannot be read.
std::optional<std::array<std::int64_t, 2>> sides_of(const fs::path& path) {
  try {
    return FeatureFile(path).sides();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    return std::nullopt;
  }
}

FeatureOrder order_of(const std::vector<WantedFeatures>& files, std::int64_t slack) {
  std::int64_t first = 0, second = 0;  // files whose first or second side is time
  for (const WantedFeatures& each : files) {
    const auto sides = each.num_frames > 0 ? sides_of(each.path) : std::nullopt;
    if (!sides) continue;
    first += std::abs((*sides)[0] - each.num_frames) <= slack ? 1 : 0;
    second += std::abs((*sides)[1] - each.num_frames) <= slack ? 1 : 0;
  }
  return first > second ? FeatureOrder::kFramesFirst : FeatureOrder::kDimensionsFirst;
}

/// What a feature file is held to.
struct FeatureChecks {
  FeatureOrder order = FeatureOrder::kDimensionsFirst;
  std::int64_t slack = 0;
  std::map<fs::path, std::pair<fs::path, std::int64_t>> dimensions = {};  // by folder: a file, and its own
};

Decoded read_features(const WantedFeatures& wanted, const FeatureChecks& checks) {
  const FeatureFile file(wanted.path, checks.order);
  const std::int64_t frames = file.num_frames();
  const auto differ = [&](std::int64_t other, const std::string& what) {
    return Decoded{0, FileProblem{wanted.path, FileFault::kLength,
                                  fmt::format("{}, but {} {}", frames_text(frames), what, other), 0}};
  };
  if (wanted.num_frames > 0 && std::abs(frames - wanted.num_frames) > checks.slack)
    return differ(wanted.num_frames, "its labels are");
  if (const auto sides = wanted.beside.empty() ? std::nullopt : sides_of(wanted.beside)) {
    const std::int64_t other = (*sides)[checks.order == FeatureOrder::kFramesFirst ? 0 : 1];
    if (std::abs(frames - other) > checks.slack)
      return differ(other, "those of " + wanted.beside.string() + " are");
  }
  const auto& [first, dimensions] = checks.dimensions.at(wanted.path.parent_path());
  if (file.num_dimensions() != dimensions) {
    return {0, FileProblem{wanted.path, FileFault::kLength,
                           fmt::format("features of {} dimensions, but {} has {}", file.num_dimensions(),
                                       first.string(), dimensions),
                           0}};
  }
  std::vector<float> piece;
  for (std::int64_t begin = 0; begin < frames; begin += kFeaturesAtOnce) {
    throw_if_interrupted();
    const std::int64_t count = std::min(kFeaturesAtOnce, frames - begin);
    piece.resize(static_cast<std::size_t>(count * dimensions));
    file.read_part(piece, begin, count);
  }
  return {.frames = frames};
}

/// What `decode` finds in a file that is there.
Decoded check_file(const fs::path& path, bool open, const std::function<Decoded()>& decode) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {0, FileProblem{path, FileFault::kMissing, "is not there", 0}};
  if (!open) return {};
  try {
    return decode();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    return {0, FileProblem{path, FileFault::kBroken, without_path(error.what(), path), 0}};
  }
}

/// The reports of `check(i)` for each of `count` files, in their order.
CheckReport check_all(std::int64_t count, const CheckOptions& options,
                      const std::function<Decoded(std::int64_t)>& check) {
  CheckReport report{.files = count};
  const auto checked = [&](std::int64_t i) {
    throw_if_interrupted();
    Decoded decoded = check(i);
    if (options.on_file) options.on_file();
    return decoded;
  };
  for (Decoded& decoded : parallel_map(count, checked, options.workers)) {
    report.frames += decoded.frames;
    if (decoded.problem) report.problems.push_back(std::move(*decoded.problem));
  }
  return report;
}

}  // namespace

const char* name_of(FileFault fault) {
  switch (fault) {
    case FileFault::kMissing:
      return "missing";
    case FileFault::kBroken:
      return "broken";
    case FileFault::kDamaged:
      return "damaged";
    case FileFault::kSegment:
      return "segment";
    case FileFault::kLength:
      return "length";
  }
  return "";
}

std::int64_t count_files(const Dataset& dataset) {
  return static_cast<std::int64_t>(files_of(dataset).size());
}

CheckReport check_files(const Dataset& dataset, const CheckOptions& options) {
  const std::vector<WantedFile> files = files_of(dataset);
  return check_all(std::ssize(files), options, [&](std::int64_t i) {
    const WantedFile& file = files[static_cast<std::size_t>(i)];
    return check_file(file.path, options.decode, [&] {
      std::error_code ignored;
      const bool pictures = fs::is_directory(file.path, ignored) || is_picture_name(file.path);
      return pictures ? decode_pictures(file.path) : decode_video(file);
    });
  });
}

CheckReport check_features(const std::vector<WantedFeatures>& files, std::int64_t slack,
                           const CheckOptions& options) {
  FeatureChecks checks{.order = options.decode ? order_of(files, slack) : FeatureOrder::kDimensionsFirst,
                       .slack = slack};
  for (const WantedFeatures& each : files) {
    const fs::path folder = each.path.parent_path();
    if (!options.decode || checks.dimensions.contains(folder)) continue;
    if (const auto sides = sides_of(each.path))
      checks.dimensions[folder] = {each.path, (*sides)[checks.order == FeatureOrder::kFramesFirst ? 1 : 0]};
  }
  return check_all(std::ssize(files), options, [&](std::int64_t i) {
    const WantedFeatures& each = files[static_cast<std::size_t>(i)];
    return check_file(each.path, options.decode, [&] { return read_features(each, checks); });
  });
}

}  // namespace zoetrope::data
