// Crashes a finished run of work at every place, recovers each state, and holds what it finds
// against the history:
// - it opens, and shows one committed state, no older than the last that was acknowledged, of which
//   every chunk is there and is what its id says;
// - a second open shows the same; a save afterwards works and is there;
// - a crash inside recovery loses nothing more, and what recovery showed is durable;
// - when only the process ends, what the next one shows is durable too.
// An image that comes again at a later place isn't recovered again, but held against what was
// acknowledged by then.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stet/os.hpp"
#include "support/crash_states.hpp"
#include "support/history.hpp"
#include "support/simulated_disk.hpp"

namespace stet::test {

// What is under test, seen from outside.
class Subject {
 public:
  virtual ~Subject() = default;
  // Opens the store afresh, reads all there is and verifies it. `create`: make it where it is
  // missing.
  virtual Result<State> observe(std::shared_ptr<os::FileSystem> files, bool create) = 0;
  // Opens it and saves once more; the state that is then to be seen.
  virtual Result<State> save_more(std::shared_ptr<os::FileSystem> files) = 0;
};

struct CheckOptions {
  CrashOptions crashes;
  std::uint64_t recovery_every = 5;  // of the states, how many are crashed again in recovery
  std::uint64_t kill_every = 3;      // of the places, at how many the process alone ends too
  std::size_t violations_max = 3;    // enough is enough
};

struct CheckReport {
  // Fingerprints of what was recovered, those inside a recovery included; each once in a run.
  std::vector<std::uint64_t> images;
  std::uint64_t kills = 0;  // of the process alone, each at another place
  std::vector<Violation> violations;
  void add(CheckReport other);
  // Different images, whichever run they came from, and kills.
  std::uint64_t states() const;
};

CheckReport check_crashes(Subject& subject, const SimulatedDisk& disk, const History& history,
                          const CheckOptions& options);

}  // namespace stet::test
