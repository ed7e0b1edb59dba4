// What every part of the store room works on: the backend, the world, and what is kept in memory.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "stet/engine/file.hpp"
#include "stet/history.hpp"
#include "stet/seam.hpp"
#include "stet/store/options.hpp"
#include "stet/store/report.hpp"
#include "stet/store/spec.hpp"
#include "store/decoded_versions.hpp"
#include "store/known_documents.hpp"
#include "store/ref_names.hpp"

namespace stet {

// Chunks of the backend by way of the cache, which readers fill. A chunk that is absent is corrupt
// here: who asks for one has it from a record that promises it.
class CachedChunks final : public tree::ChunkSource {
 public:
  CachedChunks(Backend& backend, tree::CheckedChunks& cache) : backend_(backend), cache_(cache) {}
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override;
  tree::CheckedChunks* checked() noexcept override { return &cache_; }

 private:
  Backend& backend_;
  tree::CheckedChunks& cache_;
};

// The same past the cache, for reads of whole documents, which would only flush it.
class DirectChunks final : public tree::ChunkSource {
 public:
  explicit DirectChunks(Backend& backend) : backend_(backend) {}
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override;

 private:
  Backend& backend_;
};

class TicketQueue;

// Whether the refs that a handle saw last are likely to be those of now: so where nobody else
// writes what it writes, and again some time after somebody did.
//
// Thread rule: any thread.
class LastLook {
 public:
  bool is_likely() noexcept {
    const unsigned doubts = doubts_.load(std::memory_order_relaxed);
    if (doubts > 0) doubts_.store(doubts - 1, std::memory_order_relaxed);
    return doubts == 0;
  }
  void was_old() noexcept { doubts_.store(kDoubts, std::memory_order_relaxed); }

 private:
  static constexpr unsigned kDoubts = 64;
  std::atomic<unsigned> doubts_ = 0;
};

class StoreCore {
 public:
  StoreCore(std::shared_ptr<Backend> backend, StoreOptions options);

  Backend& backend() noexcept { return *backend_; }
  const std::shared_ptr<Backend>& shared_backend() const noexcept { return backend_; }
  Clock& clock() noexcept { return *options_.clock; }
  Random& random() noexcept { return *options_.random; }
  const StoreOptions& options() const noexcept { return options_; }
  const std::string& url() const noexcept { return url_; }

  tree::ChunkSource& chunks() noexcept { return cached_chunks_; }
  tree::ChunkSource& whole_documents() noexcept { return direct_chunks_; }
  tree::CheckedChunks& cache() noexcept { return cache_; }
  KnownDocuments& known() noexcept { return known_; }
  TicketQueue& tickets() noexcept { return *tickets_; }
  LastLook& last_look() noexcept { return last_look_; }

  // What the engine found past its damage, until that is mended.
  struct PastDamage {
    bool damaged = false;
    std::vector<UnprovenRef> unproven{};
    std::vector<std::string> lost{};  // in words
  };
  PastDamage past_damage{};  // of who opens the store, and of repair

  // Checked against the id. Errors: not_found, corrupt, newer_format.
  Result<Version> version(const Id& id);
  // Precondition: the id is that of the version's record.
  void remember_version(const Id& id, const Version& version) { versions_.insert(id, version); }
  // What is read next comes from the backend.
  void forget_chunks();
  VersionSource versions();
  // The same from where they are stored, whatever is known of them.
  VersionSource stored_versions();
  Result<Boundary> boundary(const std::optional<RefValue>& value);
  // Read from elsewhere.
  static Result<Boundary> boundary_in(tree::ChunkSource& chunks, const RefValue& value);
  Result<History> history(const Head& head);
  Result<Head> read_head(std::string_view name);
  Result<std::vector<Ref>> refs_under(std::string_view prefix);

 private:
  static Result<Bytes> check_record(const Id& id, std::optional<Bytes> read);

  const std::shared_ptr<Backend> backend_;
  const StoreOptions options_;  // no null members
  const std::string url_;
  tree::CheckedChunks cache_;
  DecodedVersions versions_;
  KnownDocuments known_;
  CachedChunks cached_chunks_;
  DirectChunks direct_chunks_;
  LastLook last_look_;
  // Shared with tickets, which may outlive this. Who owns this closes it before.
  const std::shared_ptr<TicketQueue> tickets_;
};

// The answer, or its error with the store and the document filled in.
template <class T>
Result<T> located(Result<T> answer, const StoreCore& core, std::string_view document = {}) {
  if (answer.ok()) return answer;
  const Error error = answer.error().in_store(core.url());
  return check_name(document).ok() ? error.in_document(document) : error;
}

// Whether it could be that what was read about has gone since, by a sweep beside the read.
bool may_be_swept(const Error& error);
Error no_such_document(std::string_view name);
Error content_was_pruned(const Id& version);

}  // namespace stet
