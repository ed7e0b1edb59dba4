// What the calls of a Store answer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stet/history.hpp"
#include "stet/seam.hpp"
#include "stet/tree.hpp"

namespace stet {

// What one call cost, read off the backend's counters: calls that run at once count in each
// other's.
struct Cost {
  std::uint64_t chunks_written = 0;  // that were not there
  std::uint64_t chunks_reused = 0;   // that the call made and the store held already
  std::uint64_t bytes_written = 0;   // handed to the device
  std::uint64_t flushes = 0;
};

struct VersionInfo {
  Id id;
  Version version;  // as stored; its parents may be pruned
};

// The outcome of a change by one writer.
struct Saved {
  enum class Outcome : std::uint8_t {
    done,       // a new version is the head
    unchanged,  // the head has this content already; no version was made
    conflict,   // the head isn't the one that was expected; nothing changed
  };
  Outcome outcome = Outcome::done;
  std::optional<Id> id;  // the new version; else the head that is there
  tree::Root root;       // of that version; meaningless without one
  Cost cost;
};

struct DocumentInfo {
  std::string name;
  Id id;  // of the head
  tree::Root root;
  std::int64_t time_ms = 0;
  std::uint64_t bytes = 0;     // of the value as plain DAG-CBOR
  std::uint64_t versions = 0;  // that are kept, as log shows them
};

// The outcome of a transaction.
struct Transacted {
  std::map<std::string, Id> heads;  // of the documents that got a new version
  Cost cost;
};

// A part of a version's content that damage hides.
struct HiddenPart {
  std::string version;     // NAME@ID, the newest of its document that the damage touches
  tree::Extent extent;     // empty: all of it
  bool of_source = false;  // of the kept original, not of the document
};

struct VerifyReport {
  static constexpr std::size_t kNamedMax = 100;
  struct Entry {
    Damage damage;
    std::vector<std::string> documents{};  // that it touches, as NAME@ID, one a version; kNamedMax
    std::uint64_t documents_more = 0;      // that are not named
    std::vector<HiddenPart> parts{};       // the first of each document, at most kNamedMax
  };
  std::uint64_t documents = 0;
  std::uint64_t versions = 0;
  std::uint64_t chunks = 0;  // checked, each once
  std::uint64_t bytes = 0;   // of those chunks
  std::vector<Entry> damage;
  bool ok() const noexcept { return damage.empty(); }
};

struct RepairReport {
  std::vector<Id> mended;                  // chunks that were damaged or missing
  std::vector<std::uint64_t> from_source;  // how many of them came from each source
  std::vector<std::uint64_t> refused;  // answers of each source that were not what was asked for
  std::vector<std::string> heads;      // documents whose newest version was found again, NAME@ID
  std::vector<std::string> uncertain;  // what refs in damaged places said and nothing supports
  std::uint64_t engine_damage = 0;     // places of the engine's own framing that were damaged
  std::vector<std::string> notes;      // where what was replaced is kept
  VerifyReport left;                   // what is there afterwards: the damage that stays
};

struct BackupReport {
  std::uint64_t documents = 0;        // that were behind in the target
  std::uint64_t versions = 0;         // sent
  std::uint64_t chunks = 0;           // sent
  std::uint64_t bytes = 0;            // of those chunks
  std::vector<std::string> diverged;  // documents that the target has with versions of its own:
                                      // left as they are
};

struct Imported {
  std::vector<std::string> documents;
  std::uint64_t blocks_unused = 0;  // that no document holds
};

}  // namespace stet
