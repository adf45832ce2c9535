// Features of long videos (.npy), in both orders: any bytes are read or refused with an Error, and what is
// read is as large as the file says and finite.

#include <cmath>
#include <cstdlib>
#include <vector>

#include "tests/fuzz/input_file.h"
#include "zoetrope/core/error.h"
#include "zoetrope/data/feature_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using zoetrope::data::FeatureFile;
  using zoetrope::data::FeatureOrder;
  const zoetrope::test::InputFile input(data, size);
  for (const FeatureOrder order : {FeatureOrder::kDimensionsFirst, FeatureOrder::kFramesFirst}) {
    for (const std::int64_t stride : {1, 3}) {
      try {
        const FeatureFile file(input.path(), order);
        // The header was held against the size of the file, so this is bounded by the input.
        std::vector<float> values(static_cast<std::size_t>(file.num_dimensions() * file.num_sampled(stride)));
        file.read(values, stride);
        for (const float value : values) {
          if (!std::isfinite(value)) std::abort();
        }
      } catch (const zoetrope::Error&) {
      }
    }
  }
  return 0;
}
