#pragma once
// The state of a model, as Python's state_dict has it: every parameter and buffer by its dotted name, each
// module's own parameters, then its buffers, then its children, in the order in which they were registered.
//
//   models::save_state(*model, "model.safetensors");
//   models::load_state(*model, weights::SafetensorsFile("model.safetensors").tensors());

#include <cstdint>
#include <string>

#include "zoetrope/models/model.h"
#include "zoetrope/weights/safetensors.h"

namespace zoetrope::models {

/// The tensors themselves, not copies: what is written into them is the model's.
[[nodiscard]] NamedTensors state_of(const torch::nn::Module& model);

/// Elements of all parameters; one that has several names counts once. Buffers do not count.
[[nodiscard]] std::int64_t num_parameters(const torch::nn::Module& model);

/// Writes the state as a safetensors file. Throws as weights::write_safetensors.
void save_state(const torch::nn::Module& model, const std::string& path,
                const weights::Metadata& metadata = {});

enum class LoadMode {
  kStrict,  ///< both sides have the same names
  kPartial  ///< names that one side lacks are left out; shapes must still agree
};

/// Copies tensors into the model, converting device and dtype. Nothing is written unless everything fits:
/// else throws Error (kModel) that names every tensor that is missing, left over, or of another shape.
/// `num_batches_tracked` of batch normalisations may be missing also where strict: older checkpoints have
/// none, and no output depends on it. Throws also where a partial load would load nothing.
void load_state(torch::nn::Module& model, const NamedTensors& tensors, LoadMode mode = LoadMode::kStrict);

}  // namespace zoetrope::models
