#include "zoetrope/core/error.h"

#include <csignal>

namespace zoetrope {

Error Error::interrupted(int signal) {
  Error error(ErrorKind::kInterrupted, signal == SIGTERM ? "terminated" : "interrupted");
  error.signal_ = signal;
  return error;
}

int Error::exit_code() const noexcept {
  switch (kind_) {
    case ErrorKind::kFailed:
      return 1;
    case ErrorKind::kUsage:
      return 2;
    case ErrorKind::kInput:
      return 4;
    case ErrorKind::kModel:
      return 5;
    case ErrorKind::kInterrupted:
      return 128 + (signal_ ? signal_ : SIGINT);
  }
  return 1;
}

}  // namespace zoetrope
