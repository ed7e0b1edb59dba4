#include "cli/torture/victim.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/torture/ledger.hpp"
#include "cli/torture/scratch.hpp"

namespace stet::cli::torture {

namespace {

constexpr std::uint64_t kHeaderBytes = 12'288;  // docs/format.md
constexpr std::uint64_t kMoreSaves = 12;
constexpr std::uint64_t kVersionsKept = 3;

Result<Store> open(const std::string& path, bool read_only) {
  StoreOptions options;
  options.create = false;
  options.read_only = read_only;
  return Store::open("file:" + path, std::move(options));
}

bool is_refusal(ErrorCode code) {
  return code == ErrorCode::corrupt || code == ErrorCode::invalid ||
         code == ErrorCode::newer_format;
}

Verdict wrong(std::string why) { return {Shows::wrong, std::move(why)}; }

Result<std::vector<std::string>> names_in(Store& store) {
  std::vector<std::string> names;
  STET_CHECK(store.list("", [&](const DocumentInfo& document) {
    names.push_back(document.name);
    return true;
  }));
  return names;
}

// So that it takes a moment to look at all of it.
Result<void> make_small(Store& store) {
  for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
    const auto removed = store.remove(own_name(writer, Own::large));
    if (!removed.ok() && removed.error().code() != ErrorCode::not_found) return removed.error();
  }
  STET_TRY(const auto names, names_in(store));
  for (const std::string& name : names) {
    const auto pruned = store.prune(name, {.keep_last = kVersionsKept});
    if (!pruned.ok()) return pruned.error();
  }
  const auto compacted = store.compact();
  return compacted.ok() ? Result<void>() : compacted.error();
}

Result<void> save_more(Store& store, std::uint64_t token) {
  const Path end = Path::parse("/-").value();
  if (token % 2 == 0) {
    const auto saved = store.set(kLists[token % 4 / 2], end, Value(token));
    return saved.ok() ? Result<void>() : saved.error();
  }
  const auto saved = store.transact([&](Transaction& both) -> Result<void> {
    STET_CHECK(both.set(kLists[kLeft], end, Value(token)));
    return both.set(kLists[kRight], end, Value(token));
  });
  return saved.ok() ? Result<void>() : saved.error();
}

}  // namespace

Result<Victim> Victim::make(os::FileSystem& files, const std::string& from, const std::string& path,
                            std::uint64_t first_token) {
  STET_CHECK(copy_file(from, path));
  {
    STET_TRY(Store store, open(path, false));
    STET_CHECK(make_small(store));
  }
  STET_TRY(auto file, files.open(path, os::OpenMode::read_write));
  Victim victim(std::move(file), path);
  STET_CHECK(victim.add_saves(first_token));
  return victim;
}

Result<void> Victim::add_saves(std::uint64_t first_token) {
  {
    STET_TRY(Store store, open(path_, false));
    for (std::uint64_t save = 0; save < kMoreSaves; ++save) {
      STET_CHECK(save_more(store, first_token + save));
      STET_CHECK(note_log_end());
    }
    STET_TRY(shown_, read_all(store));
  }
  return note_log_end();  // and the bytes as a store that is closed leaves them
}

Result<void> Victim::note_log_end() {
  STET_TRY(const os::FileStatus status, file_->status());
  bytes_.resize(status.size_bytes);
  STET_CHECK(file_->read_exactly(0, bytes_));
  const auto zeros = std::find_if(bytes_.rbegin(), bytes_.rend(), [](auto byte) { return byte; });
  log_ends_.push_back(static_cast<std::uint64_t>(bytes_.rend() - zeros));
  return {};
}

Result<Victim::Shown> Victim::read_all(Store& store) {
  Shown shown;
  STET_TRY(const auto names, names_in(store));
  for (const std::string& name : names) {
    STET_TRY(shown[name], store.load(name));
  }
  return shown;
}

Result<Verdict> Victim::cut(std::uint64_t length) {
  STET_CHECK(file_->truncate(length));
  return judge(length < log_end());
}

Result<Verdict> Victim::replace(std::uint64_t offset, BytesView bytes) {
  STET_CHECK(write(offset, bytes));
  const auto before = BytesView(bytes_).subspan(offset, bytes.size());
  const bool is_log = offset + bytes.size() > kHeaderBytes && offset < log_end();
  Verdict verdict = judge(is_log && !std::ranges::equal(before, bytes));
  STET_CHECK(write(offset, before));
  return verdict;
}

Result<Verdict> Victim::swap_ranges(std::uint64_t first, std::uint64_t second,
                                    std::uint64_t length) {
  const BytesView one = BytesView(bytes_).subspan(first, length);
  const BytesView other = BytesView(bytes_).subspan(second, length);
  STET_CHECK(write(first, other));
  auto verdict = replace(second, one);
  STET_CHECK(write(first, one));
  return verdict;
}

Result<void> Victim::mend() {
  STET_CHECK(file_->truncate(0));
  return write(0, bytes_);
}

Result<void> Victim::write(std::uint64_t offset, BytesView bytes) {
  return file_->write_all(offset, bytes);
}

Verdict Victim::judge(bool is_log_changed) {
  auto store = open(path_, true);
  Verdict verdict = store.ok() ? judge_open(*store, is_log_changed) : judge_refusal(store.error());
  if (verdict.shows == Shows::wrong) found(verdict.why);
  return verdict;
}

Verdict Victim::judge_open(Store& store, bool is_log_changed) const {
  const auto shown = read_all(store);
  const auto report = store.verify();
  const bool is_found_out = !report.ok() || !report->ok();
  if (!shown.ok()) {
    if (!is_refusal(shown.error().code())) return wrong(shown.error().to_string());
    if (!is_found_out) return wrong("verify finds nothing, but: " + shown.error().to_string());
    return {Shows::refused};
  }
  const bool says_so = !store.info().notes.empty();
  if (*shown != shown_) {
    if (!was_once_shown(*shown)) return wrong("it shows what was never saved");
    if (!says_so) return wrong("it shows an older state and does not say so");
    return {Shows::older_and_says_so};
  }
  if (is_log_changed && !is_found_out && !says_so) return wrong("verify finds nothing");
  return {Shows::the_same};
}

// What can't be read must not be written to either.
Verdict Victim::judge_refusal(const Error& error) const {
  if (!is_refusal(error.code())) return wrong(error.to_string());
  auto store = open(path_, false);
  if (store.ok() && store->save("more", Value(1)).ok()) {
    return wrong("a reader refuses it, and a writer saves to it: " + error.to_string());
  }
  return {Shows::refused};
}

bool Victim::was_once_shown(const Shown& shown) const {
  std::map<std::string, std::vector<std::uint64_t>> lists;
  for (const char* name : kLists) {
    const auto now = shown.find(name);
    if (now == shown.end()) return false;
    const auto before = tokens_in(now->second);
    const auto all = tokens_in(shown_.at(name));
    if (!before.ok() || !all.ok() || before->size() > all->size() ||
        !std::equal(before->begin(), before->end(), all->begin())) {
      return false;
    }
    lists[name] = *before;
  }
  const auto is_as_made = [&](const auto& document) {
    const auto before = shown_.find(document.first);
    return lists.contains(document.first) ||
           (before != shown_.end() && before->second == document.second);
  };
  return shown.size() == shown_.size() && std::ranges::all_of(shown, is_as_made) &&
         lists[kLists[kLeft]] == lists[kLists[kRight]];
}

}  // namespace stet::cli::torture
