#include "cli/torture/trial.hpp"

#include <fmt/format.h>

#include "cli/help.hpp"
#include "cli/text.hpp"

namespace stet::cli::torture {

namespace {

constexpr std::size_t kWidth = 80;
constexpr const char* kLimits =
    "A kill doesn't cut the power. That a save is on the device when it is acknowledged, Stet's "
    "tests show on a simulated disk; whether this disk keeps what it was told to flush, only "
    "pulling its plug would show. docs/durability.md has both.";

std::uint64_t acts(const Outcome& outcome, Act act) {
  return outcome.acts[static_cast<std::size_t>(act)];
}

std::uint64_t saves(const Outcome& outcome) {
  return acts(outcome, Act::append) + acts(outcome, Act::transact) + acts(outcome, Act::save) +
         acts(outcome, Act::restore) + acts(outcome, Act::remove);
}

Value findings_value(const Trial& trial) {
  Value findings = Value::empty_list();
  for (const Finding& finding : trial.outcome.findings) {
    findings = findings.append(Value::map({{"seed", Value(trial.seed)},
                                           {"round", Value(finding.round)},
                                           {"what", Value(printable(finding.what))},
                                           {"file", Value(printable(finding.file))}}));
  }
  return findings;
}

void add_work(Table& table, const Outcome& outcome) {
  table.row({"kills", fmt::format("{} in {}, the others' saves read beside them {}", outcome.kills,
                                  count_text(outcome.rounds, "round"),
                                  count_text(outcome.glances, "time"))});
  table.row({"saves", fmt::format("{} acknowledged, of them {}, {}, {}, {}", saves(outcome),
                                  count_text(acts(outcome, Act::transact), "transaction"),
                                  count_text(outcome.large_saves, "large document"),
                                  count_text(acts(outcome, Act::restore), "restore"),
                                  count_text(acts(outcome, Act::remove), "removal"))});
  table.row({"beside them", fmt::format("{}, {}", count_text(acts(outcome, Act::prune), "prune"),
                                        count_text(acts(outcome, Act::compact), "compaction"))});
  table.row({"recoveries", fmt::format("{}, {} set aside", outcome.rounds,
                                       count_text(outcome.torn_ends, "torn end"))});
  table.row({"cuts", std::to_string(outcome.cuts)});
  table.row({"damage", fmt::format("{} flipped bits, and zeroed, swapped and scribbled bytes",
                                   outcome.damages)});
  table.row({"", fmt::format("{} refused by name, {} unharmed, {} older and said so",
                             outcome.refused, outcome.the_same, outcome.older_and_said_so)});
}

std::string conclusion(const Outcome& outcome) {
  if (!outcome.findings.empty()) return count_text(outcome.findings.size(), "finding");
  if (outcome.failure) return "nothing, until the storage failed";
  return "nothing: all that was acknowledged is there, once and whole, and no damage was silent";
}

}  // namespace

Value trial_value(const Trial& trial) {
  const Outcome& outcome = trial.outcome;
  return Value::map({{"ok", Value(outcome.findings.empty() && !outcome.failure)},
                     {"seed", Value(trial.seed)},
                     {"file_system", Value(trial.file_system)},
                     {"flush_ns", Value(trial.flush_ns)},
                     {"elapsed_ms", Value(trial.elapsed_ns / 1'000'000)},
                     {"interrupted", Value(outcome.is_interrupted)},
                     {"kills", Value(outcome.kills)},
                     {"recoveries", Value(outcome.rounds)},
                     {"readings", Value(outcome.glances)},
                     {"torn_ends", Value(outcome.torn_ends)},
                     {"saves", Value(saves(outcome))},
                     {"transactions", Value(acts(outcome, Act::transact))},
                     {"large_saves", Value(outcome.large_saves)},
                     {"restores", Value(acts(outcome, Act::restore))},
                     {"removals", Value(acts(outcome, Act::remove))},
                     {"prunes", Value(acts(outcome, Act::prune))},
                     {"compactions", Value(acts(outcome, Act::compact))},
                     {"cuts", Value(outcome.cuts)},
                     {"damages", Value(outcome.damages)},
                     {"refused", Value(outcome.refused)},
                     {"unharmed", Value(outcome.the_same)},
                     {"older", Value(outcome.older_and_said_so)},
                     {"findings", findings_value(trial)},
                     {"not_shown", Value(kLimits)}});
}

void print_trial(Output& out, const Trial& trial) {
  Table table;
  table.row({"scratch", printable(trial.scratch) + (trial.is_kept ? ", kept" : ", removed")});
  table.row({"file system", trial.file_system});
  table.row({"flush", duration_text(trial.flush_ns)});
  table.row({"seed", std::to_string(trial.seed)});
  table.row({"time", duration_text(trial.elapsed_ns)});
  add_work(table, trial.outcome);
  const bool is_good = trial.outcome.findings.empty() && !trial.outcome.failure;
  table.row({"found", out.paint(is_good ? Colour::green : Colour::red, conclusion(trial.outcome))});
  out.write(table.to_string());
  for (const Finding& finding : trial.outcome.findings) {
    out.line(out.paint(Colour::red, fmt::format("found: {} (seed {}, round {}, kept in {})",
                                                printable(finding.what), trial.seed, finding.round,
                                                printable(finding.file))));
  }
  if (trial.outcome.is_interrupted) out.line("stopped early: this is what was done until then");
  out.line(out.paint(Colour::faint, wrapped(kLimits, kWidth, 0)));
}

}  // namespace stet::cli::torture
