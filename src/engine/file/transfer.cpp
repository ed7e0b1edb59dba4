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

Result<std::optional<Bytes>> Core::get_on_path(const Id& id) {
  auto found = find_pending(id);
  if (!found) {
    STET_TRY(found, ChunkReads(log(), &near_).read(id));
  }
  if (found) ++counters_.chunks_read;
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
  const auto pack = log.find_pack(id);
  if (!pack.ok() && pack.error().code() == ErrorCode::corrupt) return Stored::older;
  if (!pack.ok()) return pack.error();
  return *pack == nullptr ? Stored::no : by_mark((*pack)->mark);
}

// A delta needs a log that holds the base, and does not hold the chunk where it is asked for that
// later: then each needs what was committed before it was, and none needs itself by way of others.
Result<bool> Core::holds_base(const Log& log, const ChunkView& chunk) const {
  if (chunk.base == nullptr || chunk.base->id == chunk.id || !options_.packer) return false;
  STET_TRY(const auto place, log.find(chunk.base->id, Expected::yes));
  return place.has_value();
}

Result<void> Core::put(std::span<const ChunkView> chunks, Epoch epoch) {
  STET_CHECK(check_writable());
  STET_CHECK(check_chunks(chunks));
  const Salt salt = log()->salt();
  for (const ChunkView& chunk : chunks) {
    ++counters_.chunks_put;
    const auto log = this->log();
    STET_TRY(const bool has_base, holds_base(*log, chunk));
    STET_TRY(const Stored stored, is_stored(*log, chunk.id, epoch));
    if (stored == Stored::yes) continue;
    std::size_t pending_bytes = 0;
    bool closes_part = false;
    {
      const std::lock_guard lock(pending_mutex_);
      const std::size_t closed = pending_.closed_count();
      const bool is_delta = has_base && stored == Stored::no && pending_.takes_delta(log);
      const bool added = is_delta ? pending_.add_delta(chunk, chunk.base->bytes, epoch, log)
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
