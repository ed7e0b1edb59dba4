// What was removed while a compaction is on its way. Its bump makes of each tombstone the ref of an
// ending, `sys/ending/EPOCH/NAME#ID`: nobody builds on it, and the sweep drops what only it keeps.
// Where the process ends before the sweep does, the ending says what can still be brought back.
//
// docs/format.md, "Versions and refs".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/attempt.hpp"

namespace stet {

// The changes that make the store's tombstones, and what is left of earlier endings, into endings
// of the epoch. The answer: the tombstones; nothing where another compaction has raised the epoch
// since the attempt read it, so that the attempt is lost.
Result<std::optional<std::vector<Ref>>> end_tombstones(StoreCore& core, Attempt& attempt,
                                                       Epoch epoch);

// After a compaction that dropped nothing: its tombstones are as before. Not where another one has
// begun since, which has taken them over.
Result<void> put_tombstones_back(StoreCore& core, Epoch epoch, const std::vector<Ref>& tombstones);

// After a sweep: what it ended is gone.
Result<void> forget_endings(StoreCore& core, Epoch epoch);

// The head of a document whose removal a compaction is ending; nothing where there is none.
Result<std::optional<Id>> ended_head(StoreCore& core, std::string_view name);

// Before a restore of `name`: the tombstones of a compaction that never came to its end are put
// back, where everything that they keep is still there. One that is under way is made to fail
// (conflict).
Result<void> revive_endings(StoreCore& core, std::string_view name);

}  // namespace stet
