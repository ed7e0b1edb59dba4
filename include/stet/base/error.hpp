// Errors and results: the one way that every room reports what went wrong.
//
// Three kinds are kept apart. An *outcome* (absent, lost, conflict) is part of a return type. An
// *error* is a Result that holds an Error. A *bug* is an assertion. Damaged bytes are always
// errors.
//
// Thread rule: an Error is immutable apart from assignment; copies are cheap and may cross threads.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace stet {

// Stored nowhere, but printed by name (`error_code_name`): names are stable, numbers are not.
enum class ErrorCode : std::uint8_t {
  not_found,        // the named thing does not exist
  conflict,         // somebody else changed it first
  locked,           // another process or handle holds it
  invalid,          // input that breaks a rule: says where and which
  corrupt,          // stored bytes are damaged
  newer_format,     // written by a newer version of Stet
  too_large,        // passes a limit, which the message names
  no_space,         // the disk or quota is full
  denied,           // no permission, or read-only
  unavailable,      // the storage cannot be reached now; a retry may succeed
  timed_out,        // no answer in time; nothing happened
  outcome_unknown,  // it may or may not have happened
  unserializable,   // a value that the model cannot hold (NaN, infinity, integer out of range)
  cancelled,        // the caller asked to stop
  io,               // the operating system failed a call
  internal,         // a broken invariant of Stet's own that was caught before it did harm
};

std::string_view error_code_name(ErrorCode code) noexcept;

// Where it happened. Empty fields are unknown or do not apply.
struct ErrorContext {
  std::string store;     // URL
  std::string document;  // name
  std::string version;   // id, short form
  std::string path;      // JSON Pointer inside the document, or a path in the file system
  std::optional<std::uint64_t> offset;  // bytes from the start of the file or input
};

// What happened, where, and what to do about it. Also the base of every exception that Stet throws.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, ErrorContext context = {});

  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return detail_->message; }
  const ErrorContext& context() const noexcept { return detail_->context; }
  // One line: "message (document music/song, offset 17)".
  std::string to_string() const;
  const char* what() const noexcept override { return detail_->message.c_str(); }

  // A copy with fields of the context filled in; a field that is already set is kept.
  Error in_store(std::string_view store) const;
  Error in_document(std::string_view document) const;
  Error at_version(std::string_view version) const;
  Error at_path(std::string_view path) const;
  Error at_offset(std::uint64_t offset) const;

  // Throws the exception type that belongs to the code.
  [[noreturn]] void raise() const;

 private:
  struct Detail {
    std::string message;
    ErrorContext context;
  };
  ErrorCode code_;
  std::shared_ptr<const Detail> detail_;
};

// One exception type a code, so that a caller can catch what it can handle.
#define STET_EXCEPTION(Name)                            \
  class Name final : public Error {                     \
   public:                                              \
    explicit Name(const Error& error) : Error(error) {} \
  }
STET_EXCEPTION(NotFoundError);
STET_EXCEPTION(ConflictError);
STET_EXCEPTION(LockedError);
STET_EXCEPTION(InvalidError);
STET_EXCEPTION(CorruptError);
STET_EXCEPTION(NewerFormatError);
STET_EXCEPTION(TooLargeError);
STET_EXCEPTION(NoSpaceError);
STET_EXCEPTION(DeniedError);
STET_EXCEPTION(UnavailableError);
STET_EXCEPTION(TimedOutError);
STET_EXCEPTION(OutcomeUnknownError);
STET_EXCEPTION(UnserializableError);
STET_EXCEPTION(CancelledError);
STET_EXCEPTION(IoError);
STET_EXCEPTION(InternalError);
#undef STET_EXCEPTION

namespace detail {
// What happens to errors happens out of line, so that code that meets none stays small.
[[gnu::cold]] void construct(Error* at, const Error& from) noexcept;
[[gnu::cold]] void destroy(Error* error) noexcept;
[[gnu::cold]] Error pass_on(const Error& error) noexcept;
[[gnu::cold, noreturn]] void fail_without_error();
}  // namespace detail

