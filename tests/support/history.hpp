// What a store was asked to hold, when, and what it answered: the measure of every recovery.
//
// A place is a number of operations in the disk's log. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace stet::test {

// Everything that a store shows, in a form that can be compared: name → content.
using State = std::map<std::string, std::string>;
std::string text_of(const State& state);

// What a state was held against, and found wanting.
enum class Oracle : std::uint8_t {
  opens,         // recovery reads and verifies all there is, and takes a save afterwards
  committed,     // the state is one that was committed, no mixture
  acknowledged,  // and no older than the last that was acknowledged
  honest,        // and not one that was said not to have happened
  idempotent,    // another recovery, also after a crash inside the first, shows the same
  durable,       // what was shown once survives a loss of power
};

struct Violation {
  Oracle oracle;
  std::string what;
};
std::ostream& operator<<(std::ostream& out, const Violation& violation);

class History {
 public:
  // A change that would lead to `state` begins.
  void begin(State state, std::uint64_t place);
  // The newest change is acknowledged (or was shown), so it must never be lost again.
  void acknowledge(std::uint64_t place);
  // The newest change did not happen: from here on it must not be seen.
  void withdraw(std::uint64_t place);

  // The newest state that is not withdrawn.
  const State& current() const;
  bool empty() const noexcept { return entries_.empty(); }
  bool acknowledged_by(std::uint64_t place) const;

  // Nothing if a crash at `place` may show `shown`, else what is wrong with it.
  std::optional<Violation> objection(const State& shown, std::uint64_t place) const;

 private:
  struct Entry {
    State state;
    std::uint64_t begun = 0;
    std::optional<std::uint64_t> acknowledged;
    std::optional<std::uint64_t> withdrawn;
  };
  std::vector<Entry> entries_;
};

}  // namespace stet::test
