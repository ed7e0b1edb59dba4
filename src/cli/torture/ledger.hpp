// Ledger: what writers began and what they were promised, and the judgement of a store by it.
//
// Invariants that it judges by: a list keeps what it once showed, in its order; it holds each
// token that was acknowledged, or shown to a reader, once, and none that was never begun; the
// tokens of one writer stand in their order; a transaction's two lists are equal. A writer's own
// document is where its last acknowledged deed left it, or where the one that was cut short would
// have; and what it holds is whole. What a store has shown without a writer running must stay so.
//
// Thread rule: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/torture/deed.hpp"
#include "stet/store.hpp"

namespace stet::cli::torture {

// What is wrong, a line each.
using Problems = std::vector<std::string>;

class Ledger {
 public:
  void hear(const Report& report);

  // Judges everything, given that no writer runs, and takes what the store shows for settled.
  // Errors: those of reading.
  Result<Problems> settle(Store& store);
  // Judges the lists while writers run; what they show now must stay as if it were acknowledged.
  // `listen` lets the ledger hear what was reported meanwhile.
  Result<Problems> glance(Store& store, const std::function<void()>& listen);
  // The lists were emptied.
  void empty_lists();

  std::uint64_t longest_list() const;
  const std::array<std::uint64_t, kActs>& acknowledged() const noexcept { return acknowledged_; }
  std::uint64_t large_saves() const noexcept { return large_saves_; }

 private:
  using Tokens = std::vector<std::uint64_t>;
  struct List {
    Tokens settled;
    std::set<std::uint64_t> promised, begun;  // since then; promised: acknowledged or shown
  };
  struct OwnState {
    std::uint64_t number = 0;
    std::optional<std::uint64_t> begun;  // where a deed that isn't done would leave it
  };

  void note(std::size_t list, const Report& report);
  Result<Problems> settle_own(Store& store, std::uint32_t writer, Own own);
  static Result<Tokens> read_list(Store& store, std::size_t list);
  static void judge(const Tokens& shown, std::size_t list, const List& known,
                    const std::set<std::uint64_t>& promised, Problems& problems);

  std::array<List, kLists.size()> lists_;
  std::array<std::array<OwnState, kOwns>, kWriters> owns_;
  std::array<std::uint64_t, kActs> acknowledged_{};
  std::uint64_t large_saves_ = 0;
};

// What must hold of a pair of lists that are only changed together.
void judge_pair(const std::vector<std::uint64_t>& left, const std::vector<std::uint64_t>& right,
                Problems& problems);
Result<std::vector<std::uint64_t>> tokens_in(const Value& list);

}  // namespace stet::cli::torture
