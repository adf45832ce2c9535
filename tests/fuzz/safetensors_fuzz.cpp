// Safetensors files: any bytes are read or refused with an Error.

#include "tests/fuzz/input_file.h"
#include "zoetrope/core/error.h"
#include "zoetrope/weights/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const zoetrope::test::InputFile file(data, size);
  try {
    for (const auto& [name, tensor] : zoetrope::weights::SafetensorsFile(file.path()).tensors()) {
      static_cast<void>(tensor.sum());
    }
  } catch (const zoetrope::Error&) {
  }
  return 0;
}
