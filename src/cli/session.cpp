#include "cli/session.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "cli/suggest.hpp"

namespace stet::cli {

namespace {

constexpr const char* kDefaultStore = "file:documents.stet";

std::string environment_or(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : std::move(otherwise);
}

// What a person may have meant by something that is no URL of a store.
std::string url_hint(const std::string& url) {
  if (url.find(':') == std::string::npos) return ": write file:" + url;
  return ": a store is file:PATH or mem:";
}

}  // namespace

Session::Session(std::optional<std::string> store_url, bool json, bool quiet,
                 const std::vector<Verb>& verbs)
    : store_url_(store_url ? std::move(*store_url) : environment_or("STET_STORE", kDefaultStore)),
      json_(json),
      quiet_(quiet),
      verbs_(&verbs),
      files_(os::posix_file_system()),
      clock_(system_clock()),
      messages_(quiet) {}

bool Session::is_own_store(const std::string& url) {
  constexpr std::string_view kFile = "file:";
  if (!url.starts_with(kFile) || !store_url_.starts_with(kFile)) return false;
  const auto other = files_->status(url.substr(kFile.size()));
  const auto own = files_->status(store_url_.substr(kFile.size()));
  const bool there = other.ok() && *other && own.ok() && *own;
  return there && (*other)->identity == (*own)->identity;
}

Store Session::open(const std::string& url, Access access) { return open(url, access, false); }

Store Session::open_past_damage(const std::string& url, Access access) {
  return open(url, access, true);
}

Store Session::open(const std::string& url, Access access, bool past_damage) {
  if (!url.starts_with("file:") && !url.starts_with("mem:")) {
    refuse(fmt::format("'{}' is no store{}", url, url_hint(url)));
  }
  if (url.starts_with("mem:") && url != "mem:") {
    refuse(
        fmt::format("'{}': nothing in memory outlives a command, so mem: has no names here", url));
  }
  StoreOptions options;
  options.files = files_;
  options.clock = clock_;
  options.create = access == Access::create;
  options.read_only = access == Access::read;
  options.past_damage = past_damage;
  options.lock_wait.waiting = messages_.progress();
  Result<Store> opened = Store::open(url, std::move(options));
  if (opened.ok()) return *std::move(opened);
  const Error error = opened.error().in_store(url);
  if (error.code() == ErrorCode::not_found && access != Access::create) {
    throw Failure(
        Exit::not_found, ErrorCode::not_found,
        fmt::format("no store at {}: 'stet save NAME FILE' makes one, --store names another", url),
        error.context());
  }
  // A file that is there and is no store isn't wrong use of the command: nothing can be kept in it.
  if (error.code() == ErrorCode::invalid) {
    throw Failure(url == "file:" ? Exit::usage : Exit::storage, error);
  }
  throw error;
}

Store& Session::store(Access access) {
  // A look at what is there may have opened it already, for reading only.
  const bool enough = store_ && access <= store_access_;
  if (!enough) {
    store_.reset();
    store_.emplace(open(store_url_, access));
    store_access_ = access;
  }
  return *store_;
}

Store* Session::store_if_there() {
  if (store_) return &*store_;
  try {
    store_.emplace(open(store_url_, Access::read));
    store_access_ = Access::read;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return nullptr;
  }
  return &*store_;
}

std::string Session::author(const std::optional<std::string>& given) const {
  return given ? *given : environment_or("STET_AUTHOR", "");
}

void Session::say(std::string_view text) {
  if (!quiet_) out_.line(text);
}

std::string Session::near_document(const std::string& name) {
  if (!store_) return {};
  std::vector<std::string> names;
  const auto listed = store_->list("", [&](const DocumentInfo& document) {
    names.push_back(document.name);
    return true;
  });
  if (!listed.ok()) return {};
  return nearest(name, names).value_or("");
}

}  // namespace stet::cli
