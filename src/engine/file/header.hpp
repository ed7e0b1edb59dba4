// The first three sectors of a store's file: what it is, and two slots that take turns, so that one
// is whole whatever happens while the other is written.
//
// Invariant: a slot names only an index that was durable before the slot was written.
// Thread rule: slots are written under the writer's lock.
#pragma once

#include <vector>

#include "engine/file/format.hpp"
#include "stet/os.hpp"

namespace stet::file {

inline constexpr std::size_t kSlots = 2;

struct Slot {
  std::uint64_t generation = 0;  // the higher one counts
  Recovery recovery;
  // The newest durable index: its manifest's payload, and the log's end right after its batch.
  std::uint64_t manifest_offset = 0;  // 0: there is none
  std::uint32_t manifest_length = 0;  // of the payload
  Position after;
  // Commits up to this sequence are known to be durable: nobody need sync them again.
  std::uint64_t durable_sequence = 0;
  // The folder was synced since this file took its name.
  bool named = false;
};

struct Header {
  Salt salt{};
  std::vector<Slot> slots;  // those that are whole, the newest first; none where both are damaged
};

Bytes encode_header(const Salt& salt);  // kHeaderBytes; the slots name no index
// Errors: invalid (no store), newer_format, corrupt (cut short or damaged).
Result<Header> read_header(os::File& file, std::uint64_t size_bytes);
// Both slots as they are now, as in Header. One that is being written meanwhile is read again.
Result<std::vector<Slot>> read_slots(os::File& file, const Salt& salt);
// Writes `slot` over the older one, as the newest; not synced.
Result<void> write_slot(os::File& file, const Salt& salt, Slot slot);

}  // namespace stet::file
