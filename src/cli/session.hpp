// Session: one run of the command. What verbs share: the options that stand anywhere, the store,
// the ways out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "cli/verb.hpp"
#include "stet/os.hpp"
#include "stet/store.hpp"

namespace stet::cli {

// Each includes the one before.
enum class Access : std::uint8_t {
  read,    // the store must exist and isn't touched
  change,  // the store must exist
  create,  // made where there is none
};

class Session {
 public:
  // `store_url`: as --store gave it, else from the environment, else the default. `verbs` outlives
  // the session.
  Session(std::optional<std::string> store_url, bool json, bool quiet,
          const std::vector<Verb>& verbs);

  const std::string& store_url() const noexcept { return store_url_; }
  // Opened by the first call, and again where more access is asked for; what an earlier call gave
  // ends then.
  Store& store(Access access);
  // Null where there is none. Never makes one.
  Store* store_if_there();
  // Another store by URL, for backups.
  Store open(const std::string& url, Access access);
  // The same past damage that a store is refused for; see StoreOptions.
  Store open_past_damage(const std::string& url, Access access);
  // Whether the URL names the very file of this session's store.
  bool is_own_store(const std::string& url);
  // $STET_AUTHOR where `given` is nothing.
  std::string author(const std::optional<std::string>& given) const;

  os::FileSystem& files() noexcept { return *files_; }
  Clock& clock() noexcept { return *clock_; }
  Output& out() noexcept { return out_; }
  Messages& messages() noexcept { return messages_; }
  bool json() const noexcept { return json_; }
  const std::vector<Verb>& verbs() const noexcept { return *verbs_; }

  // A line on standard output for people that says what was done; nothing when quiet.
  void say(std::string_view text);
  // The document of the open store that was probably meant by a name that isn't there, or "".
  std::string near_document(const std::string& name);

 private:
  Store open(const std::string& url, Access access, bool past_damage);

  std::string store_url_;
  bool json_;
  bool quiet_;
  const std::vector<Verb>* verbs_;
  std::shared_ptr<os::FileSystem> files_;
  std::shared_ptr<Clock> clock_;
  Output out_;
  Messages messages_;
  std::optional<Store> store_;
  Access store_access_ = Access::read;  // of store_
};

}  // namespace stet::cli