// A T or an Error. `value()` throws the typed exception, `ok()` and `error()` serve those who
// don't. A result that was moved from is what it was, of a T that was moved from.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)  // NOLINT(google-explicit-constructor)
      : value_(std::move(value)), ok_(true) {}
  Result(const Error& error)  // NOLINT(google-explicit-constructor)
      : ok_(false) {
    detail::construct(&error_, error);
  }
  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : ok_(other.ok_) {
    if (ok_) [[likely]] {
      std::construct_at(&value_, std::move(other.value_));
    } else {
      detail::construct(&error_, other.error_);
    }
  }
  Result(const Result& other)
    requires std::is_copy_constructible_v<T>
      : ok_(other.ok_) {
    if (ok_) [[likely]] {
      std::construct_at(&value_, other.value_);
    } else {
      detail::construct(&error_, other.error_);
    }
  }
  Result& operator=(Result&& other) noexcept {
    static_assert(std::is_nothrow_move_constructible_v<T>);
    if (this == &other) return *this;
    std::destroy_at(this);
    return *std::construct_at(this, std::move(other));
  }
  Result& operator=(const Result& other)
    requires std::is_copy_constructible_v<T>
  {
    return *this = Result(other);
  }
  ~Result() {
    if (ok_) [[likely]] {
      std::destroy_at(&value_);
    } else {
      detail::destroy(&error_);
    }
  }

  bool ok() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }

  // Precondition: !ok().
  const Error& error() const {
    if (ok_) detail::fail_without_error();
    return error_;
  }

  T& value() & {
    if (!ok_) error_.raise();
    return value_;
  }
  const T& value() const& {
    if (!ok_) error_.raise();
    return value_;
  }
  T&& value() && {
    if (!ok_) error_.raise();
    return std::move(value_);
  }

  // Precondition: ok().
  T& operator*() & noexcept { return value_; }
  const T& operator*() const& noexcept { return value_; }
  T&& operator*() && noexcept { return std::move(value_); }
  T* operator->() noexcept { return &value_; }
  const T* operator->() const noexcept { return &value_; }

 private:
  union {
    T value_;
    Error error_;
  };
  const bool ok_;  // which of the two is there
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() noexcept : ok_(true) {}
  Result(const Error& error) noexcept  // NOLINT(google-explicit-constructor)
      : ok_(false) {
    detail::construct(&error_, error);
  }
  Result(const Result& other) noexcept : ok_(other.ok_) {
    if (!ok_) detail::construct(&error_, other.error_);
  }
  Result& operator=(const Result& other) noexcept {
    if (this == &other) return *this;
    std::destroy_at(this);
    return *std::construct_at(this, other);
  }
  ~Result() {
    if (!ok_) detail::destroy(&error_);
  }

  bool ok() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }
  const Error& error() const {
    if (ok_) detail::fail_without_error();
    return error_;
  }
  void value() const {
    if (!ok_) error_.raise();
  }

 private:
  union {
    Error error_;
  };
  const bool ok_;
};

}  // namespace stet

#define STET_CONCAT_INNER(a, b) a##b
#define STET_CONCAT(a, b) STET_CONCAT_INNER(a, b)

// STET_TRY(auto bytes, file.read()): declares `bytes`, or returns the error from the function.
#define STET_TRY(declaration, expression) \
  STET_TRY_NAMED(STET_CONCAT(stet_try_, __LINE__), declaration, expression)
#define STET_TRY_NAMED(name, declaration, expression)           \
  auto name = (expression);                                     \
  if (!name.ok()) return ::stet::detail::pass_on(name.error()); \
  declaration = *std::move(name)

// STET_CHECK(file.sync()): returns the error from the function, if there is one.
#define STET_CHECK(expression)                                \
  do {                                                        \
    if (auto stet_check_ = (expression); !stet_check_.ok()) { \
      return ::stet::detail::pass_on(stet_check_.error());    \
    }                                                         \
  } while (false)
