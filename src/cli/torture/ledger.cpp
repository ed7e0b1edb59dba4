#include "cli/torture/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace stet::cli::torture {

namespace {

// The first is enough to look for the cause by; thousands may follow it.
constexpr std::size_t kProblemsAList = 3;

bool is_of_own(Act act) { return act == Act::save || act == Act::restore || act == Act::remove; }

std::string number_text(std::uint64_t number) {
  return number == 0 ? "absent" : "at " + token_text(number);
}

}  // namespace

void Ledger::hear(const Report& report) {
  const Deed& deed = report.deed;
  if (report.is_done) {
    ++acknowledged_[static_cast<std::size_t>(deed.act)];
    large_saves_ += is_large(deed);
  }
  if (deed.act == Act::append) note(deed.target, report);
  if (deed.act == Act::transact) {
    note(kLeft, report);
    note(kRight, report);
  }
  if (!is_of_own(deed.act)) return;
  OwnState& own = owns_[deed.writer][deed.target];
  if (report.is_done) {
    own = {deed.number, std::nullopt};
  } else {
    own.begun = deed.number;
  }
}

void Ledger::note(std::size_t list, const Report& report) {
  lists_[list].begun.insert(report.deed.token);
  if (report.is_done) lists_[list].promised.insert(report.deed.token);
}

Result<Problems> Ledger::settle(Store& store) {
  Problems problems;
  for (std::size_t list = 0; list < kLists.size(); ++list) {
    STET_TRY(Tokens shown, read_list(store, list));
    judge(shown, list, lists_[list], lists_[list].promised, problems);
    lists_[list] = {std::move(shown), {}, {}};
  }
  judge_pair(lists_[kLeft].settled, lists_[kRight].settled, problems);
  for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
    for (std::size_t own = 0; own < kOwns; ++own) {
      STET_TRY(const Problems found, settle_own(store, writer, static_cast<Own>(own)));
      problems.insert(problems.end(), found.begin(), found.end());
    }
  }
  return problems;
}

Result<Problems> Ledger::glance(Store& store, const std::function<void()>& listen) {
  Problems problems;
  for (std::size_t list = 0; list < kLists.size(); ++list) {
    List& known = lists_[list];
    const std::set<std::uint64_t> promised = known.promised;
    STET_TRY(const Tokens shown, read_list(store, list));
    listen();
    judge(shown, list, known, promised, problems);
    const std::size_t settled = std::min(shown.size(), known.settled.size());
    known.promised.insert(shown.begin() + static_cast<std::ptrdiff_t>(settled), shown.end());
  }
  return problems;
}

void Ledger::empty_lists() {
  for (List& list : lists_) list = {};
}

std::uint64_t Ledger::longest_list() const {
  std::size_t longest = 0;
  for (const List& list : lists_) longest = std::max(longest, list.settled.size());
  return longest;
}

Result<Ledger::Tokens> Ledger::read_list(Store& store, std::size_t list) {
  STET_TRY(const Value value, store.load(kLists[list]));
  return tokens_in(value);
}

void Ledger::judge(const Tokens& shown, std::size_t list, const List& known,
                   const std::set<std::uint64_t>& promised, Problems& problems) {
  std::size_t count = 0;
  const auto complain = [&](std::string_view what, std::uint64_t token) {
    if (++count <= kProblemsAList) {
      problems.push_back(fmt::format("{}: {} {}", kLists[list], token_text(token), what));
    }
  };
  const Tokens& settled = known.settled;
  const auto [kept, lost] =
      std::mismatch(shown.begin(), shown.end(), settled.begin(), settled.end());
  if (lost != settled.end()) complain("was there before and isn't now", *lost);
  std::set<std::uint64_t> found;
  std::map<std::uint64_t, std::uint64_t> last;  // token of each series
  for (auto token = kept; token != shown.end(); ++token) {
    if (!known.begun.contains(*token)) complain("was never begun, and is there", *token);
    if (!found.insert(*token).second) complain("is there twice", *token);
    std::uint64_t& before = last[series_of(*token)];
    if (before > *token) complain("came after one that was done before it began", before);
    before = std::max(before, *token);
  }
  for (const std::uint64_t token : promised) {
    if (!found.contains(token)) complain("was acknowledged, or shown, and is lost", token);
  }
}

Result<Problems> Ledger::settle_own(Store& store, std::uint32_t writer, Own own) {
  OwnState& known = owns_[writer][static_cast<std::size_t>(own)];
  const std::string name = own_name(writer, own);
  const auto content = store.load(name);
  if (!content.ok() && content.error().code() != ErrorCode::not_found) return content.error();
  const std::uint64_t shown = content.ok() ? number_in(*content) : 0;
  Problems problems;
  if (shown != known.number && shown != known.begun) {
    problems.push_back(fmt::format("{} is {}, but the last that was acknowledged left it {}", name,
                                   number_text(shown), number_text(known.number)));
  }
  if (content.ok() && *content != own_content(own, shown)) {
    problems.push_back(fmt::format("{} holds what nobody saved", name));
  }
  known = {shown, std::nullopt};
  return problems;
}

void judge_pair(const std::vector<std::uint64_t>& left, const std::vector<std::uint64_t>& right,
                Problems& problems) {
  if (left == right) return;
  const auto [one, other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  const std::uint64_t token = one != left.end() ? *one : *other;
  problems.push_back(fmt::format("{} and {} differ from {} on: a transaction was done by half",
                                 kLists[kLeft], kLists[kRight], token_text(token)));
}

Result<std::vector<std::uint64_t>> tokens_in(const Value& list) {
  std::vector<std::uint64_t> tokens;
  if (!list.is_list()) return Error(ErrorCode::corrupt, "a list of tokens is no list any more");
  for (const ValueRef& item : list.items()) {
    const auto token = item.to_int64();
    if (!token) return Error(ErrorCode::corrupt, "a list of tokens holds something else");
    tokens.push_back(static_cast<std::uint64_t>(*token));
  }
  return tokens;
}

}  // namespace stet::cli::torture
