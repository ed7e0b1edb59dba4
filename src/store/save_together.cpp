#include "store/save_together.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <new>
#include <set>

namespace stet {

namespace {

// Errors that every other save would wait for just so, one after the other.
bool concerns_the_store(const Error& error) {
  switch (error.code()) {
    case ErrorCode::locked:
    case ErrorCode::unavailable:
    case ErrorCode::timed_out:
    case ErrorCode::outcome_unknown:
    case ErrorCode::cancelled:
      return true;
    default:
      return false;
  }
}

const Error& no_memory() {
  static const Error error(ErrorCode::unavailable,
                           "memory ran out: nothing was saved; try again when there is more");
  return error;
}

const Error& no_answer() {
  static const Error error(ErrorCode::outcome_unknown,
                           "an exception ended the save, and it may or may not have happened: look "
                           "at the log before doing it again");
  return error;
}

// The exception that is being handled, as an error; of a save that hasn't happened.
Error error_of_exception() noexcept {
  try {
    try {
      throw;
    } catch (const std::bad_alloc&) {
      return no_memory();
    } catch (const std::exception& exception) {
      return {ErrorCode::internal,
              fmt::format("an exception ended the save: {}", exception.what())};
    } catch (...) {
      return {ErrorCode::internal, "an exception of an unknown type ended the save"};
    }
  } catch (...) {
    return no_memory();
  }
}

// One attempt at all of them, as far as each can be made.
class JointAttempt {
 public:
  using Calls = std::span<SaveCall* const>;
  struct Answer {
    std::vector<std::optional<Saved>> saved;  // of each call; nothing: it has to be tried alone
    std::map<std::string_view, DocumentHead> heads;  // made or found; with their values
  };

  JointAttempt(StoreCore& core, Attempt& attempt, Calls calls)
      : core_(core), attempt_(attempt), calls_(calls) {}

  Result<Step<Answer>> run() {
    using Next = Step<Answer>::Next;
    std::vector<std::string_view> names;
    for (const SaveCall* const call : calls_) names.push_back(call->name);
    STET_TRY(const bool steady, attempt_.observe_all(names));
    if (!steady) return Step<Answer>{Next::again};
    Step<Answer> step{Next::stop, {std::vector<std::optional<Saved>>(calls_.size()), {}}};
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (failed_.contains(calls_[i]->name)) continue;
      auto saved = add(*calls_[i], step.answer.heads);
      if (!saved.ok() && (calls_.size() == 1 || concerns_the_store(saved.error()))) {
        return saved.error();
      }
      if (!saved.ok()) {
        failed_.insert(calls_[i]->name);
        continue;
      }
      if (saved->outcome == Saved::Outcome::done) step.next = Next::swap;
      step.answer.saved[i] = *std::move(saved);
    }
    return step;
  }

 private:
  // On top of what this attempt has made of the document, else of its head.
  Result<Saved> add(const SaveCall& call, std::map<std::string_view, DocumentHead>& heads) {
    const auto made = heads.find(call.name);
    const bool is_made = made != heads.end();
    std::optional<DocumentHead> head;
    if (is_made) {
      head = made->second;
    } else {
      STET_TRY(head, document_head(core_, attempt_, call.name));
    }
    const auto make =
        [&](Attempt& attempt,
            const std::optional<DocumentHead>& before) -> Result<std::optional<Content>> {
      Content content;
      if (is_made) {
        WrittenChunks written = attempt.written();
        STET_TRY(content.root, tree::write_edit(*before->value, before->version.root, call.value,
                                                written, attempt.sink()));
      } else {
        STET_TRY(content.root, write_value(core_, attempt, call.name, call.value, std::nullopt));
      }
      STET_TRY(content.source, write_source(attempt, call.options));
      content.value = call.value;
      return std::optional(std::move(content));
    };
    STET_TRY(auto step, add_save(core_, attempt_, call.name, head, call.draft, call.options, make));
    Change& change = step.answer;
    if (change.value) {
      heads.insert_or_assign(call.name, DocumentHead{*change.saved.id, std::move(change.version),
                                                     std::move(change.value)});
    }
    return change.saved;
  }

  StoreCore& core_;
  Attempt& attempt_;
  const Calls calls_;
  std::set<std::string_view> failed_;  // documents whose further saves wait for one that is alone
};

class JointSave {
 public:
  using Calls = JointAttempt::Calls;
  using Answer = JointAttempt::Answer;

  explicit JointSave(StoreCore& core) : core_(core), meter_(core) {}

  void run(Calls calls) noexcept {
    may_have_swapped_ = false;
    try {
      attempt(calls);
    } catch (...) {
      // What was thrown before a swap has changed nothing, and may concern one of them only.
      if (may_have_swapped_) return answer_all(calls, no_answer());
      if (calls.size() > 1) return halves(calls);
      answer_all(calls, error_of_exception());
    }
  }

 private:
  void attempt(Calls calls) {
    const Body<Answer> body = [&](Attempt& attempt) -> Result<Step<Answer>> {
      STET_TRY(auto step, JointAttempt(core_, attempt, calls).run());
      if (step.next == Step<Answer>::Next::swap) {
        STET_CHECK(attempt.flush());  // the swap itself needs nothing more
        may_have_swapped_ = true;
      }
      return step;
    };
    if (calls.size() == 1) {
      auto answer = until_done<Answer>(core_, body, Attempt::Observes::last_seen);
      return answer.ok() ? take(calls, *std::move(answer)) : answer_all(calls, answer.error());
    }
    auto answer = done_or_lost<Answer>(core_, body, Attempt::Observes::last_seen);
    if (!answer.ok() && concerns_the_store(answer.error()))
      return answer_all(calls, answer.error());
    // One of them may be at fault, or what another writer was faster at.
    if (!answer.ok() || !*answer) return halves(calls);
    take(calls, **std::move(answer));
    for (SaveCall* const& call : calls) {
      if (!call->answer) run({&call, 1});
    }
  }

  void halves(Calls calls) noexcept {
    run(calls.first(calls.size() / 2));
    run(calls.subspan(calls.size() / 2));
  }

  void answer_all(Calls calls, const Error& error) const noexcept {
    for (SaveCall* const call : calls) {
      try {
        call->answer = located(Result<Saved>(error), core_, call->name);
      } catch (...) {
        call->answer = error;
      }
    }
  }

  void take(Calls calls, Answer answer) noexcept {
    const Cost cost = meter_.cost();
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!answer.saved[i]) continue;
      answer.saved[i]->cost = cost;
      calls[i]->answer = *std::move(answer.saved[i]);
    }
    try {
      for (auto& [name, head] : answer.heads) {
        core_.known().insert(std::string(name), {head.id, std::move(head.version), *head.value});
      }
    } catch (...) {
      return;  // it is only known to save work
    }
  }

  StoreCore& core_;
  const Meter meter_;
  bool may_have_swapped_ = false;
};

}  // namespace

void prepare_answers() {
  no_memory();
  no_answer();
}

void save_together(StoreCore& core, std::span<SaveCall* const> calls) noexcept {
  JointSave(core).run(calls);
}

}  // namespace stet
