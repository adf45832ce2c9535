#include "zoetrope/core/text_width.h"

#include <clocale>
#include <cstdint>
#include <cwchar>

namespace zoetrope {
namespace {

/// The C library's tables know the width of each character, but only within a UTF-8 locale: this thread has
/// one while the object lives, whatever the program's locale is.
class Utf8Locale {
 public:
  Utf8Locale() : previous_(shared() ? uselocale(shared()) : nullptr) {}
  ~Utf8Locale() {
    if (previous_) uselocale(previous_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t shared() {
    static const locale_t kLocale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return kLocale;
  }
  locale_t previous_;
};

struct Character {
  std::size_t bytes = 1;
  int columns = 1;
  bool printable = false;
};

/// The first character of a text that is not empty; asks for a Utf8Locale.
Character first_character(std::string_view text) {
  std::mbstate_t state{};
  wchar_t wide = 0;
  const std::size_t bytes = std::mbrtowc(&wide, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) return {};  // NUL, or no UTF-8
  const int columns = wcwidth(wide);
  if (columns < 0) return {.bytes = bytes};
  return {bytes, columns, true};
}

}  // namespace

int display_width(std::string_view text) {
  const Utf8Locale locale;
  int columns = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    columns += character.columns;
    text.remove_prefix(character.bytes);
  }
  return columns;
}

std::string fit_width(std::string_view text, int columns, bool unicode) {
  const Utf8Locale locale;
  std::string out;
  std::string cut;  // what fits beside the mark of a cut
  int used = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (used + character.columns > columns) return columns > 0 ? cut + (unicode ? "…" : "~") : "";
    if (character.printable) {
      out += text.substr(0, character.bytes);
    } else {
      out += '?';
    }
    used += character.columns;
    if (used < columns) cut = out;
    text.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace zoetrope
