// Document: one that is open. It expects the version that it last saw, so a save that finds another
// head is a conflict outcome.
//
// Thread rule: one thread at a time. Lives no longer than its Store.
#pragma once

#include <optional>
#include <string>

#include "stet/store/options.hpp"
#include "stet/store/report.hpp"

namespace stet {

class StoreCore;

class Document {
 public:
  const std::string& name() const noexcept { return name_; }
  const Value& value() const noexcept { return value_; }
  // The version last seen; nothing: not saved yet.
  const std::optional<VersionInfo>& version() const noexcept { return version_; }

  void set(Value value) { value_ = std::move(value); }  // in memory
  bool changed() const;                                 // is the value not the version's

  // `options.expected` is ours. After done and unchanged the head is the version last seen; after
  // conflict nothing has changed here: reload, merge, or save_over.
  Result<Saved> save(const SaveOptions& options = {}, const ProgressCallback& progress = {});
  // On top of whatever the head is: both stay in the log.
  Result<Saved> save_over(const SaveOptions& options = {}, const ProgressCallback& progress = {});
  Result<void> reload();  // takes the head, drops edits

 private:
  friend class Store;
  Document(StoreCore& core, std::string name) : core_(&core), name_(std::move(name)) {}
  Result<Saved> save_as(const SaveOptions& options, const ProgressCallback& progress);

  StoreCore* core_;
  std::string name_;
  Value value_;
  Value saved_;  // the version's value
  std::optional<VersionInfo> version_;
};

}  // namespace stet
