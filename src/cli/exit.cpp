#include "cli/exit.hpp"

namespace stet::cli {

Exit exit_for(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::not_found:
      return Exit::not_found;
    case ErrorCode::conflict:
    case ErrorCode::locked:
      return Exit::conflict;
    case ErrorCode::invalid:
    case ErrorCode::too_large:
    case ErrorCode::unserializable:
      return Exit::input;
    case ErrorCode::corrupt:
    case ErrorCode::newer_format:
    case ErrorCode::no_space:
    case ErrorCode::denied:
    case ErrorCode::unavailable:
    case ErrorCode::timed_out:
    case ErrorCode::outcome_unknown:
    case ErrorCode::cancelled:
    case ErrorCode::io:
    case ErrorCode::internal:
      return Exit::storage;
  }
  return Exit::storage;
}

void refuse(std::string message) {
  throw Failure(Exit::usage, ErrorCode::invalid, std::move(message));
}

}  // namespace stet::cli
