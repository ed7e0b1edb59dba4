// What a torture did, and what it found.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/torture/deed.hpp"
#include "stet/base.hpp"

namespace stet::cli::torture {

struct Finding {
  std::uint64_t round = 0;
  std::string what;
  std::string file;  // the store as it was, kept
};

struct Outcome {
  std::uint64_t kills = 0;
  std::uint64_t rounds =
      0;  // of writers that were killed one by one; the store is judged after each
  std::uint64_t glances = 0;                // by a reader, beside the writers that were left
  std::uint64_t torn_ends = 0;              // set aside when a store was opened after a kill
  std::array<std::uint64_t, kActs> acts{};  // acknowledged, by kind
  std::uint64_t large_saves = 0;

  std::uint64_t cuts = 0;
  std::uint64_t damages = 0;
  std::uint64_t refused = 0;  // of cuts and damages
  std::uint64_t the_same = 0;
  std::uint64_t older_and_said_so = 0;

  std::vector<Finding> findings;
  std::optional<Error> failure;  // of the storage: what was asked for could not be done
  bool is_interrupted = false;
};

}  // namespace stet::cli::torture
