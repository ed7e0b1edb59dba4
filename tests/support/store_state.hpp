// What a Store shows, in the form that a history and the checker compare.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "stet/store.hpp"
#include "support/backend_work.hpp"
#include "support/checker.hpp"

namespace stet::test {

// Time that passes with every look at it.
class CountingClock final : public Clock {
 public:
  std::int64_t now_ms() override { return ++now_ms_; }
  std::int64_t monotonic_ns() override { return now_ms_ * 1'000'000; }
  void sleep_ms(std::int64_t duration_ms) override { now_ms_ += duration_ms; }

 private:
  std::int64_t now_ms_ = 1'700'000'000'000;
};

using StoreOpener = std::function<Result<Store>(std::shared_ptr<os::FileSystem> files, bool create,
                                                std::uint64_t seed)>;
// Store::open of kStorePath, with everything that depends on the world seeded.
Result<Store> open_seeded_store(std::shared_ptr<os::FileSystem> files, bool create,
                                std::uint64_t seed);

// Everything that a store shows, once all of it is verified: each document's versions with the
// content and the kept source of each, pins with what they keep, how many removed documents can be
// restored, the epoch.
Result<State> state_of(Store& store);

// One version's value and kept source, by what they are and not by where they are stored.
Result<std::string> content_of(const Value& value, const std::optional<Bytes>& source);

// Store as a subject of the checker.
class StoreSubject final : public Subject {
 public:
  Result<State> observe(std::shared_ptr<os::FileSystem> files, bool create) override;
  Result<State> save_more(std::shared_ptr<os::FileSystem> files) override;

 private:
  std::uint64_t seed_ = 1;
};

}  // namespace stet::test
