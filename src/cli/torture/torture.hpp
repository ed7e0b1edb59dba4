// Torture: laps of writers that are killed, and of copies of their store that are cut and damaged,
// until enough was done, time is up, something was found or somebody asks for an end.
//
//   lap    rounds, then one copy of the store: cut at many lengths, bytes of it replaced
//   round  kProcesses processes with kThreads writers each, or one writer alone, killed one by one
//          at random moments; a reader looks at what the others leave meanwhile; when all are dead,
//          everything is judged by the ledger
//
// Thread rule: one thread.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "cli/torture/ledger.hpp"
#include "cli/torture/outcome.hpp"
#include "cli/torture/pace.hpp"
#include "cli/torture/process.hpp"
#include "cli/torture/scratch.hpp"

namespace stet::cli::torture {

class Torture {
 public:
  // All are borrowed.
  Torture(os::FileSystem& files, Scratch& scratch, Pace& pace, std::uint64_t seed)
      : files_(files), scratch_(scratch), pace_(pace), seed_(seed), random_(seed) {}

  // What happens to the store is in the outcome and no error. The scratch folder is kept where
  // something was found, with all that belongs to it.
  Outcome run();

 private:
  Result<void> run_laps();
  Result<void> make_store();
  Result<void> run_round();
  Result<void> start_writers();
  Result<void> kill_one();
  Result<void> glance();
  Result<void> judge_round();
  Result<void> upkeep(Store& store);
  Result<void> damage_copy();

  void wait_for_moment(WriterProcess& process);
  bool goes_on_waiting();
  void listen();
  Result<Store> open(bool read_only);

  void find(std::string what, const std::string& file);
  void sort_out(const Error& error);
  bool has_found() const noexcept { return !outcome_.findings.empty(); }

  os::FileSystem& files_;
  Scratch& scratch_;
  Pace& pace_;
  const std::uint64_t seed_;
  std::mt19937_64 random_;
  Ledger ledger_;
  Outcome outcome_;
  std::vector<std::unique_ptr<WriterProcess>> writers_;
};

}  // namespace stet::cli::torture
