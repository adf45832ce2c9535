#pragma once
// Untrusted JSON: parsing under the ceilings of limits.h, and access that names the file and the place of
// what is wrong: "kitchen.json: tracks[2].segments[0].end: must be a number". For the readers of this folder.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "zoetrope/timeline/limits.h"

namespace zoetrope::timeline {

/// Throws Error (kInput) where `text` is no JSON, nested too deeply, or of too many values.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, const std::string& name,
                                        std::size_t max_values = kMaxJsonValues);

/// A value within a document. Views are cheap to copy and live as long as the document and its name.
class JsonView {
 public:
  JsonView(const nlohmann::json& document, const std::string& name)
      : document_(&document), name_(&name), value_(&document) {}

  /// The member of an object: `at` throws where it is missing, `find` gives nothing then, nor where it is
  /// null.
  [[nodiscard]] JsonView at(const char* key) const;
  [[nodiscard]] std::optional<JsonView> find(const char* key) const;

  /// The elements of an array.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] JsonView operator[](std::size_t index) const;

  /// The members of an object, as it is to be gone through.
  [[nodiscard]] const nlohmann::json::object_t& members() const;
  [[nodiscard]] JsonView member(const nlohmann::json& value) const { return {*this, value}; }

  [[nodiscard]] bool is_null() const { return value_->is_null(); }
  [[nodiscard]] bool is_integer() const { return value_->is_number_integer(); }
  [[nodiscard]] double number() const;
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool truth() const;

  /// Throws Error "NAME: PLACE: WHAT".
  [[noreturn]] void fail(std::string_view what) const;

 private:
  JsonView(const JsonView& parent, const nlohmann::json& value)
      : document_(parent.document_), name_(parent.name_), value_(&value) {}

  const nlohmann::json* document_;
  const std::string* name_;
  const nlohmann::json* value_;
};

}  // namespace zoetrope::timeline
