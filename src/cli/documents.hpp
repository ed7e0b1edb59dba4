// What a SPEC names: a version of a document in the store, or a file.
#pragma once

#include <string>

#include "cli/session.hpp"
#include "stet/codec/limits.hpp"
#include "stet/store.hpp"
#include "stet/value.hpp"

namespace stet::cli {

struct Target {
  bool is_file = false;
  std::string text;  // a path, or a SPEC of the right form (it may name nothing)
};

// Throws wrong use for what is neither a path nor a SPEC.
Target resolve(Session& session, const std::string& spec);
// The same where only the store will do; `why` ends the refusal of a file.
std::string resolve_document(Session& session, const std::string& spec, std::string_view why);

// Throws not_found; wrong use for a short id that several versions have.
VersionInfo show(Store& store, const std::string& spec);
// The whole document.
Value load(Session& session, const Target& target, const DecodeLimits& limits = {});

// Throws wrong use, naming the rule.
void require_name(const std::string& name);
Path parse_pointer(const std::string& pointer);

// {id, root, parents, time_ms, author, message, bytes, generation}
Value version_value(const VersionInfo& info);
std::string short_id(const Id& id);

}  // namespace stet::cli
