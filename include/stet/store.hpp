// Store: what an application opens. Documents by name, every save a version, refs that move by
// compare-and-swap.
//
// Durability: a call that changes something returns done only when the change is durable in the
// class of `info().durability`. Thread rule: a Store may be used from any thread; a Document and a
// Transaction from one at a time.
// Names and SPECs: spec "The command".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stet/history.hpp"
#include "stet/seam.hpp"
#include "stet/tree.hpp"

namespace stet {

namespace os {
class FileSystem;
}

struct StoreOptions {
  std::shared_ptr<Clock> clock;  // the system's where null
  std::shared_ptr<Random> random;
  std::shared_ptr<os::FileSystem> files;  // for engines that use files
  std::shared_ptr<Executor> executor;     // for work off the critical path
  bool create = true;                     // make the store where there is none
  bool read_only = false;
  std::string author;  // for saves that name none
};

// What one call cost.
struct Cost {
  std::uint64_t chunks_written = 0;  // that were new
  std::uint64_t chunks_reused =
      0;  // of the chunks that the version is made of and this call touched
  std::uint64_t bytes_written = 0;  // appended to the store
  std::uint64_t flushes = 0;
};

struct VersionInfo {
  Id id;
  Version version;
};

// The outcome of a change by one writer.
struct Saved {
  enum class Outcome : std::uint8_t {
    done,       // a new version is the head
    unchanged,  // the head has this content already; no version was made
    conflict,   // the head isn't the one that was expected; nothing changed
  };
  Outcome outcome = Outcome::done;
  std::optional<Id> id;  // the head after the call: the new version, or the one that is in the way
  tree::Root root;       // of that head
  Cost cost;
};

struct SaveOptions {
  std::string message;
  std::string author;
  // Absent: on top of whatever the head is. Present: only on this head (nullopt inside: only if
  // there is no document yet).
  std::optional<std::optional<Id>> expected;
  std::optional<std::pair<BytesView, std::string>> source;  // original bytes and their format, kept
  bool keep_equal = false;  // make a version even if the content is the head's
  std::map<std::string, std::string> labels;
};

struct DocumentInfo {
  std::string name;
  Id id;
  tree::Root root;
  std::int64_t time_ms = 0;
  std::uint64_t bytes = 0;
  std::uint64_t versions = 0;  // generation + 1
};

// Which version of which document: NAME, NAME@ID, NAME~N, NAME@{TIME}. Errors: invalid.
struct Spec {
  std::string name;
  std::string id_prefix;  // of the short form
  std::optional<std::uint64_t> back;
  std::optional<std::int64_t> as_of_ms;
  static Result<Spec> parse(std::string_view text);
};
Result<void> check_name(std::string_view name);  // errors: invalid, saying the rule

struct VerifyReport {
  std::uint64_t documents = 0, versions = 0, chunks = 0, bytes = 0;
  struct Entry {
    Damage damage;
    std::vector<std::string> documents;  // that it touches
  };
  std::vector<Entry> damage;
  bool ok() const noexcept { return damage.empty(); }
};

struct PrunePolicy {
  std::optional<std::uint64_t> keep_last;
  std::optional<std::uint64_t> keep_daily;  // one a day (UTC), for so many days
};

class Document;
class Transaction;
class Watch;

class Store {
 public:
  // mem: or mem:NAME, file:PATH. Errors: invalid (bad URL), not_found, locked, corrupt,
  // newer_format …
  static Result<Store> open(std::string_view url, StoreOptions options = {});
  static Store over(std::shared_ptr<Backend> backend, StoreOptions options = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  Result<Saved> save(std::string_view name, const Value& value, const SaveOptions& options = {});
  Result<Value> load(std::string_view spec);
  Result<Bytes> load_source(std::string_view spec);  // not_found where none was kept
  Result<tree::View> view(std::string_view spec);    // lives no longer than the store
  // Read, change, compare-and-swap, again on a lost race. `set` at the empty path makes the
  // document.
  Result<Saved> set(std::string_view name, const Path& path, const Value& value,
                    const SaveOptions& = {});
  Result<Saved> patch(std::string_view name, const Patch& patch, const SaveOptions& = {});
  Result<Saved> merge_patch(std::string_view name, const Value& patch, const SaveOptions& = {});
  Result<Saved> update(std::string_view name,
                       const std::function<Result<Value>(const Value&)>& change,
                       const SaveOptions& = {});

  Result<VersionInfo> show(std::string_view spec);  // resolves; not_found, invalid (ambiguous)
  Result<std::vector<DocumentInfo>> list(std::string_view prefix = {});
  // Newest first; stops when the callback returns false.
  Result<void> log(std::string_view spec, const std::function<bool(const VersionInfo&)>& each);
  Result<Patch> diff(std::string_view before_spec, std::string_view after_spec);

  Result<Saved> restore(std::string_view spec, const SaveOptions& = {});
  Result<Saved> copy(std::string_view spec, std::string_view name, const SaveOptions& = {});
  Result<void> remove(std::string_view name);  // a tombstone until compaction

  Result<Document> open_document(std::string_view name);  // a new one where there is none
  // Runs `body` on a snapshot; commits all or none; runs it again after a lost race.
  Result<Cost> transact(const std::function<Result<void>(Transaction&)>& body,
                        const SaveOptions& = {});
  // Calls back with the names whose head moved. Polls; a hint that may come late, never lost for
  // good.
  Result<Watch> watch(std::string_view prefix, std::int64_t interval_ms,
                      std::function<void(const std::vector<std::string>&)> changed);

  Result<void> pin(std::string_view label, std::string_view spec);
  Result<void> unpin(std::string_view label);
  Result<std::uint64_t> prune(std::string_view name,
                              const PrunePolicy& policy);  // versions dropped
  Result<SweepReport> compact(const ProgressCallback& progress = {});
  Result<VerifyReport> verify(std::string_view name = {}, const ProgressCallback& progress = {});
  // Copies documents with all their versions and refs; ids stay. Sends only what is missing.
  Result<Cost> backup_to(Store& target, const ProgressCallback& progress = {});

  struct ExportOptions {
    bool history = false;
  };
  Result<Bytes> export_car(std::span<const std::string> specs, const ExportOptions& options);
  struct Imported {
    std::vector<std::string> documents;
    std::uint64_t blocks_unused = 0;  // that no document holds
  };
  struct ImportOptions {
    std::string name;
    bool adopt = false;
  };
  Result<Imported> import_car(BytesView archive, const ImportOptions& options);

  BackendInfo info() const;
  BackendCounters counters() const;
  Backend& backend();

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A document that is open: it expects the version that it last saw, so a save that finds another
// head is a conflict outcome.
class Document {
 public:
  const Value& value() const noexcept;
  const std::optional<VersionInfo>& version() const noexcept;  // nothing: not saved yet
  void set(Value value);                                       // in memory
  bool changed() const;
  Result<Saved> save(const SaveOptions& = {});  // `expected` is ours; see force
  Result<Saved> save_over(
      const SaveOptions& = {});  // on top of whatever the head is, said explicitly
  Result<void> reload();         // takes the head, drops edits
};

}  // namespace stet
