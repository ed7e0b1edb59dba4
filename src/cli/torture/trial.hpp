// Trial: a torture of one disk, told to people and to programs.
#pragma once

#include <cstdint>
#include <string>

#include "cli/terminal.hpp"
#include "cli/torture/outcome.hpp"

namespace stet::cli::torture {

struct Trial {
  std::uint64_t seed = 0;
  std::string scratch;
  bool is_kept = false;
  std::string file_system;
  std::int64_t flush_ns = 0;
  std::int64_t elapsed_ns = 0;
  Outcome outcome;
};

Value trial_value(const Trial& trial);
void print_trial(Output& out, const Trial& trial);

}  // namespace stet::cli::torture
