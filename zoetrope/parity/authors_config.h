#pragma once
// A fixture's `config` where it is a tree of the authors' settings (yacs), some of them given by their dotted names:
// {"cfg": {"model.ft.dropout_rate": 0.1}}. Each is taken by its name, with the authors' default where the fixture is
// silent; what nobody has taken in the end is refused by name.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "zoetrope/parity/fixture.h"

namespace zoetrope::parity {

class AuthorsConfig {
 public:
  /// All leaves of the config, those under `cfg` without that.
  explicit AuthorsConfig(const Fixture& fixture);

  /// Each throws Error (kUsage) for a value of another type.
  std::int64_t integer(const std::string& key, std::int64_t otherwise);
  double number(const std::string& key, double otherwise);
  bool truth(const std::string& key, bool otherwise);
  std::string text(const std::string& key, const std::string& otherwise);
  std::vector<std::int64_t> integers(const std::string& key, std::vector<std::int64_t> otherwise);
  std::vector<double> numbers(const std::string& key, std::vector<double> otherwise);
  /// Rows of numbers: [[0, 0.001]].
  std::vector<std::vector<double>> rows(const std::string& key, std::vector<std::vector<double>> otherwise);

  /// Throws Error (kUsage) unless the text is this: the model has no other.
  void require(const std::string& key, const std::string& only);
  void require(const std::string& key, bool only);

  /// A setting that changes no number of a run, or all that begin so.
  void ignore(const std::string& prefix);

  /// Throws Error (kUsage) that names a setting which nobody took.
  void finish() const;

  [[noreturn]] void refuse(const std::string& key, const std::string& why) const;

 private:
  void flatten(const ConfigTable& table, const std::string& prefix);
  const ConfigValue* take(const std::string& key);

  const Fixture& fixture_;
  std::map<std::string, const ConfigValue*> values_;
  std::set<std::string> taken_;
};

}  // namespace zoetrope::parity
