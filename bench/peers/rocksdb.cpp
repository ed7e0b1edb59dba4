#include "peers/rocksdb.hpp"

#include <rocksdb/db.h>
#include <rocksdb/version.h>

#include <stdexcept>

namespace stet::bench {

namespace {

constexpr std::size_t kWriteBufferBytes = 4u << 20;

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error("RocksDB: " + status.ToString());
}

rocksdb::Options options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = kWriteBufferBytes;
  options.recycle_log_file_num = 4;
  options.wal_recovery_mode =
      rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;  // recycling needs it
  options.compression = rocksdb::kNoCompression;
  return options;
}

}  // namespace

struct RocksDb::State {
  std::unique_ptr<rocksdb::DB> database;
  rocksdb::WriteOptions synced;
};

RocksDb::RocksDb(const std::string& folder) : state_(std::make_unique<State>()) {
  rocksdb::DB* database = nullptr;
  check(rocksdb::DB::Open(options(), folder, &database));
  state_->database.reset(database);
  state_->synced.sync = true;
  const std::string filler(4096, 'x');
  for (std::size_t written = 0; written < 6 * kWriteBufferBytes; written += filler.size()) {
    check(database->Put(rocksdb::WriteOptions(), std::to_string(written), filler));
  }
}

RocksDb::~RocksDb() = default;

void RocksDb::put(std::string_view key, std::string_view value) {
  check(state_->database->Put(state_->synced, rocksdb::Slice(key.data(), key.size()),
                              rocksdb::Slice(value.data(), value.size())));
}

std::string RocksDb::version() { return rocksdb::GetRocksVersionAsString(true); }

}  // namespace stet::bench
