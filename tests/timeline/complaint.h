#pragma once
// What a call complains of: the message of the Error that it throws, or "" where it throws none.

#include <string>

#include "zoetrope/core/error.h"

namespace zoetrope::timeline {

template <typename Call>
std::string complaint_of(Call&& call) {
  try {
    call();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace zoetrope::timeline
