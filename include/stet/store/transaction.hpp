// Transaction: a change of several documents, all or none. Made by Store::transact, which runs the
// body again after a lost race: a body has no effects but through its Transaction.
//
// Thread rule: one thread at a time. Valid while the body runs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "stet/store/options.hpp"
#include "stet/store/report.hpp"

namespace stet {

class StoreCore;
class Attempt;
class TransactionRun;

class Transaction {
 public:
  // What the document is in this transaction, its own changes included; nothing where there is
  // none. All reads are of one snapshot, and the swap at the end asserts each. Errors also:
  // conflict, when something read has moved; return it, and the body is run again. Each first read
  // of a document looks at those read before too, so reading n of them costs n²; saving costs n.
  Result<std::optional<Value>> load(std::string_view name);
  Result<std::optional<Id>> head(std::string_view name);

  Result<void> save(std::string_view name, Value value);
  // Errors: not_found (no such document), and as Value::with.
  Result<void> set(std::string_view name, const Path& path, Value value);
  Result<void> remove(std::string_view name);  // errors: not_found
  // Errors: conflict, when the head is another.
  Result<void> expect(std::string_view name, const ExpectedHead& head);

 private:
  friend class TransactionRun;
  Transaction(StoreCore& core, Attempt& attempt) : core_(&core), attempt_(&attempt) {}
  Result<void> observe(std::string_view name);

  StoreCore* core_;
  Attempt* attempt_;
  std::map<std::string, std::optional<Value>, std::less<>> pending_;  // nothing: removed
  bool moved_ = false;  // a document that was read has changed: this run is lost
};

}  // namespace stet
