#include "cli/documents.hpp"

#include <fmt/format.h>

#include "cli/files.hpp"
#include "cli/text.hpp"

namespace stet::cli {

namespace {

bool is_path(std::string_view spec) {
  return spec.starts_with("/") || spec.starts_with("./") || spec.starts_with("../");
}

bool has_dot_in_last_part(std::string_view spec) {
  return spec.substr(spec.rfind('/') + 1).find('.') != std::string_view::npos;
}

// Null where there is no store, or none that can be opened.
Store* readable_store(Session& session) {
  try {
    return session.store_if_there();
  } catch (const Error&) {
    return nullptr;
  }
}

bool names_document(Session& session, const std::string& spec) {
  if (!Spec::parse(spec).ok()) return false;
  Store* store = readable_store(session);
  if (!store) return false;
  const Result<VersionInfo> found = store->show(spec);
  return found.ok() || found.error().code() != ErrorCode::not_found;
}

}  // namespace

Target resolve(Session& session, const std::string& spec) {
  if (is_path(spec)) return {true, spec};
  if (has_dot_in_last_part(spec)) {
    const auto status = session.files().status(spec);
    if (status.ok() && *status && !names_document(session, spec)) return {true, spec};
  }
  value_or_fail(Spec::parse(spec), Exit::usage);
  return {false, spec};
}

std::string resolve_document(Session& session, const std::string& spec, std::string_view why) {
  Target target = resolve(session, spec);
  if (target.is_file) refuse(fmt::format("'{}' is a file: {}", printable(spec), why));
  return std::move(target.text);
}

VersionInfo show(Store& store, const std::string& spec) {
  Result<VersionInfo> found = store.show(spec);
  if (!found.ok() && found.error().code() == ErrorCode::invalid) {
    throw Failure(Exit::usage, found.error());
  }
  return std::move(found).value();
}

Value load(Session& session, const Target& target, const DecodeLimits& limits) {
  if (target.is_file) return read_input(target.text, std::nullopt, limits).value;
  Store& store = session.store(Access::read);
  show(store, target.text);  // says what is wrong with the SPEC, before anything else is
  return store.load(target.text, session.messages().progress()).value();
}

void require_name(const std::string& name) {
  const Result<void> checked = check_name(name);
  if (!checked.ok()) throw Failure(Exit::usage, checked.error());
}

Path parse_pointer(const std::string& pointer) {
  return value_or_fail(Path::parse(pointer), Exit::usage);
}

Value version_value(const VersionInfo& info) {
  const Version& version = info.version;
  Value parents = Value::empty_list();
  for (const Id& parent : version.parents) parents = parents.append(Value(parent.to_string()));
  return Value::map({{"id", Value(info.id.to_string())},
                     {"root", Value(version.root.id.to_string())},
                     {"parents", parents},
                     {"time_ms", Value(version.time_ms)},
                     {"author", Value(version.author)},
                     {"message", Value(version.message)},
                     {"bytes", Value(version.bytes)},
                     {"generation", Value(version.generation)}});
}

std::string short_id(const Id& id) { return id.short_form(12); }

}  // namespace stet::cli
