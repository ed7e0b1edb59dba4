// A file system between the one under it and a program, which a judge may tamper with call by call:
// to fail a call as a device or a quota would, or to break a promise (a sync that does nothing).
//
// Thread rule: as the judge's; calls come from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "stet/os.hpp"

namespace stet::test {

struct Call {
  enum class Kind : std::uint8_t {
    open,
    read,
    write,
    sync_data,
    sync_all,
    start_sync,
    truncate,
    file_status,
    set_attributes,
    lock,
    unlock,
    rename,
    rename_new,
    link,
    remove,
    make_directory,
    sync_directory,
    path_status,
    real_path,
    list_directory,
    file_system_kind,
  };
  Kind kind;
  const std::string& path;
  std::size_t bytes = 0;  // that are to be moved
};

struct Verdict {
  enum class Kind : std::uint8_t {
    pass,
    fail,       // with errno `number`, without doing anything
    fail_late,  // with errno `number`, after it was done (calls on an open file's bytes only)
    skip,       // says it was done (calls without a result only; a lock counts as taken)
    shorten,    // moves at most `bytes`, and says so
    lie,        // writes only `bytes`, and says that all were
    try_twice,  // where the first try fails, says what the second one says
  };
  Kind kind = Kind::pass;
  int number = 0;
  std::size_t bytes = 0;
};

using Judge = std::function<Verdict(const Call&)>;

std::shared_ptr<os::FileSystem> tampered_files(std::shared_ptr<os::FileSystem> files, Judge judge);

// Fails the `nth` call (1: the first) of those that `applies` to, and all after it if `for_ever`.
// `seen` counts them.
struct NthFault {
  std::uint64_t nth = 1;
  Verdict verdict;
  bool for_ever = false;
  std::function<bool(const Call&)> applies = nullptr;  // all calls where empty
};
Judge judge_of(NthFault fault, std::shared_ptr<std::uint64_t> seen);

}  // namespace stet::test
