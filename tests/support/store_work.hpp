// Work on a Store, step by step, with a history of what it answered: as backend_work.hpp, one floor
// up, so that what is held against a crash is documents, versions, pins and tombstones.
//
// Thread rule: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/history.hpp"
#include "support/store_state.hpp"

namespace stet::test {

enum class StoreStep : std::uint8_t {
  edit_song,      // one note of a document that is a tree; made where it isn't there
  save_score,     // a document with its source kept
  edit_both,      // both documents in one transaction
  rename_score,   // a transaction that removes a document and makes another
  restore_song,   // the version before becomes the newest
  pin_song,       // the head of it, moving the pin
  prune_song,     // all but the newest and what is pinned
  remove_song,    // or make it, where there is none
  compact,        // drop what no ref reaches
  copy_song,      // the head of it under another name
  reopen,         // close this handle, open another
  switch_handle,  // go on with a second handle that stays open beside the first
  tickets,        // two edits of the first and one save of the other, written together
};
inline constexpr std::array kStoreSteps = {
    StoreStep::edit_song,  StoreStep::save_score,    StoreStep::edit_both,
    StoreStep::prune_song, StoreStep::remove_song,   StoreStep::compact,
    StoreStep::pin_song,   StoreStep::restore_song,  StoreStep::rename_score,
    StoreStep::reopen,     StoreStep::switch_handle, StoreStep::copy_song};
// Those that meet tickets.
inline constexpr std::array kTicketSteps = {StoreStep::tickets, StoreStep::edit_song,
                                            StoreStep::remove_song, StoreStep::compact,
                                            StoreStep::switch_handle};
std::string text_of(const std::vector<StoreStep>& steps);

class StoreWork {
 public:
  // `files` is `disk`, or something that tampers with what goes there.
  StoreWork(std::shared_ptr<SimulatedDisk> disk, std::shared_ptr<os::FileSystem> files,
            std::uint64_t seed, StoreOpener opener = open_seeded_store);

  Result<void> open();  // the first open makes the store
  Result<void> run(StoreStep step);

  const History& history() const noexcept { return history_; }

 private:
  struct ModelVersion {
    Value value;
    std::string content;  // as in State
    Id id;                // once it is saved
  };
  using ModelDocument = std::vector<ModelVersion>;  // oldest first
  struct Pin {
    std::string document;
    ModelVersion version;
  };
  struct Model {
    std::map<std::string, ModelDocument> documents;
    std::map<std::string, Pin> pins;
    std::map<std::string, std::uint64_t> removed;
    std::uint64_t epoch = 0;
    State state() const;
  };

  Result<void> ensure_open();
  Result<void> change(Model next, const std::function<Result<void>(Model&)>& act);
  Result<void> edit_song();
  Result<void> save_score();
  Result<void> edit_both();
  Result<void> rename_score();
  Result<void> restore_song();
  Result<void> pin_song();
  Result<void> prune_song();
  Result<void> remove_song();
  Result<void> compact();
  Result<void> copy_song();
  Result<void> save_with_tickets();
  Value new_song();
  Value edited(const Value& song);

  Store& store() { return *handles_[active_]; }

  const std::shared_ptr<SimulatedDisk> disk_;
  const std::shared_ptr<os::FileSystem> files_;
  const StoreOpener opener_;
  std::uint64_t seed_;  // of the next handle
  std::mt19937_64 random_;
  History history_;
  Model model_;  // as committed
  bool made_ = false;
  std::array<std::optional<Store>, 2> handles_;
  std::size_t active_ = 0;
};

}  // namespace stet::test
