// Victim: a copy of a store that was closed in order, which is damaged, looked at, and mended
// again.
//
// Invariant between calls: the file is as it was made. What it may show when damaged: the same, or
// an error that is typed, or an older state that was once true, and then it says so. Wherever a
// byte of its log is another, verify finds damage.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stet/os.hpp"
#include "stet/store.hpp"

namespace stet::cli::torture {

enum class Shows : std::uint8_t { the_same, refused, older_and_says_so, wrong };

struct Verdict {
  Shows shows = Shows::the_same;
  std::string why{};  // of wrong: what must not be
};

class Victim {
 public:
  // A copy at `path` of the store at `from`, without what is large, and with some more saves.
  // `first_token`: of the saves. Errors: as the store's.
  static Result<Victim> make(os::FileSystem& files, const std::string& from,
                             const std::string& path, std::uint64_t first_token);

  const std::string& path() const noexcept { return path_; }
  std::uint64_t log_end() const noexcept { return log_ends_.back(); }
  // Where the log ended after each of the last saves.
  const std::vector<std::uint64_t>& log_ends() const noexcept { return log_ends_; }
  BytesView bytes() const noexcept { return bytes_; }

  // The file cut to that length. Only mend() makes it whole again.
  Result<Verdict> cut(std::uint64_t length);
  // Other bytes at `offset`, as long as they are looked at.
  Result<Verdict> replace(std::uint64_t offset, BytesView bytes);
  // Both at once.
  Result<Verdict> swap_ranges(std::uint64_t first, std::uint64_t second, std::uint64_t length);
  Result<void> mend();

  // Called while the file is still damaged, where what it shows is wrong.
  std::function<void(const std::string& why)> found = [](const std::string&) {};

 private:
  using Shown = std::map<std::string, Value>;

  Victim(std::unique_ptr<os::File> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}
  static Result<Shown> read_all(Store& store);
  Result<void> add_saves(std::uint64_t first_token);
  Result<void> note_log_end();
  Verdict judge(bool is_log_changed);
  Verdict judge_open(Store& store, bool is_log_changed) const;
  Verdict judge_refusal(const Error& error) const;
  bool was_once_shown(const Shown& shown) const;
  Result<void> write(std::uint64_t offset, BytesView bytes);

  std::unique_ptr<os::File> file_;
  std::string path_;
  Bytes bytes_;
  std::vector<std::uint64_t> log_ends_;
  Shown shown_;
};

}  // namespace stet::cli::torture
