// What decides how long things stay: remove, pins and holds.
#include "store/keep.hpp"

#include <fmt/format.h>

#include "store/ref_names.hpp"
#include "store/resolve.hpp"
#include "store/store_calls.hpp"
#include "store/until_done.hpp"

namespace stet {

namespace {

struct Nothing {};
using NoAnswer = Step<Nothing>;

Result<void> change_until_done(StoreCore& core,
                               const std::function<Result<NoAnswer>(Attempt&)>& body) {
  STET_TRY([[maybe_unused]] const Nothing nothing, until_done<Nothing>(core, body));
  return {};
}

Result<std::optional<RefValue>> read_ref(StoreCore& core, const std::string& name) {
  STET_TRY(auto values, core.backend().read(std::span(&name, 1)));
  return std::move(values.front());
}

// A label is a name without '/'-parts of its own, so the same rules hold.
Result<void> check_label(std::string_view label) {
  if (auto checked = check_name(label); !checked.ok()) {
    return Error(ErrorCode::invalid, fmt::format("as a label, {}", checked.error().message()));
  }
  return {};
}

// Sets a ref beside the documents, or deletes it.
Result<NoAnswer> set_ref(StoreCore& core, Attempt& attempt, const std::string& ref,
                         std::optional<RefValue> next) {
  STET_TRY(std::optional<RefValue> before, read_ref(core, ref));
  if (before == next) return NoAnswer{NoAnswer::Next::stop};
  attempt.change({.name = ref, .expected = std::move(before), .next = std::move(next)});
  return NoAnswer{NoAnswer::Next::swap};
}

}  // namespace

Result<void> deny_while_held(StoreCore& core, Attempt& attempt, const std::string& name) {
  const std::string ref = refs::hold(name);
  STET_TRY(const auto reason, read_ref(core, ref));
  if (reason) {
    return Error(ErrorCode::denied,
                 fmt::format("'{}' is held ({}): release it first", name, as_text(*reason)))
        .in_document(name);
  }
  attempt.change({.name = ref, .expected = {}, .next = {}, .assert_only = true});
  return {};
}

Result<void> remove_document(StoreCore& core, const std::string& name) {
  STET_CHECK(check_name(name));
  return change_until_done(core, [&](Attempt& attempt) -> Result<NoAnswer> {
    STET_TRY(const bool steady, attempt.observe(name));
    if (!steady) return NoAnswer{NoAnswer::Next::again};
    if (!attempt.head(name).id) return no_such_document(name);
    STET_CHECK(deny_while_held(core, attempt, name));
    STET_CHECK(attempt.remove_document(name));
    return NoAnswer{NoAnswer::Next::swap};
  });
}

Result<void> pin_version(StoreCore& core, std::string_view label, std::string_view text) {
  STET_CHECK(check_label(label));
  STET_TRY(const Spec spec, Spec::parse(text));
  return change_until_done(core, [&](Attempt& attempt) -> Result<NoAnswer> {
    STET_TRY(const bool steady, attempt.observe(spec.name));
    if (!steady) return NoAnswer{NoAnswer::Next::again};
    STET_TRY(const Resolved found, resolve(core, spec, attempt.head(spec.name)));
    if (found.thin) return content_was_pruned(found.id).in_document(spec.name);
    if (found.found_by && found.found_by->name != refs::pin(label)) {
      attempt.change({.name = found.found_by->name,
                      .expected = found.found_by->value,
                      .next = {},
                      .assert_only = true});
    }
    return set_ref(core, attempt, refs::pin(label), refs::value_of(refs::Pin{found.id, spec.name}));
  });
}

Result<void> unpin_version(StoreCore& core, std::string_view label) {
  STET_CHECK(check_label(label));
  return change_until_done(core, [&](Attempt& attempt) -> Result<NoAnswer> {
    const std::string ref = refs::pin(label);
    STET_TRY(const auto pinned, read_ref(core, ref));
    if (!pinned) return Error(ErrorCode::not_found, fmt::format("there is no pin '{}'", label));
    STET_CHECK(attempt.observe_epoch());
    return set_ref(core, attempt, ref, std::nullopt);
  });
}

Result<void> hold_document(StoreCore& core, const std::string& name, std::string_view reason) {
  STET_CHECK(check_name(name));
  if (reason.size() > kRefValueBytesMax || !Value::text(reason).ok()) {
    return Error(ErrorCode::invalid,
                 fmt::format("a reason is at most {} bytes of UTF-8", kRefValueBytesMax));
  }
  return change_until_done(core, [&](Attempt& attempt) -> Result<NoAnswer> {
    STET_TRY(const bool steady, attempt.observe(name));
    if (!steady) return NoAnswer{NoAnswer::Next::again};
    if (!attempt.head(name).id) return no_such_document(name);
    const BytesView text = as_bytes(reason);
    return set_ref(core, attempt, refs::hold(name), RefValue(text.begin(), text.end()));
  });
}

Result<void> release_document(StoreCore& core, const std::string& name) {
  STET_CHECK(check_name(name));
  return change_until_done(core, [&](Attempt& attempt) -> Result<NoAnswer> {
    const std::string ref = refs::hold(name);
    STET_TRY(const auto held, read_ref(core, ref));
    if (!held) return Error(ErrorCode::not_found, fmt::format("'{}' is not held", name));
    STET_CHECK(attempt.observe_epoch());
    return set_ref(core, attempt, ref, std::nullopt);
  });
}

}  // namespace stet
