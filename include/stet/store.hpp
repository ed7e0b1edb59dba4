// Store: what an application opens. Documents by name, every save a version, refs that move by
// compare-and-swap.
//
// Durability: a call that changes something returns done only when the change is durable in the
// class of `info().durability`.
// Errors: each carries the store, and the document, version and path where there are any. A name or
// SPEC that breaks a rule is invalid; one that names nothing is not_found.
// Thread rule: a Store may be used from any thread, and by callbacks of its own calls, but
// `watch`'s, `update`'s and `save_async`'s must not destroy it. A Document and a Transaction belong
// to one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stet/store/document.hpp"     // IWYU pragma: export
#include "stet/store/options.hpp"      // IWYU pragma: export
#include "stet/store/report.hpp"       // IWYU pragma: export
#include "stet/store/spec.hpp"         // IWYU pragma: export
#include "stet/store/ticket.hpp"       // IWYU pragma: export
#include "stet/store/transaction.hpp"  // IWYU pragma: export
#include "stet/store/watch.hpp"        // IWYU pragma: export

namespace stet {

class Store {
 public:
  // "mem:" (a new empty one), "mem:NAME" (in options.memory) or "file:PATH". Errors: invalid (a URL
  // that isn't one of these), not_found, denied, locked, corrupt, newer_format, io.
  static Result<Store> open(std::string_view url, StoreOptions options = {});
  // Over a backend composed by the caller, the packing stage included.
  static Store over(std::shared_ptr<Backend> backend, StoreOptions options = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;  // ends this one first, as the destructor does
  ~Store();

  // ---- Saving. A value edited from the one last saved or loaded through this Store costs
  // O(k log n) for k edits; any other O(n), though only new chunks are written.
  // Errors also: cancelled by the callback; then nothing was saved.
  Result<Saved> save(std::string_view name, const Value& value, const SaveOptions& options = {},
                     const ProgressCallback& progress = {});
  // The same, but goes on by itself: takes a snapshot (O(1), but for a kept source, which is
  // copied), returns at once, and the ticket tells when it is durable. Waits only while very many
  // saves are queued.
  // Order: saves of one document become versions in the order of the calls, each a version of its
  // own. Calls that change the document, or all, otherwise come after the saves queued before them.
  // Reads show what is durable by then.
  // Each ticket stands for itself, also behind one that failed. Those that wait are written
  // together, and share a flush.
  // `on_done` is called on a thread of the store's, one at a time, for one document in the order of
  // its versions; it may use the store, wait and save again, and should not throw. All have
  // returned, and all is saved, when the store's destructor has.
  Ticket save_async(std::string_view name, const Value& value, const SaveOptions& options = {},
                    Ticket::Callback on_done = {});

  // Read, change, compare-and-swap, again on a lost race: N at once lose nothing. An absent
  // document is not_found, except that `set` at the empty path makes it.
  // `set` replaces, adds an absent member, or appends at "-"; see Value::with.
  Result<Saved> set(std::string_view name, const Path& path, const Value& value,
                    const SaveOptions& options = {});
  Result<Saved> patch(std::string_view name, const Patch& patch, const SaveOptions& options = {});
  Result<Saved> merge_patch(std::string_view name, const Value& patch,
                            const SaveOptions& options = {});
  // `change` may run several times, and should have no effects. An error from it ends the update.
  using ChangeFunction = std::function<Result<Value>(const Value&)>;
  Result<Saved> update(std::string_view name, const ChangeFunction& change,
                       const SaveOptions& options = {});

  Result<Document> open_document(std::string_view name);  // a new one where there is none
  // Runs `body` on a snapshot; changes all or nothing; runs it again after a lost race. An error
  // from the body ends it, and nothing is changed. `expected`, `source` and `keep_equal` don't
  // apply.
  Result<Transacted> transact(const std::function<Result<void>(Transaction&)>& body,
                              const SaveOptions& options = {});

  // ---- Reading.
  Result<Value> load(std::string_view spec, const ProgressCallback& progress = {});
  Result<Bytes> load_source(std::string_view spec);  // not_found where none was kept
  Result<tree::View> view(std::string_view spec);    // lives no longer than the store
  Result<VersionInfo> show(std::string_view spec);   // invalid: ambiguous, listing what it could be
  // By name, bytewise ascending; stops when the callback returns false. O(page) memory.
  Result<void> list(std::string_view prefix, const std::function<bool(const DocumentInfo&)>& each);
  // Newest first, from the version named; stops when the callback returns false. Pruned versions
  // aren't shown.
  Result<void> log(std::string_view spec, const std::function<bool(const VersionInfo&)>& each,
                   const ProgressCallback& progress = {});
  // Turns the first into the second; skips what the two share.
  Result<Patch> diff(std::string_view before_spec, std::string_view after_spec,
                     const ProgressCallback& progress = {});

  // ---- History. `restore`: the version named becomes the newest; nothing is lost. Also of a
  // removed document, by NAME@ID, until compaction.
  Result<Saved> restore(std::string_view spec, const SaveOptions& options = {});
  // A new version of `name` with the content (and kept source) of the version named.
  Result<Saved> copy(std::string_view spec, std::string_view name, const SaveOptions& options = {});
  Result<void> remove(std::string_view name);  // a tombstone stays until compaction
  // Keeps a version from pruning and compaction under a label (a name's rules). A label that is
  // there is moved.
  Result<void> pin(std::string_view label, std::string_view spec);
  Result<void> unpin(std::string_view label);
  // While a document is held, prune and remove are denied.
  Result<void> hold(std::string_view name, std::string_view reason);
  Result<void> release(std::string_view name);
  // The number of versions whose content goes; compact gives the space back. Ids, ~N and as-of keep
  // their meaning.
  Result<std::uint64_t> prune(std::string_view name, const PrunePolicy& policy,
                              const ProgressCallback& progress = {});

  // ---- Keeping the store. Long work: cancelled when the callback says so, with nothing changed.
  Result<SweepReport> compact(const ProgressCallback& progress = {});
  // Every chunk that a document (or all of them, where empty) can reach, and the engine's own
  // framing. Damage is in the report, not an error.
  Result<VerifyReport> verify(std::string_view name = {}, const ProgressCallback& progress = {});
  // Takes every chunk that verify finds damaged or missing from the first of `sources` that has it,
  // by id: what a source gives is believed only where it hashes to that id. What those chunks refer
  // to is mended too. Where a store was opened past its damage, refs that can be supported come
  // back: a version that follows the head, here or in a source. One write of the store makes all of
  // it so or nothing; what it replaces is kept aside. What can't be mended is in the report, not an
  // error. Errors also: cancelled, conflict (others mended or compacted meanwhile: try again).
  Result<RepairReport> repair(std::span<Store* const> sources, const RepairOptions& options = {},
                              const ProgressCallback& progress = {});
  // Copies all documents with their versions, pins and holds, and what was removed and can still be
  // restored; ids stay. Sends only what is missing, in one swap. Nothing is taken away there.
  // Comes after the saves that are queued by now, here and there.
  Result<BackupReport> backup_to(Store& target, const ProgressCallback& progress = {});

  // CAR v1. The first root is an index of names and versions, by which an import elsewhere gives
  // the same ids; docs/format.md.
  // `export_car_to` hands it out in pieces, in order, and keeps none; after an error what was
  // handed out is no archive. It is unavailable where what it read was removed or pruned, and
  // swept, meanwhile: exporting again exports what there is now.
  Result<Bytes> export_car(std::span<const std::string> specs, const ExportOptions& options = {},
                           const ProgressCallback& progress = {});
  Result<void> export_car_to(const ArchiveWriter& out, std::span<const std::string> specs,
                             const ExportOptions& options = {},
                             const ProgressCallback& progress = {});
  // All documents of the archive or none. Errors: invalid (an archive or block that isn't whole),
  // conflict (a document is here with versions of its own), newer_format, cancelled.
  // `import_car_from` keeps 48 bytes a block in memory, and foreign documents.
  Result<Imported> import_car(BytesView archive, const ImportOptions& options,
                              const ProgressCallback& progress = {});
  Result<Imported> import_car_from(car::Source& archive, const ImportOptions& options,
                                   const ProgressCallback& progress = {});

  // Calls back with names under `prefix` (matched by characters). Polls every `interval_ms`.
  Result<Watch> watch(std::string_view prefix, std::int64_t interval_ms, Watch::Callback changed);

  BackendInfo info() const;
  BackendCounters counters() const;
  Backend& backend();

 private:
  explicit Store(std::unique_ptr<StoreCore> core);
  // The core, once the saves that are queued for the document (for all) have ended.
  StoreCore& settled(std::string_view name);
  StoreCore& settled();
  std::unique_ptr<StoreCore> core_;
};

}  // namespace stet
