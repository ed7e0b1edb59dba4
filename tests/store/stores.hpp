// What the tests of the store share: a world that stands still, and a backend that fails when it is
// told to.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "stet/engine.hpp"
#include "stet/layer.hpp"
#include "stet/store.hpp"
#include "support/hands_on.hpp"
#include "support/seeded_random.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {

// Time that passes when it is told to; sleeping takes none.
class HandClock final : public Clock {
 public:
  std::int64_t now_ms() override { return now_ms_; }
  std::int64_t monotonic_ns() override { return now_ms_ * 1'000'000; }
  void sleep_ms(std::int64_t) override { std::this_thread::yield(); }
  void set(std::int64_t now_ms) { now_ms_ = now_ms; }
  void advance(std::int64_t ms) { now_ms_ += ms; }

 private:
  std::atomic<std::int64_t> now_ms_ = 1'000'000;
};

// Passes everything on, but for what the hooks answer instead.
class HookedBackend final : public HandsOn {
 public:
  using HandsOn::HandsOn;

  using SwapHook = std::function<Result<SwapOutcome>(std::span<const RefChange>, Backend& below)>;
  void on_swap(SwapHook hook) { swap_hook_ = std::move(hook); }
  // Answers every swap from now on.
  void on_every_swap(const SwapHook& hook) {
    on_swap([this, hook](std::span<const RefChange> changes, Backend& below) {
      on_every_swap(hook);
      return hook(changes, below);
    });
  }
  // Answers the next sweep.
  using SweepHook = std::function<Result<SweepReport>(const LiveSet&, Epoch epoch, Backend& below)>;
  void on_sweep(SweepHook hook) { sweep_hook_ = std::move(hook); }
  // Runs before each swap that no hook answers.
  void before_swap(std::function<void()> act) { before_swap_ = std::move(act); }
  // Runs after each page of refs.
  void after_list(std::function<void()> act) { after_list_ = std::move(act); }
  // Runs before each read of chunks.
  void before_get(std::function<void()> act) { before_get_ = std::move(act); }
  // Bytes that `get` gives for a chunk in place of its own; absent: as if it were not there.
  void plant(const Id& id, std::optional<Bytes> bytes) { planted_[id] = std::move(bytes); }
  std::uint64_t gets() const { return gets_; }
  std::uint64_t refs_read() const { return refs_read_; }

  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override;
  Result<std::vector<std::optional<RefValue>>> read(std::span<const std::string> names) override {
    refs_read_ += names.size();
    return HandsOn::read(names);
  }
  Result<RefPage> list(std::string_view prefix, std::string_view cursor,
                       std::size_t limit) override;
  Result<SwapOutcome> swap(std::span<const RefChange> changes) override;
  Result<SweepReport> sweep(const LiveSet& live, Epoch epoch,
                            const ProgressCallback& progress) override {
    if (const SweepHook hook = std::exchange(sweep_hook_, nullptr)) {
      return hook(live, epoch, below());
    }
    return HandsOn::sweep(live, epoch, progress);
  }

 private:
  SwapHook swap_hook_;
  SweepHook sweep_hook_;
  std::function<void()> before_swap_;
  std::function<void()> after_list_;
  std::function<void()> before_get_;
  std::map<Id, std::optional<Bytes>> planted_;
  std::atomic<std::uint64_t> gets_ = 0;
  std::atomic<std::uint64_t> refs_read_ = 0;
};

struct World {
  std::shared_ptr<HandClock> clock = std::make_shared<HandClock>();
  std::shared_ptr<SeededRandom> random = std::make_shared<SeededRandom>(7);
  StoreOptions options() const;
};

// The value at every path of a document is a song with so many notes; `seed` makes them differ.
Value song(std::size_t notes, std::uint64_t seed = 0);
Value with_pitch(const Value& song, std::size_t note, std::int64_t pitch);

std::vector<VersionInfo> log_of(Store& store, std::string_view spec);
// Of all its versions, oldest first.
std::vector<Value> values_of(Store& store, std::string_view name);
std::vector<std::string> names_in(Store& store, std::string_view prefix = {});
Path path(std::string_view pointer);

}  // namespace stet::test
