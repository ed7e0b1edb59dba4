#include "stet/layer/packing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/id_map.hpp"
#include "layer/record.hpp"

namespace stet {

namespace {

// How deep the chunks that are stored as deltas lie, of those that this layer has met.
//
// Thread rule: any thread.
class DeltaDepths {
 public:
  void note(const Id& id, unsigned depth) {
    const std::lock_guard lock(mutex_);
    if (depths_.size() >= kDepthsMax) {
      depths_.clear();
      has_forgotten_ = true;
    }
    depths_.insert_or_assign(id, depth);
  }
  // 0: whole, or never met. Nothing: who knows.
  std::optional<unsigned> find(const Id& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = depths_.find(id);
    if (found != depths_.end()) return found->second;
    return has_forgotten_ ? std::nullopt : std::optional(0u);
  }

 private:
  static constexpr std::size_t kDepthsMax = 1u << 16;

  mutable std::mutex mutex_;
  IdMap<unsigned> depths_;      // guarded by mutex_
  bool has_forgotten_ = false;  // guarded by mutex_
};

// Records that were made of chunks, in a buffer that is used again.
class Records {
 public:
  // For so many bytes and forms.
  void clear(std::size_t bytes, std::size_t forms) {
    buffer_.clear();
    buffer_.reserve(bytes);
    entries_.clear();
    entries_.reserve(forms);
  }
  Bytes& buffer() noexcept { return buffer_; }
  // What was appended since the last call is a form of `id`; `base` null: the whole one.
  void end(const Id& id, const Id* base) {
    entries_.push_back({id, base == nullptr ? Id() : *base, base != nullptr, buffer_.size()});
  }
  // Views into this, until the next clear().
  std::span<const ChunkView> views() {
    views_.clear();
    views_.reserve(entries_.size());
    bases_.clear();
    bases_.reserve(entries_.size());
    std::size_t begin = 0;
    for (const Entry& entry : entries_) {
      const BytesView bytes = BytesView(buffer_).subspan(begin, entry.end - begin);
      begin = entry.end;
      if (entry.is_delta) {
        views_.back().base = &bases_.emplace_back(ChunkView{entry.base, bytes});
      } else {
        views_.push_back({entry.id, bytes});
      }
    }
    return views_;
  }

 private:
  struct Entry {
    Id id, base;
    bool is_delta;  // of the chunk before
    std::size_t end;
  };

  Bytes buffer_;
  std::vector<Entry> entries_;
  std::vector<ChunkView> views_, bases_;
};

class PackingLayer final : public Backend {
 public:
  PackingLayer(std::shared_ptr<Backend> below, PackingOptions options)
      : below_(std::move(below)), options_(options) {}

  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    return get(ids, 0);
  }
  Result<std::optional<Bytes>> get_on_path(const Id& id) override {
    std::vector<std::optional<Bytes>> records(1);
    STET_TRY(records.front(), below_->get_on_path(id));
    STET_TRY(auto chunks, unpack({&id, 1}, std::move(records), 0));
    return std::move(chunks.front());
  }
  std::string url() const override { return below_->url(); }

  Result<void> put(std::span<const ChunkView> chunks, Epoch epoch) override {
    STET_CHECK(check_sizes(chunks));
    Records records;
    while (!chunks.empty()) {
      const std::size_t count = count_within(chunks, kPutBytes);
      STET_CHECK(pack(chunks.first(count), records));
      STET_CHECK(below_->put(records.views(), epoch));
      chunks = chunks.subspan(count);
    }
    return {};
  }

  Result<std::vector<std::optional<RefValue>>> read(std::span<const std::string> names) override {
    return below_->read(names);
  }
  Result<std::vector<std::optional<RefValue>>> read_last_seen(
      std::span<const std::string> names) override {
    return below_->read_last_seen(names);
  }
  Result<RefPage> list(std::string_view prefix, std::string_view cursor,
                       std::size_t limit) override {
    return below_->list(prefix, cursor, limit);
  }
  Result<SwapOutcome> swap(std::span<const RefChange> changes) override {
    return below_->swap(changes);
  }
  // Engines leave no delta whose base they drop, so what is live above is what is live below.
  Result<SweepReport> sweep(const LiveSet& live, Epoch epoch,
                            const ProgressCallback& progress) override {
    return below_->sweep(live, epoch, progress);
  }

  // Whole and plain: a mended chunk leans on no other.
  Result<void> mend(const Mending& mending, const ProgressCallback& progress) override {
    Mending records{mending.ids, {}, mending.changes};
    records.bytes_of = [&mending](const Id& id) -> Result<Bytes> {
      STET_TRY(const Bytes chunk, bytes_to_mend(mending, id));
      const ChunkView view{id, chunk};
      STET_CHECK(check_sizes({&view, 1}));
      Bytes record;
      layer::append_plain_record(record, chunk);
      return record;
    };
    return below_->mend(records, progress);
  }
  std::optional<std::uint64_t> offset_of(const Id& id) override { return below_->offset_of(id); }

  BackendInfo info() const override {
    BackendInfo info = below_->info();
    info.engine = "packing over " + info.engine;
    return info;
  }
  BackendCounters counters() const override { return below_->counters(); }
  Result<std::vector<Damage>> check(const ProgressCallback& progress) override {
    return below_->check(progress);
  }

