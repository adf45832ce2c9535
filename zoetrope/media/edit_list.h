#pragma once
// The edit lists of an MP4 or MOV file (ISO/IEC 14496-12, 8.6.6), read from its boxes: FFmpeg applies them,
// but does not tell them.

#include <cstdint>
#include <map>
#include <vector>

#include "zoetrope/media/file_source.h"
#include "zoetrope/media/media_info.h"

namespace zoetrope::media {

/// Edits by track id. What is damaged or beyond the ceilings of limits.h is left out.
[[nodiscard]] std::map<std::uint32_t, std::vector<Edit>> read_edit_lists(const FileSource& file);

}  // namespace zoetrope::media
