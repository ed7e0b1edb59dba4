// What the calls of a Store do, each on the core. Contracts: stet/store.hpp.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stet/store.hpp"
#include "store/core.hpp"

namespace stet {

// change.cpp
Result<Saved> set_value(StoreCore& core, const std::string& name, const Path& path,
                        const Value& value, const SaveOptions& options);
Result<Saved> patch_document(StoreCore& core, const std::string& name, const Patch& patch,
                             const SaveOptions& options);
Result<Saved> update_document(StoreCore& core, const std::string& name,
                              const Store::ChangeFunction& change, const SaveOptions& options);

// read.cpp
Result<Value> load_value(StoreCore& core, std::string_view spec, const ProgressCallback& progress);
Result<Bytes> load_source_bytes(StoreCore& core, std::string_view spec);
Result<void> list_documents(StoreCore& core, std::string_view prefix,
                            const std::function<bool(const DocumentInfo&)>& each);
Result<void> walk_log(StoreCore& core, std::string_view spec,
                      const std::function<bool(const VersionInfo&)>& each,
                      const ProgressCallback& progress);
Result<Patch> diff_versions(StoreCore& core, std::string_view before, std::string_view after,
                            const ProgressCallback& progress);

// restore.cpp
Result<Saved> restore_version(StoreCore& core, std::string_view spec, const SaveOptions& options);
Result<Saved> copy_version(StoreCore& core, std::string_view spec, const std::string& name,
                           const SaveOptions& options);

// keep.cpp
Result<void> remove_document(StoreCore& core, const std::string& name);
Result<void> pin_version(StoreCore& core, std::string_view label, std::string_view spec);
Result<void> unpin_version(StoreCore& core, std::string_view label);
Result<void> hold_document(StoreCore& core, const std::string& name, std::string_view reason);
Result<void> release_document(StoreCore& core, const std::string& name);

// prune.cpp, compact.cpp, verify.cpp, backup.cpp
Result<std::uint64_t> prune_document(StoreCore& core, const std::string& name,
                                     const PrunePolicy& policy, const ProgressCallback& progress);
Result<SweepReport> compact_store(StoreCore& core, const ProgressCallback& progress);
Result<VerifyReport> verify_store(StoreCore& core, std::string_view name,
                                  const ProgressCallback& progress);
// The same, where documents are read from elsewhere and refs are taken to be changed already.
// `name` and the engine's own framing are left out.
struct ReadsOfVerify {
  tree::ChunkSource& chunks;
  VersionSource versions;
  std::span<const RefChange> changes;
};
Result<VerifyReport> verify_content(StoreCore& core, const ReadsOfVerify& reads,
                                    const ProgressCallback& progress);
// repair.cpp
Result<RepairReport> repair_store(StoreCore& core, std::span<StoreCore* const> sources,
                                  const RepairOptions& options, const ProgressCallback& progress);
Result<BackupReport> back_up(StoreCore& from, StoreCore& to, const ProgressCallback& progress);

// export.cpp, import.cpp
// `restart`: what was handed out is void, and comes anew. Where it is null, that is unavailable.
Result<void> export_archive(StoreCore& core, std::span<const std::string> specs,
                            const ArchiveWriter& out, const ExportOptions& options,
                            const ProgressCallback& progress,
                            const std::function<void()>& restart = {});
Result<Imported> import_archive(StoreCore& core, car::Source& archive, const ImportOptions& options,
                                const ProgressCallback& progress);

}  // namespace stet
