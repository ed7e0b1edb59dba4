// System calls that a signal may interrupt before they did anything.
#pragma once

#include <cerrno>

namespace stet::os {

template <class Call>
auto retry_interrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace stet::os
