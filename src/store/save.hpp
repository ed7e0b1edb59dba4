// Making versions: what save, set, patch, update, restore, copy and transactions share.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "store/attempt.hpp"
#include "store/core.hpp"
#include "store/until_done.hpp"

namespace stet {

// What a version holds, written to the attempt's sink.
struct Content {
  tree::Root root;
  std::optional<Source> source;
  std::optional<Value> value;  // that the root is of, where it is at hand
  std::optional<Id> parent;    // of a document that isn't there: where its history goes on
};

// What a version says besides its content; drawn once a logical change, kept over its attempts.
struct Draft {
  Nonce nonce{};
  std::int64_t time_ms = 0;
  std::string author;
  std::string message;
  std::map<std::string, std::string> labels;
};
// Errors: invalid (texts that are no UTF-8), too_large.
Result<Draft> draft_version(StoreCore& core, const SaveOptions& options);

// What came of one attempt at a version.
struct Change {
  Saved saved;
  Version version;             // of the head after it
  std::optional<Value> value;  // of that version, where it is at hand
};

// The document's root for `value`, costing only what differs from `base` or from the value last
// known, where the document still keeps one of them. Precondition: `name` is observed.
Result<tree::Root> write_value(StoreCore& core, Attempt& attempt, const std::string& name,
                               const Value& value, const std::optional<KnownVersion>& base);

// The head that an attempt starts from.
struct DocumentHead {
  Id id;
  Version version;
  std::optional<Value> value;  // where it is known without reading
};
// Nothing where there is no document. Precondition: `name` is observed.
Result<std::optional<DocumentHead>> document_head(StoreCore& core, const Attempt& attempt,
                                                  const std::string& name);

// Adds the version to the attempt; done says swap. Unchanged where the head holds that content and
// `keep_equal` is false.
Result<Change> add_version(StoreCore& core, Attempt& attempt, const std::string& name,
                           const std::optional<DocumentHead>& head, const Draft& draft,
                           Content content, bool keep_equal);

// Writes the content of one attempt; nothing: the attempt is lost already. `head` is absent where
// there is no document.
using MakeContent = std::function<Result<std::optional<Content>>(
    Attempt& attempt, const std::optional<DocumentHead>& head)>;

// One save in an attempt, on top of `head`.
Result<Step<Change>> add_save(StoreCore& core, Attempt& attempt, const std::string& name,
                              const std::optional<DocumentHead>& head, const Draft& draft,
                              const SaveOptions& options, const MakeContent& make);

// The whole way of a save: check, attempt until it is done, keep what is known then.
Result<Saved> save_with(StoreCore& core, const std::string& name, const SaveOptions& options,
                        const MakeContent& make, const ProgressCallback& progress = {});

// The same, with the version that is the head then.
Result<Change> change_with(StoreCore& core, const std::string& name, const SaveOptions& options,
                           const MakeContent& make, const ProgressCallback& progress = {},
                           Attempt::Observes observes = Attempt::Observes::now);

Result<Change> change_value(StoreCore& core, const std::string& name, const Value& value,
                            const SaveOptions& options,
                            const std::optional<KnownVersion>& base = std::nullopt,
                            const ProgressCallback& progress = {});
Result<Saved> save_value(StoreCore& core, const std::string& name, const Value& value,
                         const SaveOptions& options,
                         const std::optional<KnownVersion>& base = std::nullopt,
                         const ProgressCallback& progress = {});

// The root of a kept original; nothing where the options have none.
Result<std::optional<Source>> write_source(Attempt& attempt, const SaveOptions& options);

// Reads the backend's counters at its start; the difference is what a call cost.
class Meter {
 public:
  explicit Meter(StoreCore& core) : core_(core), before_(core.backend().counters()) {}
  Cost cost() const;

 private:
  StoreCore& core_;
  BackendCounters before_;
};

}  // namespace stet
