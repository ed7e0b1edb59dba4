// Work on a store through the seam, step by step, with a history of what it answered.
//
// A document here is a ref that holds the id of a root chunk, which lists the ids of its leaves.
// Thread rule: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "stet/seam.hpp"
#include "support/checker.hpp"
#include "support/history.hpp"
#include "support/seeded_random.hpp"
#include "support/simulated_disk.hpp"

namespace stet::test {

inline const std::string kStorePath = "/store.stet";

// `random`: names and salts; as different for two opens as in the world.
Result<std::shared_ptr<Backend>> open_store(std::shared_ptr<os::FileSystem> files, bool create,
                                            std::shared_ptr<Random> random);

// All refs, with every chunk that they reach read and checked against its id.
Result<State> state_of(Backend& backend);

enum class Step : std::uint8_t {
  save_a,         // a few new chunks and one that other versions share
  save_b,         // a larger document
  save_both,      // two documents in one swap
  remove_a,       // or save it, where there is none
  put_only,       // chunks that no swap makes durable
  branch,         // another name for what a document holds
  sweep,          // drop what no ref reaches
  reopen,         // close this handle, open another
  switch_handle,  // go on with a second handle that stays open beside the first
  save_many,      // so many chunks that the engine writes an index; in no short sequence
  save_large,     // more bytes than are written at once; in no short sequence
  put_large,      // so many that no swap makes durable; in no short sequence
};
inline constexpr std::array kSteps = {Step::save_a,        Step::save_b,   Step::save_both,
                                      Step::remove_a,      Step::sweep,    Step::reopen,
                                      Step::switch_handle, Step::put_only, Step::branch};
std::string text_of(const std::vector<Step>& steps);

class BackendWork {
 public:
  // `files` is `disk`, or something that tampers with what goes there.
  BackendWork(std::shared_ptr<SimulatedDisk> disk, std::shared_ptr<os::FileSystem> files,
              std::uint64_t seed);

  // The first open makes the store. After an error the handle is closed and opened again by the
  // next step, which also finds out what became of a change whose outcome was unknown.
  Result<void> open();
  Result<void> run(Step step);
  // Once more, so that something follows what failed.
  Result<void> save_again() { return run(Step::save_both); }
  // Reads the state, through a new handle where `anew`; what it shows is then acknowledged.
  Result<void> learn(bool anew = true);

  const History& history() const noexcept { return history_; }
  Backend& backend() { return *handles_[active_]; }

 private:
  using Refs = std::map<std::string, RefValue>;

  Result<void> save(const std::vector<std::string>& names, std::size_t leaf_bytes,
                    std::size_t leaves = 3);
  Result<void> remove(const std::string& name);
  Result<void> branch(const std::string& from, const std::string& to);
  Result<void> sweep();
  Result<RefValue> put_document(std::size_t leaf_bytes, std::size_t leaves);
  Result<void> commit(std::vector<RefChange> changes);
  Result<void> ensure_open();
  Bytes random_bytes(std::size_t count);
  std::optional<RefValue> ref(const std::string& name) const;

  const std::shared_ptr<SimulatedDisk> disk_;
  const std::shared_ptr<os::FileSystem> files_;
  std::mt19937_64 random_;
  const std::shared_ptr<SeededRandom> salts_;
  History history_;
  Refs refs_;                  // as committed
  std::optional<Refs> asked_;  // of a change whose outcome is unknown
  bool made_ = false;          // an open has succeeded
  std::array<std::shared_ptr<Backend>, 2> handles_;
  std::size_t active_ = 0;
};

// The file engine as a subject of the checker.
class BackendSubject final : public Subject {
 public:
  Result<State> observe(std::shared_ptr<os::FileSystem> files, bool create) override;
  Result<State> save_more(std::shared_ptr<os::FileSystem> files) override;

 private:
  const std::shared_ptr<SeededRandom> salts_ = std::make_shared<SeededRandom>(1);
};

}  // namespace stet::test
