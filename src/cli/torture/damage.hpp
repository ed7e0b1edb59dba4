// Damage: cuts a victim at many lengths and replaces bytes of it, and counts what it shows then.
#pragma once

#include <functional>
#include <random>

#include "cli/torture/outcome.hpp"
#include "cli/torture/victim.hpp"

namespace stet::cli::torture {

class DamageTrials {
 public:
  // `goes_on` is asked before each trial. `found` gets what must not be, while the file is so.
  DamageTrials(Victim& victim, std::mt19937_64& random, Outcome& outcome,
               std::function<bool()> goes_on, std::function<void(std::string)> found)
      : victim_(victim),
        random_(random),
        outcome_(outcome),
        goes_on_(std::move(goes_on)),
        found_(std::move(found)) {}

  // Errors: of the storage.
  Result<void> run();

 private:
  Result<void> cut_everywhere();
  Result<void> damage();
  Result<Verdict> flip_bit();
  Result<Verdict> zero_sector();
  Result<Verdict> swap_sectors();
  Result<Verdict> scribble_behind();
  std::vector<std::uint64_t> lengths_to_cut();
  std::uint64_t place_in_log();
  std::uint64_t sector_in_log();
  void count(const Verdict& verdict);

  Victim& victim_;
  std::mt19937_64& random_;
  Outcome& outcome_;
  const std::function<bool()> goes_on_;
  const std::function<void(std::string)> found_;
  std::string what_;  // is being tried
};

}  // namespace stet::cli::torture
