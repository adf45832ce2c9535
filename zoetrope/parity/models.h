#pragma once
// Runs the network of a fixture: builds it by its family's adapter, holds the names and shapes of its state
// dict and the number of its parameters against the fixture's, fills it by the rule, runs it once in
// inference mode and compares every stage and output.

#include "zoetrope/parity/fixture.h"
#include "zoetrope/parity/run.h"

namespace zoetrope::parity {

/// Whether the fixture is of a network that an adapter takes.
[[nodiscard]] bool is_known_model(const Fixture& fixture);

/// Requires is_known_model. Throws Error (kUsage) for a configuration that the model does not have.
[[nodiscard]] Report run_model_fixture(const Fixture& fixture);

}  // namespace zoetrope::parity
