#include "engine/file/check.hpp"

#include <fmt/format.h>

namespace stet::file {

namespace {

Damage damage_between(const Position& position, std::uint64_t end) {
  return {position.end, std::nullopt,
          fmt::format("the bytes from offset {} to {} are not those that were saved", position.end,
                      end)};
}

}  // namespace

Result<std::vector<Damage>> check_log(const Log& log, const ProgressCallback& progress) {
  std::vector<Damage> damage;
  STET_TRY(const auto slots, read_slots(log.file(), log.salt()));
  if (slots.size() < kSlots) {
    damage.push_back({kSectorBytes, std::nullopt,
                      slots.empty() ? "both slots of the header are damaged"
                                    : "a slot of the header is damaged; the next index mends it"});
  }
  const std::uint64_t end = log.position().end;
  Window window(log.file());
  ScannedBatch batch;
  Position at;
  while (at.end < end) {
    if (!report(progress, {"verify", at.end, end, "bytes"})) {
      return Error(ErrorCode::cancelled, "verification was stopped");
    }
    STET_TRY(const BatchEnd found, scan_batch(window, log.salt(), at, Recovery{}, batch));
    if (found == BatchEnd::commit) {
      at = batch.after;
      continue;
    }
    if (found == BatchEnd::damaged_index) {
      damage.push_back(damage_between(at, batch.after.end));
      at = batch.after;
      continue;
    }
    STET_TRY(const auto next, find_commit(log.file(), log.salt(), at.end, at.sequence + 2));
    damage.push_back(damage_between(at, next ? next->end : end));
    if (!next) break;
    at = *next;
  }
  if (const Passed* const passed = log.passed()) {
    damage.insert(damage.end(), passed->lost.begin(), passed->lost.end());
  }
  return damage;
}

}  // namespace stet::file
