// Chunks of a damaged store, as they would be once it is mended.
//
// Thread rule: one thread.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "store/core.hpp"

namespace stet {

// Where right bytes may be had. Nothing that a source gives is believed without its hash.
class RepairSources {
 public:
  explicit RepairSources(std::span<StoreCore* const> cores)
      : cores_(cores.begin(), cores.end()), refused_(cores.size()) {}

  // From the first source that has it; nothing where none has.
  std::optional<Bytes> fetch(const Id& id);
  // What was fetched before. Errors: unavailable, where it can't be had any more.
  Result<Bytes> again(const Id& id);

  std::span<StoreCore* const> cores() const noexcept { return cores_; }
  // How many of these each source gave.
  std::vector<std::uint64_t> counts(std::span<const Id> ids) const;
  // Chunks of each source whose bytes were others.
  const std::vector<std::uint64_t>& refused() const noexcept { return refused_; }

 private:
  const std::vector<StoreCore*> cores_;
  std::unordered_map<Id, std::optional<std::size_t>> given_by_;  // nothing: by none
  std::vector<std::uint64_t> refused_;
};

// Chunks of the backend; of a source, where those of the backend are damaged or missing. Absent is
// corrupt, as in the core's sources.
class MendedChunks final : public tree::ChunkSource {
 public:
  MendedChunks(Backend& backend, RepairSources& sources) : backend_(backend), sources_(sources) {}

  // From here on anew.
  void begin();
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override;
  VersionSource versions();
  // What came from the sources, each once.
  const std::vector<Id>& mended() const noexcept { return mended_; }

 private:
  Result<Bytes> get_one(const Id& id);
  Result<Bytes> mend(const Id& id, const Error& damage);

  Backend& backend_;
  RepairSources& sources_;
  std::vector<Id> mended_;
  std::unordered_set<Id> known_;  // ids in mended_
};

}  // namespace stet
