// One logical change of the store through all its attempts: again after a lost race, and an answer
// also where the backend could not say whether a swap happened.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "store/attempt.hpp"

namespace stet {

// What a body makes of one attempt.
template <class Answer>
struct Step {
  enum class Next : std::uint8_t {
    stop,   // nothing is to be changed: this is the answer
    swap,   // this is the answer once the attempt's swap is done
    again,  // the attempt is lost already
  };
  Next next;
  Answer answer{};
};

// Swaps of one change that may have no known outcome before the store counts as unable to say.
inline constexpr std::size_t kUnknownAttemptsMax = 5;

// Waits between attempts that lost a race, and bounds their number.
class LostRaces {
 public:
  explicit LostRaces(StoreCore& core) : core_(core) {}
  Result<void> lost_one();  // errors: unavailable, after very many

 private:
  StoreCore& core_;
  std::uint32_t lost_ = 0;
};

Error may_have_happened(const Error& cause);

template <class Answer>
using Body = std::function<Result<Step<Answer>>(Attempt&)>;

// How one attempt ended.
struct AttemptEnd {
  enum class Kind : std::uint8_t { done, lost, unknown };
  Kind kind;
  std::optional<Error> cause{};  // of unknown
};

// Any error means that nothing has changed.
template <class Answer>
Result<AttemptEnd> try_once(Attempt& attempt, const Body<Answer>& body, Answer& answer) {
  using Next = typename Step<Answer>::Next;
  auto step = body(attempt);
  if (!step.ok() && step.error().code() == ErrorCode::cancelled) return step.error();
  const bool rests_on_look = !step.ok() || step->next == Next::stop;
  if (rests_on_look && (attempt.may_be_late() || (!step.ok() && may_be_swept(step.error())))) {
    const auto overtaken = attempt.is_overtaken();
    if (overtaken.ok() && *overtaken) return AttemptEnd{AttemptEnd::Kind::lost};
    if (!overtaken.ok() && attempt.may_be_late()) return overtaken.error();
  }
  if (!step.ok()) return step.error();
  answer = std::move(step->answer);
  if (step->next == Next::stop) return AttemptEnd{AttemptEnd::Kind::done};
  if (step->next == Next::again) return AttemptEnd{AttemptEnd::Kind::lost};
  const auto swapped = attempt.swap();
  if (swapped.ok()) {
    const bool is_done = *swapped == Attempt::Outcome::done;
    return AttemptEnd{is_done ? AttemptEnd::Kind::done : AttemptEnd::Kind::lost};
  }
  if (swapped.error().code() != ErrorCode::outcome_unknown) return swapped.error();
  return AttemptEnd{AttemptEnd::Kind::unknown, swapped.error()};
}

// Runs `body` on an attempt. Nothing: it lost its race, and nothing has changed. A swap whose
// outcome is unknown is looked for in the store before the next attempt, so that nothing is done
// twice; from then on lost races are tried again here. So the body may run many times, and keeps
// the nonce and the time of its versions. What is observed as it was seen last is so only once.
template <class Answer>
Result<std::optional<Answer>> done_or_lost(StoreCore& core, const Body<Answer>& body,
                                           Attempt::Observes observes = Attempt::Observes::now) {
  using Observes = Attempt::Observes;
  if (observes == Observes::last_seen && !core.last_look().is_likely()) observes = Observes::now;
  LostRaces races(core);
  std::vector<std::pair<Attempt, Answer>> unknown;  // that may still turn out to have happened
  std::optional<Error> last_unknown;
  while (true) {
    for (auto& [attempt, answer] : unknown) {
      const auto landed = attempt.has_landed();
      if (!landed.ok()) return may_have_happened(landed.error());
      if (*landed) return std::optional(std::move(answer));
    }
    if (unknown.size() == kUnknownAttemptsMax) return *last_unknown;
    Attempt attempt(core, std::exchange(observes, Observes::now));
    Answer answer{};
    auto ending = try_once(attempt, body, answer);
    if (!ending.ok()) return unknown.empty() ? ending.error() : may_have_happened(ending.error());
    switch (ending->kind) {
      case AttemptEnd::Kind::done:
        return std::optional(std::move(answer));
      case AttemptEnd::Kind::lost:
        if (attempt.may_be_late()) {
          core.last_look().was_old();
          break;
        }
        if (unknown.empty()) return std::optional<Answer>();
        STET_CHECK(races.lost_one());
        break;
      case AttemptEnd::Kind::unknown:
        last_unknown = std::move(ending->cause);
        unknown.emplace_back(std::move(attempt), std::move(answer));
        break;
    }
  }
}

// The same, again until it is done, or the body stops or fails.
template <class Answer>
Result<Answer> until_done(StoreCore& core, const Body<Answer>& body,
                          Attempt::Observes observes = Attempt::Observes::now) {
  LostRaces races(core);
  while (true) {
    STET_TRY(std::optional<Answer> answer, done_or_lost<Answer>(core, body, observes));
    if (answer) return *std::move(answer);
    STET_CHECK(races.lost_one());
  }
}

}  // namespace stet
