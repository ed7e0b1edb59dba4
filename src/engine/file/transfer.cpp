// Chunks in and out.
#include "engine/file/chunk_reads.hpp"
#include "engine/file/core.hpp"

namespace stet::file {

std::optional<Bytes> Core::find_pending(const Id& id) const {
  const std::lock_guard lock(pending_mutex_);
  auto bytes = pending_.find(id);
  if (!bytes) bytes = in_flight_.find(id);
  if (!bytes) return std::nullopt;
  return Bytes(bytes->begin(), bytes->end());
}

Result<std::vector<std::optional<Bytes>>> Core::get(std::span<const Id> ids) {
  std::vector<std::optional<Bytes>> found;
  found.reserve(ids.size());
  std::optional<ChunkReads> reads;
  for (const Id& id : ids) {
    found.push_back(find_pending(id));
    if (!found.back()) {
      // What has left the pending chunks is in the log of now, which may be another by then.
      auto log = this->log();
      if (!reads || &reads->log() != log.get()) reads.emplace(std::move(log));
      STET_TRY(found.back(), reads->read(id));
    }
    if (found.back()) ++counters_.chunks_read;
  }
  return found;
}

// A chunk with an older mark is written again: a sweep that has begun meanwhile drops the old one.
Result<Core::Stored> Core::is_stored(const Log& log, const Id& id, Epoch epoch) {
  const auto by_mark = [epoch](Epoch mark) { return mark >= epoch ? Stored::yes : Stored::older; };
  {
    const std::lock_guard lock(pending_mutex_);
    const auto flying = in_flight_.mark_of(id);
    if (flying && *flying >= epoch) return Stored::yes;
  }
  STET_TRY(const auto place, log.find(id));
  if (place) return by_mark(place->mark);
  STET_TRY(const auto pack, log.find_pack(id));
  return pack == nullptr ? Stored::no : by_mark(pack->mark);
}

// Only where the log holds the base and not the chunk. Then every delta needs what was in the log
// before, and no two need each other.
Result<bool> Core::may_be_delta(const Log& log, const ChunkView& chunk, Stored stored) const {
  if (chunk.base == nullptr || stored != Stored::no || !options_.packer) return false;
  STET_TRY(const auto place, log.find(chunk.base->id));
  return place.has_value();
}

Result<void> Core::put(std::span<const ChunkView> chunks, Epoch epoch) {
  STET_CHECK(check_writable());
  STET_CHECK(check_chunks(chunks));
  const Salt salt = log()->salt();
  for (const ChunkView& chunk : chunks) {
    ++counters_.chunks_put;
    const auto log = this->log();
    STET_TRY(const Stored stored, is_stored(*log, chunk.id, epoch));
    if (stored == Stored::yes) continue;
    STET_TRY(const bool may_be_delta, this->may_be_delta(*log, chunk, stored));
    std::size_t pending_bytes = 0;
    bool closes_part = false;
    {
      const std::lock_guard lock(pending_mutex_);
      const std::size_t closed = pending_.closed_count();
      const bool is_delta = may_be_delta && pending_.takes_delta(log->salt());
      const bool added = is_delta ? pending_.add_delta(chunk, chunk.base->bytes, epoch, log->salt())
                                  : pending_.add_chunk(chunk.id, chunk.bytes, epoch);
      if (added) ++counters_.chunks_written;
      pending_.hash_ahead(salt);
      pending_bytes = pending_.bytes();
      closes_part = pending_.closed_count() != closed;
    }
    if (closes_part) write_ahead();
    if (pending_bytes >= kBatchBytesMax) STET_CHECK(spill());
  }
  return {};
}

Result<void> Core::spill() {
  STET_TRY(Session session, begin_writing(options_.lock_wait));
  return commit(session, {});
}

}  // namespace stet::file
