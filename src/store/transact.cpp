#include "store/transact.hpp"

#include <fmt/format.h>

#include "stet/store/spec.hpp"
#include "stet/store/transaction.hpp"
#include "store/keep.hpp"
#include "store/read.hpp"
#include "store/until_done.hpp"

namespace stet {

// One run of a transaction's body and what it made of the attempt.
class TransactionRun {
 public:
  TransactionRun(StoreCore& core, Attempt& attempt) : core_(core), attempt_(attempt) {}

  using Answer = std::vector<std::pair<std::string, Change>>;

  Result<Step<Answer>> run(const std::function<Result<void>(Transaction&)>& body,
                           const Draft& draft) {
    using Next = Step<Answer>::Next;
    Transaction transaction(core_, attempt_);
    const auto done = body(transaction);
    if (transaction.moved_) return Step<Answer>{Next::again};
    if (!done.ok()) return done.error();
    std::vector<std::string_view> names;
    for (const auto& [name, value] : transaction.pending_) names.push_back(name);
    STET_TRY(const bool steady, attempt_.observe_apart(names));
    if (!steady) return Step<Answer>{Next::again};
    Step<Answer> step{Next::stop};
    for (auto& [name, value] : transaction.pending_) {
      STET_TRY(const bool changes, add(name, value, draft, step.answer));
      if (changes) step.next = Next::swap;
    }
    return step;
  }

 private:
  // Whether the document changes.
  Result<bool> add(const std::string& name, const std::optional<Value>& value, const Draft& draft,
                   Answer& answer) {
    if (!value) {
      if (!attempt_.head(name).id) return false;  // made and removed by the body
      STET_CHECK(deny_while_held(core_, attempt_, name));
      STET_CHECK(attempt_.remove_document(name));
      return true;
    }
    Content content;
    content.value = *value;
    STET_TRY(content.root, write_value(core_, attempt_, name, *value, std::nullopt));
    STET_TRY(const auto head, document_head(core_, attempt_, name));
    STET_TRY(Change change,
             add_version(core_, attempt_, name, head, draft, std::move(content), false));
    const bool is_new = change.saved.outcome == Saved::Outcome::done;
    answer.emplace_back(name, std::move(change));
    return is_new;
  }

  StoreCore& core_;
  Attempt& attempt_;
};

namespace {
Error lost() { return {ErrorCode::conflict, "this run of the transaction is lost already"}; }
}  // namespace

Result<void> Transaction::observe(std::string_view name) {
  STET_CHECK(check_name(name));
  if (moved_) return lost();
  STET_TRY(const bool steady, attempt_->observe(name));
  if (steady) return {};
  moved_ = true;
  return Error(ErrorCode::conflict,
               "a document that was read has changed meanwhile: the transaction is run again")
      .in_document(name);
}

Result<std::optional<Id>> Transaction::head(std::string_view name) {
  STET_CHECK(observe(name));
  return attempt_->head(name).id;
}

Result<std::optional<Value>> Transaction::load(std::string_view name) {
  if (const auto own = pending_.find(name); own != pending_.end()) return own->second;
  STET_CHECK(observe(name));
  const std::optional<Id> id = attempt_->head(name).id;
  if (!id) return std::optional<Value>();
  STET_TRY(const Version version, kept_version(*core_, *id));
  STET_TRY(Value value, value_of_head(*core_, std::string(name), *id, version));
  return std::optional(std::move(value));
}

// What is there is looked at in the end, with all others that were only saved: one read for all.
Result<void> Transaction::save(std::string_view name, Value value) {
  STET_CHECK(check_name(name));
  if (moved_) return lost();
  pending_.insert_or_assign(std::string(name), std::move(value));
  return {};
}

Result<void> Transaction::set(std::string_view name, const Path& path, Value value) {
  STET_TRY(std::optional<Value> before, load(name));
  if (!before) return no_such_document(name);
  STET_TRY(Value after, std::move(*before).with(path, std::move(value)));
  return save(name, std::move(after));
}

Result<void> Transaction::remove(std::string_view name) {
  STET_TRY(const std::optional<Value> before, load(name));
  if (!before) return no_such_document(name);
  pending_.insert_or_assign(std::string(name), std::nullopt);
  return {};
}

Result<void> Transaction::expect(std::string_view name, const ExpectedHead& expected) {
  STET_TRY(const std::optional<Id> actual, head(name));
  if (actual == expected) return {};
  return Error(ErrorCode::conflict, fmt::format("the head of '{}' is {}, not {}", name,
                                                actual ? actual->short_form() : "absent",
                                                expected ? expected->short_form() : "absent"))
      .in_document(name);
}

Result<Transacted> run_transaction(StoreCore& core,
                                   const std::function<Result<void>(Transaction&)>& body,
                                   const SaveOptions& options) {
  STET_TRY(const Draft draft, draft_version(core, options));
  const Meter meter(core);
  using Answer = TransactionRun::Answer;
  STET_TRY(Answer changes, until_done<Answer>(core, [&](Attempt& attempt) {
             return TransactionRun(core, attempt).run(body, draft);
           }));
  Transacted transacted;
  for (auto& [name, change] : changes) {
    const Id id = *change.saved.id;
    if (change.saved.outcome == Saved::Outcome::done) transacted.heads.emplace(name, id);
    core.known().insert(name, {id, std::move(change.version), *change.value});
  }
  transacted.cost = meter.cost();
  return transacted;
}

}  // namespace stet
