#pragma once
// The state dict within a file, however its author wrapped it.
//
//   weights::NamedTensors tensors = weights::read_weights("SLOWFAST_8x8_R50.pyth");  // or a safetensors file
//
// A checkpoint of the field is a state dict, or a dictionary that holds one beside an optimizer and an epoch,
// under "state_dict", "model_state", "model" and the like, perhaps twice; or a whole pickled module, whose
// parameters and buffers are read as data. Names may bear what a wrapper added: "module." (DataParallel),
// "_orig_mod." (torch.compile).

#include <string>
#include <string_view>

#include "zoetrope/weights/checkpoint.h"
#include "zoetrope/weights/safetensors.h"

namespace zoetrope::weights {

/// The tensors of the state dict, in the file's order, their names without wrappers' prefixes. `key` names
/// the dictionary to take, by dotted keys from the root ("ema.model"); empty: it is searched. Throws Error
/// (kModel) where there is none, or where several could be meant and `key` must say which.
[[nodiscard]] NamedTensors find_state_dict(const Checkpoint& checkpoint, std::string_view key = "");

/// Takes "module." and "_orig_mod." off the names where every name bears them.
void strip_wrappers(NamedTensors& tensors);

/// The weights in a file, whose content says which kind it is: a safetensors file or a checkpoint of
/// torch.save. Throws Error as their readers do, and as `find_state_dict`.
[[nodiscard]] NamedTensors read_weights(const std::string& path, std::string_view key = "");

}  // namespace zoetrope::weights
