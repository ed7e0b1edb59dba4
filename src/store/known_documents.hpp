// The values last saved or loaded, with the versions that hold them: what an edited value is
// compared with, so that saving it costs what changed. Values are shared, so keeping one costs
// little.
//
// Thread rule: any thread.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "stet/history.hpp"

namespace stet {

// A version that is in the store, and its value.
struct KnownVersion {
  Id id;
  Version version;
  Value value;
};

class KnownDocuments {
 public:
  explicit KnownDocuments(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  std::shared_ptr<const KnownVersion> find(const std::string& name);  // or null
  void insert(const std::string& name, KnownVersion known);           // in place of what was known
  void clear();

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<const KnownVersion> known;
  };
  using Entries = std::list<Entry>;
  void erase(Entries::iterator entry);

  const std::uint64_t bytes_max_;
  std::mutex mutex_;
  Entries entries_;                                                  // guarded; lately used first
  std::unordered_map<std::string_view, Entries::iterator> by_name_;  // guarded; keys in entries_
  std::uint64_t bytes_ = 0;                                          // guarded; as charge() counts
};

}  // namespace stet
