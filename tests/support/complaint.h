#pragma once
// What a call that is refused says.

#include <string>

#include "zoetrope/core/error.h"

namespace zoetrope::test {

/// The line of the Error that `read` throws; empty where it throws none.
template <typename Read>
std::string complaint_of(const Read& read) {
  try {
    (void)read();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace zoetrope::test
