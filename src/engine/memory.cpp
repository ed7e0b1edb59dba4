#include "stet/engine/memory.hpp"

#include <fmt/format.h>

#include <unordered_map>

namespace stet {

namespace {

// Invariant: all_bytes_ is the sum of the sizes of chunks_.
class MemoryBackend final : public Backend {
 public:
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::optional<Bytes>> found;
    found.reserve(ids.size());
    for (const Id& id : ids) {
      const auto chunk = chunks_.find(id);
      if (chunk == chunks_.end()) {
        found.emplace_back();
      } else {
        found.emplace_back(chunk->second.bytes);
        ++counters_.chunks_read;
      }
    }
    return found;
  }

  Result<void> put(std::span<const ChunkView> chunks, Epoch epoch) override {
    STET_CHECK(check_chunks(chunks));
    const std::lock_guard lock(mutex_);
    for (const ChunkView& chunk : chunks) {
      ++counters_.chunks_put;
      const auto [place, added] = chunks_.try_emplace(chunk.id);
      Stored& stored = place->second;
      if (added) {
        stored.bytes.assign(chunk.bytes.begin(), chunk.bytes.end());
        ++counters_.chunks_written;
        counters_.bytes_written += chunk.bytes.size();
        all_bytes_ += chunk.bytes.size();
      }
      stored.mark = std::max(stored.mark, epoch);
    }
    return {};
  }

  Result<std::vector<std::optional<RefValue>>> read(std::span<const std::string> names) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::optional<RefValue>> values;
    values.reserve(names.size());
    for (const std::string& name : names) values.push_back(find_ref(name));
    return values;
  }

  Result<RefPage> list(std::string_view prefix, std::string_view cursor,
                       std::size_t limit) override {
    if (limit == 0) return Error(ErrorCode::invalid, "a page of refs holds at least one");
    const std::lock_guard lock(mutex_);
    RefPage page;
    auto ref = cursor < prefix ? refs_.lower_bound(prefix) : refs_.upper_bound(cursor);
    for (; ref != refs_.end() && ref->first.starts_with(prefix); ++ref) {
      if (page.refs.size() == limit) {
        page.next = page.refs.back().name;
        break;
      }
      page.refs.push_back({ref->first, ref->second});
    }
    return page;
  }

  Result<SwapOutcome> swap(std::span<const RefChange> changes) override {
    STET_CHECK(check_changes(changes));
    const std::lock_guard lock(mutex_);
    SwapOutcome outcome{.done = true, .actual = {}};
    for (const RefChange& change : changes) {
      outcome.actual.push_back(find_ref(change.name));
      outcome.done = outcome.done && outcome.actual.back() == change.expected;
    }
    if (!outcome.done) return outcome;
    outcome.actual.clear();
    for (const RefChange& change : changes) change_ref(change);
    return outcome;
  }

  Result<SweepReport> sweep(const LiveSet& live, Epoch epoch,
                            const ProgressCallback& progress) override {
    const std::lock_guard lock(mutex_);
    STET_TRY(const Epoch current, decode_epoch(find_ref(std::string(kEpochRef))));
    if (current != epoch) {
      return Error(ErrorCode::conflict,
                   fmt::format("another sweep began: the epoch is {}, not {}", current, epoch));
    }
    if (!report(progress, {"compact", 0, chunks_.size(), "chunks"})) {
      return Error(ErrorCode::cancelled, "the sweep was stopped; nothing is dropped");
    }
    SweepReport result;
    result.bytes_before = all_bytes_;
    for (auto chunk = chunks_.begin(); chunk != chunks_.end();) {
      if (chunk->second.mark >= epoch || live.contains(chunk->first)) {
        ++result.chunks_kept;
        ++chunk;
      } else {
        ++result.chunks_dropped;
        all_bytes_ -= chunk->second.bytes.size();
        chunk = chunks_.erase(chunk);
      }
    }
    result.bytes_after = all_bytes_;
    return result;
  }

  Result<void> mend(const Mending& mending, const ProgressCallback&) override {
    STET_CHECK(check_changes(mending.changes));
    std::vector<Bytes> right;
    for (const Id& id : mending.ids) {
      STET_TRY(Bytes bytes, bytes_to_mend(mending, id));
      right.push_back(std::move(bytes));
    }
    const std::lock_guard lock(mutex_);
    for (const RefChange& change : mending.changes) {
      if (find_ref(change.name) != change.expected) return changed_before_mending(change.name);
    }
    STET_TRY(const Epoch epoch, decode_epoch(find_ref(std::string(kEpochRef))));
    for (std::size_t i = 0; i < right.size(); ++i) {
      Stored& stored = chunks_[mending.ids[i]];
      all_bytes_ += right[i].size() - stored.bytes.size();
      stored.bytes = std::move(right[i]);
      stored.mark = std::max(stored.mark, epoch);
    }
    for (const RefChange& change : mending.changes) change_ref(change);
    return {};
  }

  BackendInfo info() const override {
    const std::lock_guard lock(mutex_);
    return {"memory", "mem:", Durability::none, all_bytes_, {}};
  }

  BackendCounters counters() const override {
    const std::lock_guard lock(mutex_);
    return counters_;
  }

  Result<std::vector<Damage>> check(const ProgressCallback&) override {
    return std::vector<Damage>{};
  }

 private:
  struct Stored {
    Bytes bytes;
    Epoch mark = 0;
  };

  void change_ref(const RefChange& change) {
    if (change.assert_only) return;
    if (change.next) {
      refs_[change.name] = *change.next;
    } else {
      refs_.erase(change.name);
    }
  }

  std::optional<RefValue> find_ref(const std::string& name) const {
    const auto ref = refs_.find(name);
    if (ref == refs_.end()) return std::nullopt;
    return ref->second;
  }

  mutable std::mutex mutex_;
  std::unordered_map<Id, Stored> chunks_;              // guarded by mutex_
  std::map<std::string, RefValue, std::less<>> refs_;  // guarded by mutex_
  std::uint64_t all_bytes_ = 0;                        // guarded by mutex_
  BackendCounters counters_;                           // guarded by mutex_
};

}  // namespace

std::shared_ptr<Backend> memory_backend() { return std::make_shared<MemoryBackend>(); }

std::shared_ptr<Backend> MemoryRegistry::open(std::string_view name) {
  if (name.empty()) return memory_backend();
  const std::lock_guard lock(mutex_);
  auto& backend = backends_[std::string(name)];
  if (!backend) backend = memory_backend();
  return backend;
}

}  // namespace stet
