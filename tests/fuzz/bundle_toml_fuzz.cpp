// The texts of a bundle, its description and its labels: any bytes are read or refused with an Error.

#include <string_view>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/core/error.h"
#include "zoetrope/data/labels.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    static_cast<void>(zoetrope::bundle::parse_bundle_config(text, "zoetrope.toml"));
  } catch (const zoetrope::Error&) {
  }
  try {
    static_cast<void>(zoetrope::data::parse_labels(text, "labels.txt"));
  } catch (const zoetrope::Error&) {
  }
  return 0;
}
