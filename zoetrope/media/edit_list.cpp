#include "zoetrope/media/edit_list.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

constexpr std::uint32_t box_type(const char (&name)[5]) {
  std::uint32_t type = 0;
  for (int i = 0; i < 4; ++i) type = type << 8 | static_cast<unsigned char>(name[i]);
  return type;
}

struct Track {
  std::uint32_t id = 0;
  std::uint32_t timescale = 0;
  struct RawEdit {
    std::uint64_t duration;
    std::int64_t media_time;
    std::int32_t rate;  // 16.16
  };
  std::vector<RawEdit> edits;
};

class BoxReader {
 public:
  explicit BoxReader(const FileSource& file) : file_(file) {}

  void read(std::int64_t begin, std::int64_t end, int depth) {
    while (end - begin >= 8 && depth < kMaxBoxDepth && boxes_++ < kMaxBoxes) {
      std::uint64_t size = number(begin, 4);
      std::int64_t header = 8;
      if (size == 1 && end - begin >= 16) {
        size = number(begin + 8, 8);
        header = 16;
      } else if (size == 0) {
        size = static_cast<std::uint64_t>(end - begin);
      }
      if (size < static_cast<std::uint64_t>(header)) return;
      const std::int64_t box_end =
          size > static_cast<std::uint64_t>(end - begin) ? end : begin + static_cast<std::int64_t>(size);
      visit(static_cast<std::uint32_t>(number(begin + 4, 4)), begin + header, box_end, depth);
      begin = box_end;
    }
  }

  std::uint32_t movie_timescale = 0;
  std::vector<Track> tracks;

 private:
  /// A big-endian number; 0 beyond the end of the file.
  [[nodiscard]] std::uint64_t number(std::int64_t at, int bytes) const {
    std::array<std::uint8_t, 8> raw{};
    if (!file_.read_at(at, raw.data(), static_cast<std::size_t>(bytes))) return 0;
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | raw[static_cast<std::size_t>(i)];
    return value;
  }

  void visit(std::uint32_t type, std::int64_t begin, std::int64_t end, int depth) {
    const bool wide = number(begin, 1) == 1;  // version 1: 64-bit times
    switch (type) {
      case box_type("trak"):
        tracks.emplace_back();
        [[fallthrough]];
      case box_type("moov"):
      case box_type("edts"):
      case box_type("mdia"):
        read(begin, end, depth + 1);
        break;
      case box_type("mvhd"):
        movie_timescale = static_cast<std::uint32_t>(number(begin + (wide ? 20 : 12), 4));
        break;
      case box_type("tkhd"):
        if (!tracks.empty())
          tracks.back().id = static_cast<std::uint32_t>(number(begin + (wide ? 20 : 12), 4));
        break;
      case box_type("mdhd"):
        if (!tracks.empty())
          tracks.back().timescale = static_cast<std::uint32_t>(number(begin + (wide ? 20 : 12), 4));
        break;
      case box_type("elst"):
        if (!tracks.empty()) read_edits(begin, end, wide);
        break;
      default:
        break;
    }
  }

  void read_edits(std::int64_t begin, std::int64_t end, bool wide) {
    const std::int64_t bytes = wide ? 20 : 12;
    const std::int64_t claimed = static_cast<std::int64_t>(number(begin + 4, 4));
    const std::int64_t count = std::min({claimed, (end - begin - 8) / bytes, kMaxEdits});
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t at = begin + 8 + i * bytes;
      const int width = wide ? 8 : 4;
      const std::uint64_t media_time = number(at + width, width);
      tracks.back().edits.push_back(
          {number(at, width),
           wide ? std::bit_cast<std::int64_t>(media_time)
                : static_cast<std::int32_t>(static_cast<std::uint32_t>(media_time)),
           static_cast<std::int32_t>(static_cast<std::uint32_t>(number(at + 2 * width, 4)))});
    }
  }

  const FileSource& file_;
  int boxes_ = 0;
};

}  // namespace

std::map<std::uint32_t, std::vector<Edit>> read_edit_lists(const FileSource& file) {
  BoxReader reader(file);
  reader.read(0, file.size(), 0);
  std::map<std::uint32_t, std::vector<Edit>> lists;
  if (reader.movie_timescale == 0) return lists;
  for (const Track& track : reader.tracks) {
    if (track.timescale == 0 || track.edits.empty()) continue;
    std::vector<Edit>& list = lists[track.id];
    for (const Track::RawEdit& edit : track.edits) {
      list.push_back(
          {.duration = static_cast<double>(edit.duration) / reader.movie_timescale,
           .media_time = edit.media_time < 0 ? -1 : static_cast<double>(edit.media_time) / track.timescale,
           .rate = edit.rate / 65536.0});
    }
  }
  return lists;
}

}  // namespace zoetrope::media
