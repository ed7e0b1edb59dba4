// What the command ends with: exit codes, and the failure that carries one.
//
// Verbs return an Exit and throw for errors: a stet::Error (the code tells the exit), or a Failure
// where the same code means something else at this place (a bad NAME is wrong use, a bad file is
// bad input). Caught once, in run().
#pragma once

#include <string>

#include "stet/base.hpp"

namespace stet::cli {

// Promised to scripts; never renumber.
enum class Exit : int {
  done = 0,
  no = 1,         // the answer is no: different, invalid, damaged
  usage = 2,      // wrong use
  not_found = 3,  //
  conflict = 4,   // or locked
  storage = 5,    // storage failed
  input = 6,      // bad input data
};

Exit exit_for(ErrorCode code) noexcept;

class Failure final : public Error {
 public:
  Failure(Exit exit, const Error& error) : Error(error), exit_(exit) {}
  Failure(Exit exit, ErrorCode code, std::string message, ErrorContext context = {})
      : Error(code, std::move(message), std::move(context)), exit_(exit) {}
  Exit exit() const noexcept { return exit_; }

 private:
  Exit exit_;
};

// Wrong use: what is wrong, and what to do.
[[noreturn]] void refuse(std::string message);

// The value, or its error as a Failure with this exit.
template <class T>
T value_or_fail(Result<T> result, Exit exit) {
  if (!result.ok()) throw Failure(exit, result.error());
  return *std::move(result);
}

}  // namespace stet::cli
