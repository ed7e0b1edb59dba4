#include "cli/torture/writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>
#include <vector>

#include "cli/torture/deed.hpp"

namespace stet::cli::torture {

namespace {

constexpr std::uint64_t kVersionsKept = 4;
constexpr std::uint64_t kLargeVersionsKept = 2;

// A pipe takes so few bytes whole or not at all.
Result<void> tell(const Report& report) {
  const ssize_t written = ::write(STDOUT_FILENO, &report, sizeof report);
  if (written == static_cast<ssize_t>(sizeof report)) return {};
  return Error(ErrorCode::internal,
               fmt::format("a report was lost: {}", std::generic_category().message(errno)));
}

class Writer {
 public:
  Writer(Store& store, const WriterPlan& plan, std::uint32_t thread)
      : store_(store),
        writer_(plan.process * kThreads + thread),
        token_(first_token(plan.round, writer_)),
        random_(plan.seed ^ token_),
        saves_large_(thread == 0),
        is_alone_(is_alone_in(plan.round)) {}

  Result<void> work(const std::atomic<bool>& stopped) {
    while (!stopped) {
      STET_CHECK(do_something());
      ++token_;
    }
    return {};
  }

 private:
  // Of a hundred deeds, how many are what: saves of all kinds, and enough upkeep to keep the store
  // small and to be killed in the middle of it.
  Result<void> do_something() {
    const std::uint64_t drawn = random_() % 100;
    if (is_alone_ && drawn < 50) return save(Own::large);
    if (drawn < 40) return append();
    if (drawn < 60) return transact();
    if (drawn < 72) return turn();
    if (drawn < 84) return remove_or_save();
    if (drawn < 91) return saves_large_ ? save(Own::large) : append();
    if (drawn < 97) return prune();
    return compact();
  }

  Deed deed(Act act, std::size_t target, std::uint64_t number = 0) const {
    return {act, static_cast<std::uint8_t>(target), static_cast<std::uint16_t>(writer_), token_,
            number};
  }

  template <class Doing>
  Result<void> report_around(const Deed& deed, const Doing& doing) {
    STET_CHECK(tell({false, deed}));
    const Result<void> done = doing();
    if (done.ok()) return tell({true, deed});
    const Error& error = done.error();
    return Error(error.code(),
                 fmt::format("{} (it was about {})", error.message(), deed_text(deed)),
                 error.context());
  }

  Result<void> append() {
    const std::size_t list = random_() % kSingleLists;
    return report_around(deed(Act::append, list), [&] {
      return without_value(store_.set(kLists[list], end_of_list(), Value(token_)));
    });
  }

  Result<void> transact() {
    return report_around(deed(Act::transact, kLeft), [&] {
      return without_value(store_.transact([&](Transaction& both) -> Result<void> {
        STET_CHECK(both.set(kLists[kLeft], end_of_list(), Value(token_)));
        return both.set(kLists[kRight], end_of_list(), Value(token_));
      }));
    });
  }

  Result<void> save(Own own) {
    const Value content = own_content(own, token_);
    return report_around(deed(Act::save, static_cast<std::size_t>(own), token_), [&] {
      return without_value(store_.save(own_name(writer_, own), content));
    });
  }

  Result<void> turn() {
    const std::string name = own_name(writer_, Own::turned);
    const auto before = store_.load(name + "~1");
    const bool is_there = before.ok();
    if (!is_there && before.error().code() != ErrorCode::not_found) return before.error();
    if (!is_there || random_() % 2 == 0) return save(Own::turned);
    const auto target = static_cast<std::size_t>(Own::turned);
    return report_around(deed(Act::restore, target, number_in(*before)),
                         [&] { return without_value(store_.restore(name + "~1")); });
  }

  Result<void> remove_or_save() {
    const std::string name = own_name(writer_, Own::removed);
    const auto now = store_.show(name);
    if (!now.ok() && now.error().code() != ErrorCode::not_found) return now.error();
    if (!now.ok()) return save(Own::removed);
    return report_around(deed(Act::remove, static_cast<std::size_t>(Own::removed)),
                         [&] { return store_.remove(name); });
  }

  Result<void> prune() {
    const std::size_t which = random_() % (kLists.size() + kOwns);
    const bool is_list = which < kLists.size();
    const Own own = is_list ? Own::turned : static_cast<Own>(which - kLists.size());
    const std::string name = is_list ? kLists[which] : own_name(writer_, own);
    const PrunePolicy policy{.keep_last = own == Own::large ? kLargeVersionsKept : kVersionsKept};
    return report_around(deed(Act::prune, which), [&] {
      return unless(ErrorCode::not_found, without_value(store_.prune(name, policy)));
    });
  }

  // Somebody else's compaction may come first.
  Result<void> compact() {
    return report_around(deed(Act::compact, 0), [&] {
      return unless(ErrorCode::conflict, without_value(store_.compact()));
    });
  }

  static Path end_of_list() { return Path::parse("/-").value(); }

  template <class T>
  static Result<void> without_value(const Result<T>& result) {
    return result.ok() ? Result<void>() : result.error();
  }

  static Result<void> unless(ErrorCode harmless, Result<void> result) {
    if (!result.ok() && result.error().code() == harmless) return {};
    return result;
  }

  Store& store_;
  const std::uint32_t writer_;
  std::uint64_t token_;
  std::mt19937_64 random_;
  const bool saves_large_;
  const bool is_alone_;
};

}  // namespace

Error write_until_killed(Store& store, const WriterPlan& plan) {
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  Error first(ErrorCode::internal, "a writer ended though nothing had failed");
  std::vector<std::jthread> threads;
  const std::uint32_t count = is_alone_in(plan.round) ? 1 : kThreads;
  for (std::uint32_t thread = 0; thread < count; ++thread) {
    threads.emplace_back([&, thread] {
      const auto worked = Writer(store, plan, thread).work(stopped);
      const std::lock_guard lock(mutex);
      if (!worked.ok() && !stopped.exchange(true)) first = worked.error();
    });
  }
  threads.clear();
  return first;
}

}  // namespace stet::cli::torture
