#include "cli/torture/torture.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "cli/torture/damage.hpp"

namespace stet::cli::torture {

namespace {

constexpr std::uint64_t kReportsBeforeAKill = 16;
constexpr std::uint64_t kPauseUs = 4'000;
constexpr std::uint64_t kLongPauseUs = 40'000;
constexpr int kPollMs = 10;
constexpr int kPollsMax = 40;  // a writer that has nothing to report is killed all the same
constexpr std::uint64_t kListLengthMax = 20'000;
constexpr std::uint64_t kStoreBytesMax = 40'000'000;
constexpr std::size_t kFindingsMax = 10;
constexpr const char* kBefore = "as-the-kill-left-it.stet";

// What keeps a disk from being tried, rather than something that it or the store got wrong.
bool is_of_storage(ErrorCode code) {
  constexpr std::array kCodes = {ErrorCode::no_space,  ErrorCode::denied,
                                 ErrorCode::io,        ErrorCode::unavailable,
                                 ErrorCode::too_large, ErrorCode::outcome_unknown};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

Result<void> drop_old_versions(Store& store) {
  for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
    const auto pruned = store.prune(own_name(writer, Own::large), {.keep_last = 1});
    if (!pruned.ok() && pruned.error().code() != ErrorCode::not_found) return pruned.error();
  }
  const auto compacted = store.compact();
  return compacted.ok() ? Result<void>() : compacted.error();
}

}  // namespace

Outcome Torture::run() {
  try {
    if (const auto ran = run_laps(); !ran.ok()) sort_out(ran.error());
  } catch (const Error& error) {
    sort_out(error);
  }
  writers_.clear();
  outcome_.acts = ledger_.acknowledged();
  outcome_.large_saves = ledger_.large_saves();
  outcome_.is_interrupted = pace_.is_stopped();
  if (has_found()) scratch_.keep();
  return std::move(outcome_);
}

void Torture::sort_out(const Error& error) {
  if (pace_.is_stopped()) return;
  if (is_of_storage(error.code())) {
    outcome_.failure = error;
  } else {
    find(error.to_string(), scratch_.store());
  }
}

void Torture::find(std::string what, const std::string& file) {
  scratch_.keep();
  outcome_.findings.push_back({outcome_.rounds, std::move(what), file});
}

Result<void> Torture::run_laps() {
  STET_CHECK(make_store());
  do {
    pace_.begin_lap(outcome_.kills);
    while (!has_found() && pace_.wants_round(outcome_.kills)) STET_CHECK(run_round());
    if (!has_found() && pace_.goes_on(outcome_.kills)) STET_CHECK(damage_copy());
  } while (!has_found() && pace_.goes_on(outcome_.kills) && pace_.kills_left(outcome_.kills) > 0);
  return {};
}

Result<Store> Torture::open(bool read_only) {
  StoreOptions options;
  options.create = outcome_.rounds == 0 && !read_only;
  options.read_only = read_only;
  options.lock_wait.waiting = [this](const Progress&) {
    pace_.goes_on(outcome_.kills);
    return !pace_.is_stopped();
  };
  return Store::open("file:" + scratch_.store(), std::move(options));
}

Result<void> Torture::make_store() {
  STET_TRY(Store store, open(false));
  for (const char* name : kLists) {
    const auto saved = store.save(name, Value::empty_list());
    if (!saved.ok()) return saved.error();
  }
  return {};
}

Result<void> Torture::run_round() {
  ++outcome_.rounds;
  STET_CHECK(start_writers());
  while (!writers_.empty()) {
    STET_CHECK(kill_one());
    if (!writers_.empty() && !has_found()) STET_CHECK(glance());
  }
  return judge_round();
}

Result<void> Torture::start_writers() {
  const std::uint64_t wanted = is_alone_in(outcome_.rounds) ? 1 : kProcesses;
  const std::uint64_t count = std::min(wanted, pace_.kills_left(outcome_.kills));
  for (std::uint32_t process = 0; process < count; ++process) {
    STET_TRY(auto started,
             WriterProcess::start(scratch_.path(), {seed_, outcome_.rounds, process}));
    writers_.push_back(std::move(started));
  }
  return {};
}

Result<void> Torture::kill_one() {
  const auto victim = writers_.begin() + static_cast<std::ptrdiff_t>(random_() % writers_.size());
  if (goes_on_waiting()) wait_for_moment(**victim);
  (*victim)->kill([this](const Report& report) { ledger_.hear(report); });
  ++outcome_.kills;
  const auto failure = (*victim)->failure();
  writers_.erase(victim);
  if (!failure) return {};
  if (is_of_storage(failure->code())) return *failure;
  find("a writer failed: " + failure->message(), scratch_.store());
  return {};
}

// Half of the kills come at any moment, half within what takes long: a large save, a compaction.
void Torture::wait_for_moment(WriterProcess& process) {
  const bool within_long = random_() % 2 == 0;
  const std::uint64_t count = within_long ? 1 : random_() % kReportsBeforeAKill;
  const std::chrono::microseconds pause(random_() % (within_long ? kLongPauseUs : kPauseUs));
  std::uint64_t heard = 0;
  const auto hear = [&](const Report& report) {
    const bool is_long = is_large(report.deed) || report.deed.act == Act::compact;
    heard += !within_long || (is_long && !report.is_done);
    ledger_.hear(report);
  };
  bool goes_on = true;
  for (int polls = 0; polls < kPollsMax && heard < count && goes_on; ++polls) {
    pollfd pipe{process.pipe(), POLLIN, 0};
    ::poll(&pipe, 1, kPollMs);
    goes_on = process.listen(hear) && goes_on_waiting();
    listen();
  }
  std::this_thread::sleep_for(pause);
}

bool Torture::goes_on_waiting() {
  return pace_.goes_on(outcome_.kills) && pace_.has_time_for_rounds() && !has_found();
}

void Torture::listen() {
  for (const auto& writer : writers_) {
    writer->listen([this](const Report& report) { ledger_.hear(report); });
  }
}

Result<void> Torture::glance() {
  STET_TRY(Store store, open(true));
  listen();
  STET_TRY(const Problems problems, ledger_.glance(store, [this] { listen(); }));
  for (const std::string& problem : problems) find("beside writers, " + problem, scratch_.store());
  ++outcome_.glances;
  return {};
}

Result<void> Torture::judge_round() {
  const std::string before = scratch_ / kBefore;
  STET_CHECK(copy_file(scratch_.store(), before));
  const auto judge = [&]() -> Result<Problems> {
    STET_TRY(Store store, open(false));
    STET_TRY(Problems problems, ledger_.settle(store));
    STET_TRY(const VerifyReport report, store.verify());
    for (const auto& entry : report.damage) problems.push_back("verify: " + entry.damage.message);
    STET_CHECK(upkeep(store));
    return problems;
  };
  const auto judged = judge();
  if (!judged.ok() && (is_of_storage(judged.error().code()) || pace_.is_stopped())) {
    return judged.error();
  }
  const Problems problems = judged.ok() ? *judged : Problems{judged.error().to_string()};
  for (const std::string& problem : problems) {
    if (outcome_.findings.size() < kFindingsMax) find(problem, before);
  }
  return {};
}

// The store takes the next save, and stays small; what was set aside is counted.
Result<void> Torture::upkeep(Store& store) {
  const auto saved = store.save("judge", Value(outcome_.rounds));
  if (!saved.ok()) return saved.error();
  if (store.info().stored_bytes > kStoreBytesMax) STET_CHECK(drop_old_versions(store));
  if (ledger_.longest_list() > kListLengthMax) {
    for (const char* name : kLists) {
      const auto emptied = store.save(name, Value::empty_list());
      if (!emptied.ok()) return emptied.error();
    }
    ledger_.empty_lists();
  }
  STET_TRY(const auto names, files_.list_directory(scratch_.path()));
  for (const std::string& name : names) {
    if (name.find(".torn-") == std::string::npos) continue;
    ++outcome_.torn_ends;
    STET_CHECK(files_.remove(scratch_ / name));
  }
  return {};
}

Result<void> Torture::damage_copy() {
  STET_TRY(Victim victim, Victim::make(files_, scratch_.store(), scratch_ / "damaged.stet",
                                       first_token(outcome_.rounds + 1, 0)));
  const auto found = [&](const std::string& what) {
    const std::string kept = scratch_ / fmt::format("found-{}.stet", outcome_.findings.size() + 1);
    const auto copied = copy_file(victim.path(), kept);
    find(what, copied.ok() ? kept : victim.path());
  };
  const auto goes_on = [this] {
    return pace_.goes_on(outcome_.kills) && outcome_.findings.size() < kFindingsMax;
  };
  return DamageTrials(victim, random_, outcome_, goes_on, found).run();
}

}  // namespace stet::cli::torture
