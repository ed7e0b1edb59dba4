// RocksDB, each write synced, its log files recycled so that a commit needn't grow a file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace stet::bench {

// Every call throws std::runtime_error with RocksDB's words when it fails. Thread-safe.
class RocksDb {
 public:
  explicit RocksDb(const std::string& folder);  // made, and used until its logs are recycled
  ~RocksDb();

  void put(std::string_view key, std::string_view value);

  static std::string version();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stet::bench
