// The texts of a segmentation data set: mapping, labels of frames, lists of videos. Any bytes are read or
// refused with an Error; what is read holds together.

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "tests/fuzz/input_file.h"
#include "zoetrope/core/error.h"
#include "zoetrope/data/frame_labels.h"
#include "zoetrope/data/segmentation_set.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_labels(const std::string& path, const std::vector<std::string>& names) {
  zoetrope::data::Vocabulary classes("action", true, names, "mapping.txt");
  const std::vector<std::int64_t> labels = zoetrope::data::read_label_lines(path, classes);
  for (const std::int64_t label : labels)
    require(label >= 0 && label < static_cast<std::int64_t>(names.size()));
  require(zoetrope::data::transcript_of(labels).size() <= labels.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const zoetrope::test::InputFile input(data, size);
  try {
    const std::vector<std::string> names = zoetrope::data::read_mapping(input.path());
    require(std::set<std::string>(names.begin(), names.end()).size() == names.size());
    read_labels(input.path(), names);
  } catch (const zoetrope::Error&) {
  }
  try {
    read_labels(input.path(), {"SIL", "pour_milk", "stir"});
  } catch (const zoetrope::Error&) {
  }
  try {
    for (const std::string& name : zoetrope::data::read_video_list(input.path()))
      require(name.find('/') == std::string::npos);
  } catch (const zoetrope::Error&) {
  }
  return 0;
}
