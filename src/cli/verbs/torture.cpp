// torture, and the writers that it starts to kill them.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>

#include <array>
#include <filesystem>

#include "cli/flush_probe.hpp"
#include "cli/interrupt.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/torture/torture.hpp"
#include "cli/torture/trial.hpp"
#include "cli/torture/writer.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

using torture::Trial;

constexpr std::uint64_t kKills = 100;
constexpr std::uint64_t kSeconds = 30;
constexpr std::size_t kFlushes = 100;
// More than the scratch store, its copies and a compaction take at any moment.
constexpr std::uint64_t kRoomBytes = 512'000'000;

std::uint64_t drawn_seed() {
  std::array<std::uint8_t, 4> drawn{};
  system_random()->fill(drawn);
  std::uint64_t seed = 0;
  for (const std::uint8_t byte : drawn) seed = seed << 8 | byte;
  return seed;
}

// Where the store lies, or would lie: a symbolic link may lead to another disk.
std::string place_of_store(Session& session) {
  const std::string& url = session.store_url();
  if (!url.starts_with("file:") || url == "file:") {
    refuse(fmt::format("torture tries a disk, and {} is on none: --store file:PATH says which",
                       url == "file:" ? "this store" : "'" + url + "'"));
  }
  const std::string path = url.substr(5);
  const auto real = session.files().real_path(path);
  return real.ok() ? *real : path;
}

void require_room(const std::string& folder) {
  std::error_code failed;
  const auto room = std::filesystem::space(folder, failed);
  if (failed || room.available >= kRoomBytes) return;
  throw Error(ErrorCode::no_space,
              fmt::format("{} are free, and torture may need {}: free some space, or name a store "
                          "on another disk",
                          size_text(room.available), size_text(kRoomBytes)))
      .at_path(folder);
}

torture::Limits limits_from(const Arguments& arguments) {
  torture::Limits limits{arguments.number("--kills"), arguments.number("--seconds")};
  if (!limits.kills && !limits.seconds) limits = {kKills, kSeconds};
  return limits;
}

Trial try_disk(Session& session, const Arguments& arguments) {
  const std::string path = place_of_store(session);
  require_room(os::parent_directory(path));
  const auto scratch = torture::Scratch::make(session.files(), path).value();
  Trial trial;
  trial.scratch = scratch->path();
  trial.seed = arguments.number("--seed").value_or(drawn_seed());
  trial.file_system = session.files().file_system_kind(scratch->path()).value();
  trial.flush_ns =
      measure_flushes(session.files(), session.clock(), *scratch / "flushes.tmp", kFlushes)
          .value()[kFlushes / 2];
  torture::Pace pace(session.clock(), limits_from(arguments), session.messages().progress());
  trial.outcome = torture::Torture(session.files(), *scratch, pace, trial.seed).run();
  trial.elapsed_ns = pace.elapsed_ns();
  trial.is_kept = scratch->is_kept();
  return trial;
}

Exit run_torture(Session& session, const Arguments& arguments) {
  const InterruptGuard guard;  // the scratch folder goes, whatever happens
  const Trial trial = try_disk(session, arguments);
  if (session.json()) {
    session.out().json_line(torture::trial_value(trial));
  } else {
    torture::print_trial(session.out(), trial);
  }
  if (!trial.outcome.findings.empty()) return Exit::no;
  if (trial.outcome.failure) throw Failure(Exit::storage, *trial.outcome.failure);
  return Exit::done;
}

Exit run_writer(Session& session, const Arguments& arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string folder = arguments.text("FOLDER");
  const auto in_use = torture::is_in_use(session.files(), folder);
  if (!in_use.ok() || !*in_use) {
    refuse(fmt::format("'{}' is no scratch folder of a torture that runs: see stet help torture",
                       folder));
  }
  torture::WriterPlan plan;
  plan.process = static_cast<std::uint32_t>(arguments.number("PROCESS").value_or(0));
  plan.round = arguments.number("ROUND").value_or(0);
  plan.seed = arguments.number("SEED").value_or(0);
  if (plan.process >= torture::kProcesses) refuse("no such process");
  Store store = session.open("file:" + folder + "/store.stet", Access::change);
  throw torture::write_until_killed(store, plan);
}

}  // namespace

Verb torture_verb() {
  return {"torture",
          "kill, cut and corrupt a scratch store on this disk",
          "In a folder of its own beside your store, which is not touched: several processes save "
          "at once and are killed at random moments; copies are cut off and damaged. Whatever was "
          "acknowledged must be there, once and whole, and no damage may be silent. Ends with a "
          "table and 0, or with 1 when something was found; then the folder is kept and named. "
          "Without options 100 kills, and no more than half a minute.",
          {},
          {{"--kills", "", "N", "kill so many processes, however long it takes", Names::text},
           {"--seconds", "", "S", "stop after so many seconds", Names::text},
           {"--seed", "", "N",
            "draw as the run did that named this seed; moments differ all the same", Names::text}},
          {{"stet torture", "about this disk, in half a minute"},
           {"stet torture --seconds 3600 --store file:/mnt/disk/any.stet",
            "about another, for an hour; there need be no store"}},
          run_torture};
}

Verb torture_writer_verb() {
  const auto one = Positional::Count::one;
  return {torture::kWriterVerb,
          "what 'stet torture' starts and kills",
          "Refuses to work outside of the scratch folder of a torture that runs.",
          {{"FOLDER", "the scratch folder", one, Names::file},
           {"PROCESS", "which of them", one, Names::text},
           {"ROUND", "of how many", one, Names::text},
           {"SEED", "what it draws by", one, Names::text}},
          {},
          {{"stet torture", ""}},
          run_writer};
}

}  // namespace stet::cli