 private:
  // So many bytes are packed at a time: they stay in the cache, and the memory is used again.
  static constexpr std::size_t kPutBytes = 64u << 10;
  // Writers go to a depth of kDeltaDepthMax; where two of them put the same chunk at once, bases
  // may turn out deeper than they were.
  static constexpr unsigned kReadDepthMax = 64;

  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids, unsigned depth) {
    STET_TRY(auto records, below_->get(ids));
    return unpack(ids, std::move(records), depth);
  }

  Result<std::vector<std::optional<Bytes>>> unpack(std::span<const Id> ids,
                                                   std::vector<std::optional<Bytes>> records,
                                                   unsigned depth) {
    std::vector<std::size_t> deltas;
    std::vector<Id> bases;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (!records[i]) continue;
      if (const auto head = layer::delta_head(*records[i])) {
        depths_.note(ids[i], head->depth);
        deltas.push_back(i);
        bases.push_back(head->base);
      } else {
        STET_TRY(records[i], layer::unpack_record(ids[i], *std::move(records[i])));
      }
    }
    if (deltas.empty()) return records;
    if (depth == kReadDepthMax) return unreadable(ids[deltas[0]], "it needs too many others");
    STET_TRY(const auto chunks, get(bases, depth + 1));
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      const Id& id = ids[deltas[i]];
      auto& record = records[deltas[i]];
      if (chunks[i]) {
        STET_TRY(record, layer::unpack_delta(id, *record, *chunks[i]));
      } else {
        STET_TRY(record, read_again(id, *record, depth));
      }
    }
    return records;
  }

  // Where the base of a record is gone: a sweep may have come in between, and written the chunk
  // anew so that it needs none.
  Result<std::optional<Bytes>> read_again(const Id& id, BytesView delta, unsigned depth) {
    STET_TRY(const auto now, below_->get({&id, 1}));
    if (now[0] && std::ranges::equal(*now[0], delta)) {
      return unreadable(id,
                        "what it needs is missing: " + layer::delta_head(delta)->base.to_string());
    }
    STET_TRY(auto chunks, get({&id, 1}, depth + 1));
    return std::move(chunks[0]);
  }

  static Error unreadable(const Id& id, const std::string& why) {
    return Error(ErrorCode::corrupt,
                 fmt::format("the stored record of chunk {} can't be read ({}): restore the store "
                             "from a copy",
                             id.to_string(), why));
  }

  // How many from the front have at most so many bytes; at least one.
  static std::size_t count_within(std::span<const ChunkView> chunks, std::size_t bytes_max) {
    std::size_t count = 0, bytes = 0;
    while (count < chunks.size() &&
           (count == 0 || bytes + chunks[count].bytes.size() <= bytes_max)) {
      bytes += chunks[count++].bytes.size();
    }
    return count;
  }

  Result<void> pack(std::span<const ChunkView> chunks, Records& records) {
    std::size_t bytes = 0;
    for (const ChunkView& chunk : chunks) {
      bytes += (chunk.base == nullptr ? 1 : 2) * (chunk.bytes.size() + kRecordPlainFixedBytes);
    }
    records.clear(bytes, 2 * chunks.size());
    for (const ChunkView& chunk : chunks) {
      Bytes& buffer = records.buffer();
      if (options_.zstd_level) {
        layer::append_compressed_record(buffer, chunk.bytes, *options_.zstd_level);
      } else {
        layer::append_plain_record(buffer, chunk.bytes);
      }
      records.end(chunk.id, nullptr);
      if (chunk.base != nullptr) STET_CHECK(add_delta(chunk, records));
    }
    return {};
  }

  // Beside the whole record, where it is much smaller.
  Result<void> add_delta(const ChunkView& chunk, Records& records) {
    STET_TRY(const unsigned depth, depth_of(chunk.base->id));
    if (depth >= layer::kDeltaDepthMax) return {};
    Bytes& buffer = records.buffer();
    const std::size_t begin = buffer.size();
    layer::append_delta_record(buffer, depth + 1, *chunk.base, chunk.bytes);
    if (buffer.size() - begin > chunk.bytes.size() / 2) {
      buffer.resize(begin);
      return {};
    }
    records.end(chunk.id, &chunk.base->id);
    depths_.note(chunk.id, depth + 1);
    return {};
  }

  Result<unsigned> depth_of(const Id& base) {
    if (const auto known = depths_.find(base)) return *known;
    STET_TRY(const auto records, below_->get({&base, 1}));
    const auto head = records[0] ? layer::delta_head(*records[0]) : std::nullopt;
    const unsigned depth = head ? head->depth : 0;
    depths_.note(base, depth);
    return depth;
  }

  static Result<void> check_sizes(std::span<const ChunkView> chunks) {
    for (const ChunkView& chunk : chunks) {
      if (chunk.bytes.size() <= kPackedChunkBytesMax) continue;
      return Error(ErrorCode::too_large, fmt::format("a chunk of {} bytes passes the limit of {}",
                                                     chunk.bytes.size(), kPackedChunkBytesMax));
    }
    return {};
  }

  const std::shared_ptr<Backend> below_;
  const PackingOptions options_;
  DeltaDepths depths_;
};

}  // namespace

std::shared_ptr<Backend> packing_layer(std::shared_ptr<Backend> below, PackingOptions options) {
  return std::make_shared<PackingLayer>(std::move(below), options);
}

}  // namespace stet
