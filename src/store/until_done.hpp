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

// Runs `body` on fresh attempts until one is swapped in, or the body stops or fails. The body may
// run many times, and keeps the nonce and the time of its versions. A swap whose outcome is unknown
// is looked for in the store before the next attempt, so that nothing is done twice.
template <class Answer>
Result<Answer> until_done(StoreCore& core,
                          const std::function<Result<Step<Answer>>(Attempt&)>& body) {
  using Next = typename Step<Answer>::Next;
  LostRaces races(core);
  std::vector<std::pair<Attempt, Answer>> unknown;  // that may still turn out to have happened
  std::optional<Error> last_unknown;
  while (true) {
    for (auto& [attempt, answer] : unknown) {
      const auto landed = attempt.has_landed();
      if (!landed.ok()) return may_have_happened(landed.error());
      if (*landed) return std::move(answer);
    }
    if (unknown.size() == kUnknownAttemptsMax) return *last_unknown;
    Attempt attempt(core);
    auto step = body(attempt);
    if (!step.ok() && may_be_swept(step.error())) {
      const auto overtaken = attempt.is_overtaken();
      if (overtaken.ok() && *overtaken) {
        STET_CHECK(races.lost_one());
        continue;
      }
    }
    if (!step.ok()) return unknown.empty() ? step.error() : may_have_happened(step.error());
    if (step->next == Next::stop) return std::move(step->answer);
    if (step->next == Next::again) {
      STET_CHECK(races.lost_one());
      continue;
    }
    const auto swapped = attempt.swap();
    if (swapped.ok() && *swapped == Attempt::Outcome::done) return std::move(step->answer);
    if (swapped.ok()) {
      STET_CHECK(races.lost_one());
    } else if (swapped.error().code() == ErrorCode::outcome_unknown) {
      last_unknown = swapped.error();
      unknown.emplace_back(std::move(attempt), std::move(step->answer));
    } else {
      return unknown.empty() ? swapped.error() : may_have_happened(swapped.error());
    }
  }
}

}  // namespace stet
