#include "cli/torture/pace.hpp"

#include <algorithm>
#include <limits>

namespace stet::cli::torture {

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kKillsALap = 25;

}  // namespace

Pace::Pace(Clock& clock, Limits limits, ProgressCallback progress)
    : clock_(clock),
      limits_(limits),
      progress_(std::move(progress)),
      begun_ns_(clock.monotonic_ns()) {}

bool Pace::goes_on(std::uint64_t kills) {
  // By that which is nearer its end.
  const auto seconds = static_cast<std::uint64_t>(elapsed_ns() / kSecondNs);
  const std::uint64_t all_kills = limits_.kills.value_or(0);
  const std::uint64_t all_seconds = limits_.seconds.value_or(0);
  const bool by_time =
      all_seconds > 0 && (all_kills == 0 || seconds * all_kills > kills * all_seconds);
  const Progress progress = by_time ? Progress{"torture", seconds, all_seconds, "seconds"}
                                    : Progress{"torture", kills, all_kills, "kills"};
  if (!report(progress_, progress)) is_stopped_ = true;
  return !is_stopped_ && time_left_ns().value_or(1) > 0;
}

void Pace::begin_lap(std::uint64_t kills) {
  lap_kills_end_ = kills + std::min(kKillsALap, kills_left(kills));
  rounds_end_ns_ = time_left_ns();
  if (rounds_end_ns_) *rounds_end_ns_ = elapsed_ns() + *rounds_end_ns_ * 3 / 5;
}

bool Pace::wants_round(std::uint64_t kills) {
  return goes_on(kills) && kills < lap_kills_end_ && has_time_for_rounds();
}

std::uint64_t Pace::kills_left(std::uint64_t kills) const {
  if (!limits_.kills) return std::numeric_limits<std::uint64_t>::max();
  return *limits_.kills - std::min(*limits_.kills, kills);
}

std::optional<std::int64_t> Pace::time_left_ns() const {
  if (!limits_.seconds) return std::nullopt;
  constexpr std::uint64_t kSecondsMax = 1'000'000'000;  // thirty years
  const auto all = static_cast<std::int64_t>(std::min(*limits_.seconds, kSecondsMax));
  return std::max<std::int64_t>(0, all * kSecondNs - elapsed_ns());
}

}  // namespace stet::cli::torture
