// Checkpoints of either layout: any bytes are read or refused with an Error, and every tensor lies within its
// file.

#include "tests/fuzz/input_file.h"
#include "zoetrope/core/error.h"
#include "zoetrope/weights/checkpoint.h"
#include "zoetrope/weights/state_dict.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const zoetrope::test::InputFile file(data, size);
  try {
    const zoetrope::weights::Checkpoint checkpoint = zoetrope::weights::read_checkpoint(file.path());
    for (const auto& [name, tensor] : zoetrope::weights::flatten(checkpoint.root))
      static_cast<void>(tensor.sum());
    static_cast<void>(zoetrope::weights::find_state_dict(checkpoint));
  } catch (const zoetrope::Error&) {
  }
  return 0;
}
