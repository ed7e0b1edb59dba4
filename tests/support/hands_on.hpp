// A backend that hands everything on: tests derive from it and change one thing.
//
// Thread rule: that of the backend below.
#pragma once

#include <memory>
#include <utility>

#include "stet/seam.hpp"

namespace stet::test {

class HandsOn : public Backend {
 public:
  explicit HandsOn(std::shared_ptr<Backend> below) : below_(std::move(below)) {}
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    return below_->get(ids);
  }
  Result<void> put(std::span<const ChunkView> chunks, Epoch epoch) override {
    return below_->put(chunks, epoch);
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
  Result<SweepReport> sweep(const LiveSet& live, Epoch epoch,
                            const ProgressCallback& progress) override {
    return below_->sweep(live, epoch, progress);
  }
  Result<void> mend(const Mending& mending, const ProgressCallback& progress) override {
    return below_->mend(mending, progress);
  }
  BackendInfo info() const override { return below_->info(); }
  BackendCounters counters() const override { return below_->counters(); }
  Result<std::vector<Damage>> check(const ProgressCallback& progress) override {
    return below_->check(progress);
  }

 protected:
  Backend& below() { return *below_; }

 private:
  const std::shared_ptr<Backend> below_;
};

}  // namespace stet::test
