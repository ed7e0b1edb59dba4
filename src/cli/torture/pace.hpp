// Pace: how long a torture goes on: so many kills, so many seconds, or until somebody stops it.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <optional>

#include "stet/base.hpp"

namespace stet::cli::torture {

struct Limits {
  std::optional<std::uint64_t> kills;
  std::optional<std::uint64_t> seconds;
};

class Pace {
 public:
  Pace(Clock& clock, Limits limits, ProgressCallback progress);

  // Tells how far it is. False when time is up or somebody asked for an end.
  bool goes_on(std::uint64_t kills);
  // A lap begins with rounds, and leaves time for what follows them.
  void begin_lap(std::uint64_t kills);
  bool wants_round(std::uint64_t kills);
  bool has_time_for_rounds() const { return !rounds_end_ns_ || elapsed_ns() < *rounds_end_ns_; }
  std::uint64_t kills_left(std::uint64_t kills) const;

  bool is_stopped() const noexcept { return is_stopped_; }  // by somebody
  std::int64_t elapsed_ns() const { return clock_.monotonic_ns() - begun_ns_; }

 private:
  std::optional<std::int64_t> time_left_ns() const;

  Clock& clock_;
  const Limits limits_;
  const ProgressCallback progress_;
  const std::int64_t begun_ns_;
  bool is_stopped_ = false;
  std::uint64_t lap_kills_end_ = 0;
  std::optional<std::int64_t> rounds_end_ns_;
};

}  // namespace stet::cli::torture
