#pragma once
// The one precompiled header of everything above LibTorch: parsing torch/torch.h costs some 30 s a
// translation unit without it. Nothing includes this file by name; sources include what they use as if it
// were not there.
#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
