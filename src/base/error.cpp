#include "stet/base/error.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace stet {

namespace {
constexpr std::array<std::string_view, 16> kCodeNames = {
    "not_found",      "conflict",  "locked", "invalid",     "corrupt",   "newer_format",
    "too_large",      "no_space",  "denied", "unavailable", "timed_out", "outcome_unknown",
    "unserializable", "cancelled", "io",     "internal"};

void fill(std::string& field, std::string_view text) {
  if (field.empty()) field = text;
}
}  // namespace

std::string_view error_code_name(ErrorCode code) noexcept {
  return kCodeNames[static_cast<std::size_t>(code)];
}

Error::Error(ErrorCode code, std::string message, ErrorContext context)
    : code_(code),
      detail_(std::make_shared<const Detail>(Detail{std::move(message), std::move(context)})) {}

std::string Error::to_string() const {
  std::string where;
  auto add = [&where](std::string_view name, std::string_view text) {
    if (text.empty()) return;
    if (!where.empty()) where += ", ";
    where += fmt::format("{} {}", name, text);
  };
  const ErrorContext& at = context();
  add("store", at.store);
  add("document", at.document);
  add("version", at.version);
  add("path", at.path);
  if (at.offset) add("offset", std::to_string(*at.offset));
  return where.empty() ? message() : fmt::format("{} ({})", message(), where);
}

Error Error::in_store(std::string_view store) const {
  ErrorContext context = this->context();
  fill(context.store, store);
  return {code_, message(), std::move(context)};
}

Error Error::in_document(std::string_view document) const {
  ErrorContext context = this->context();
  fill(context.document, document);
  return {code_, message(), std::move(context)};
}

Error Error::at_version(std::string_view version) const {
  ErrorContext context = this->context();
  fill(context.version, version);
  return {code_, message(), std::move(context)};
}

Error Error::at_path(std::string_view path) const {
  ErrorContext context = this->context();
  fill(context.path, path);
  return {code_, message(), std::move(context)};
}

Error Error::at_offset(std::uint64_t offset) const {
  ErrorContext context = this->context();
  if (!context.offset) context.offset = offset;
  return {code_, message(), std::move(context)};
}

void Error::raise() const {
  switch (code_) {
    case ErrorCode::not_found:
      throw NotFoundError(*this);
    case ErrorCode::conflict:
      throw ConflictError(*this);
    case ErrorCode::locked:
      throw LockedError(*this);
    case ErrorCode::invalid:
      throw InvalidError(*this);
    case ErrorCode::corrupt:
      throw CorruptError(*this);
    case ErrorCode::newer_format:
      throw NewerFormatError(*this);
    case ErrorCode::too_large:
      throw TooLargeError(*this);
    case ErrorCode::no_space:
      throw NoSpaceError(*this);
    case ErrorCode::denied:
      throw DeniedError(*this);
    case ErrorCode::unavailable:
      throw UnavailableError(*this);
    case ErrorCode::timed_out:
      throw TimedOutError(*this);
    case ErrorCode::outcome_unknown:
      throw OutcomeUnknownError(*this);
    case ErrorCode::unserializable:
      throw UnserializableError(*this);
    case ErrorCode::cancelled:
      throw CancelledError(*this);
    case ErrorCode::io:
      throw IoError(*this);
    case ErrorCode::internal:
      break;
  }
  throw InternalError(*this);
}

namespace detail {

void construct(Error* at, const Error& from) noexcept { std::construct_at(at, from); }

void destroy(Error* error) noexcept { std::destroy_at(error); }

Error pass_on(const Error& error) noexcept { return error; }

void fail_without_error() { throw std::logic_error("the error of a result that has none"); }

}  // namespace detail

}  // namespace stet
