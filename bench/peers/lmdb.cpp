#include "peers/lmdb.hpp"

#include <lmdb.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace stet::bench {

namespace {

constexpr std::size_t kMapBytes = std::size_t{1} << 30;

void check(int code) {
  if (code != 0) throw std::runtime_error(std::string("LMDB: ") + mdb_strerror(code));
}

template <class T>
MDB_val value_of(const T& object) {
  return {sizeof object, const_cast<T*>(&object)};
}

// Big-endian, so that LMDB's bytewise order is the order of the numbers.
std::uint64_t key_of(std::size_t id) { return __builtin_bswap64(id); }

}  // namespace

struct LmdbNotes::State {
  explicit State(const std::string& folder) {
    std::filesystem::create_directories(folder);
    check(mdb_env_create(&environment));
    check(mdb_env_set_mapsize(environment, kMapBytes));
    check(mdb_env_open(environment, folder.c_str(), 0, 0600));
    run(MDB_RDONLY,
        [this](MDB_txn* transaction) { check(mdb_dbi_open(transaction, nullptr, 0, &notes)); });
  }
  ~State() { mdb_env_close(environment); }

  template <class Work>
  void run(unsigned flags, Work work) {
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(environment, nullptr, flags, &transaction));
    try {
      work(transaction);
    } catch (...) {
      mdb_txn_abort(transaction);
      throw;
    }
    check(mdb_txn_commit(transaction));
  }

  MDB_env* environment = nullptr;
  MDB_dbi notes = 0;
};

LmdbNotes::LmdbNotes(const std::string& folder) : state_(std::make_unique<State>(folder)) {}
LmdbNotes::~LmdbNotes() = default;

void LmdbNotes::insert_all(const Score& score) {
  state_->run(0, [&](MDB_txn* transaction) {
    std::size_t id = 0;
    for (const auto* const items : {&score.notes, &score.rests}) {
      for (const Note& item : *items) {
        const std::uint64_t number = key_of(id++);
        MDB_val key = value_of(number);
        MDB_val value = value_of(item);
        check(mdb_put(transaction, state_->notes, &key, &value, MDB_APPEND));
      }
    }
  });
}

void LmdbNotes::update(std::size_t id, const Note& note) {
  state_->run(0, [&](MDB_txn* transaction) {
    const std::uint64_t number = key_of(id);
    MDB_val key = value_of(number);
    MDB_val value = value_of(note);
    check(mdb_put(transaction, state_->notes, &key, &value, 0));
  });
}

Note LmdbNotes::read(std::size_t id) {
  Note note{};
  state_->run(MDB_RDONLY, [&](MDB_txn* transaction) {
    const std::uint64_t number = key_of(id);
    MDB_val key = value_of(number);
    MDB_val value{};
    check(mdb_get(transaction, state_->notes, &key, &value));
    std::memcpy(&note, value.mv_data, sizeof note);
  });
  return note;
}

std::string LmdbNotes::version() { return mdb_version(nullptr, nullptr, nullptr); }

}  // namespace stet::bench
