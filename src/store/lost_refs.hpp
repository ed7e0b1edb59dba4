// Refs that a damaged log doesn't prove any more: which of them can be believed.
//
// An id in a ref is supported by the chunk that it names, which is there, here or in a source; the
// name by what it held before, which the new version follows. What nothing supports is not taken,
// and said.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/mended_chunks.hpp"

namespace stet {

struct LostRefs {
  std::vector<RefChange> changes;
  std::vector<std::string> heads;  // documents that get a newer head, NAME@ID
  std::vector<std::string> uncertain;
};

// Errors: as the backend's.
Result<LostRefs> find_lost_refs(StoreCore& core, MendedChunks& chunks,
                                std::span<StoreCore* const> sources);

}  // namespace stet
