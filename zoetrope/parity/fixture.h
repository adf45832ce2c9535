#pragma once
// A parity fixture: a small JSON file that pins a published network to the numbers of its authors'
// implementation. It holds no weights: those and the inputs follow from a rule (rule.h), so that one file of
// some kilobytes checks every parameter's name and shape and every output of a network of any size.
//
// Fields: `model`, `source` (the authors' repository and file), `config` (the constructor's arguments, in the
// authors' terms), `overrides`, `state_dict`, `parameters`, `inputs`, `outputs`, `stages`, `grads`,
// `tolerance`, `notes`.
//
// Files are not trusted: sizes, counts and shapes have the ceilings below, and what breaks them, or is
// missing or of the wrong type, is an Error (kInput) of one line: "resnet18.json: outputs.logits.stride: must
// be at least 1".

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/core/config_value.h"

namespace zoetrope::timeline {
class JsonView;
}

namespace zoetrope::parity {

inline constexpr std::uint64_t kMaxFixtureBytes = std::uint64_t{64} << 20;
inline constexpr std::size_t kMaxFixtureValues = std::size_t{4} << 20;      ///< JSON values in a file
inline constexpr std::size_t kMaxFixtureTensors = 100'000;                  ///< in `state_dict`
inline constexpr std::size_t kMaxFixtureDimensions = 16;                    ///< of one tensor
inline constexpr std::int64_t kMaxFixtureElements = std::int64_t{1} << 30;  ///< of the whole `state_dict`
inline constexpr std::int64_t kMaxFixtureInputElements = std::int64_t{1} << 28;  ///< of one input

using Shape = std::vector<std::int64_t>;

/// A tensor of the state dict: its name in the authors' terms and its shape.
struct NamedShape {
  std::string name = {};
  Shape shape = {};
};

/// An input: the rule's values of its name in [low, high), or `values` where the fixture writes them out.
struct FixtureInput {
  std::string name = {};
  Shape shape = {};
  double low = -1;
  double high = 1;
  std::optional<std::vector<double>> values = {};
  bool is_integer = false;  ///< of written values: they are all integers
};

/// A tensor whose values are not the rule's.
struct Override {
  enum class How { kZeros, kOnes, kConstructor, kScale };
  std::string name = {};
  How how = How::kConstructor;
  float scale = 1;  ///< of kScale: the rule's values times this
};

/// What a fixture holds of a computed tensor.
struct Summary {
  std::string name = {};
  Shape shape = {};
  bool exact = false;       ///< integers or labels, to be met exactly
  std::int64_t stride = 1;  ///< between the kept elements, in row-major order from element 0
  std::vector<double> values = {};
  double mean = 0;  ///< of the whole tensor, as is `std`, the population's; both of no meaning where `exact`
  double std = 0;
};

struct Fixture {
  std::string path = {};
  std::string model = {};
  std::string source = {};
  ConfigValue config = {};  ///< a table; what is null in the file is left out
  std::vector<Override> overrides = {};
  std::vector<NamedShape> state_dict = {};      ///< floating-point tensors, in the authors' order
  std::optional<std::int64_t> parameters = {};  ///< elements of all parameters, without buffers
  std::vector<FixtureInput> inputs = {};
  std::vector<Summary> outputs = {};
  std::vector<Summary> stages = {};
  std::vector<Summary> grads = {};
  double tolerance = 0;
  std::vector<std::string> notes = {};
};

/// The elements of a tensor of that shape; 1 for no dimensions.
[[nodiscard]] std::int64_t num_elements(const Shape& shape);

/// A summary within a document. Throws Error (kInput) as below.
[[nodiscard]] Summary read_summary(const std::string& name, const timeline::JsonView& value);

/// Throws Error (kInput) as above.
[[nodiscard]] Fixture read_fixture(const std::filesystem::path& path);

/// The same from text; `name` is the file's in errors.
[[nodiscard]] Fixture parse_fixture(std::string_view text, const std::string& name);

}  // namespace zoetrope::parity
