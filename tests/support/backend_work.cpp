#include "support/backend_work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "stet/engine/file.hpp"

namespace stet::test {

namespace {

constexpr std::size_t kManyLeaves = 4200;  // an index is written after 4096 entries
constexpr std::size_t kLargeLeafBytes = 600'000;
constexpr std::size_t kPageRefs = 2;  // few, so that paging is used

Id id_from(BytesView bytes) {
  Id id;
  std::ranges::copy(bytes.first(kIdBytes), id.bytes.begin());
  return id;
}

State state_from(const std::map<std::string, RefValue>& refs) {
  State state;
  for (const auto& [name, value] : refs) state[name] = std::string(as_text(value));
  return state;
}

bool is_document(const std::string& name) { return name.starts_with("doc/"); }

Error lost_chunk(const Id& id, const char* what) {
  return {ErrorCode::corrupt, fmt::format("chunk {} {}", id.short_form(), what)};
}

// Reads `ids`, each of which must be there and be what it says.
Result<std::vector<Bytes>> read_verified(Backend& backend, std::span<const Id> ids) {
  STET_TRY(auto found, backend.get(ids));
  std::vector<Bytes> chunks;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!found[i]) return lost_chunk(ids[i], "is missing");
    if (id_of(*found[i]) != ids[i]) return lost_chunk(ids[i], "is not what its id says");
    chunks.push_back(std::move(*found[i]));
  }
  return chunks;
}

// A root chunk is a list of ids and eight bytes that make it unique.
std::vector<Id> leaves_of(const Bytes& root) {
  std::vector<Id> ids;
  for (std::size_t at = 0; at + kIdBytes <= root.size(); at += kIdBytes) {
    ids.push_back(id_from(BytesView(root).subspan(at)));
  }
  return ids;
}

Result<std::map<std::string, RefValue>> read_refs(Backend& backend) {
  std::map<std::string, RefValue> refs;
  std::string cursor;
  while (true) {
    STET_TRY(auto page, backend.list("", cursor, kPageRefs));
    for (Ref& ref : page.refs) refs[ref.name] = std::move(ref.value);
    if (!page.next) return refs;
    cursor = *page.next;
  }
}

class IdSet final : public LiveSet {
 public:
  bool contains(const Id& id) const override { return ids_.contains(id); }
  std::uint64_t size() const override { return ids_.size(); }
  void insert(const Id& id) { ids_.insert(id); }

 private:
  std::set<Id> ids_;
};

Result<IdSet> reachable(Backend& backend) {
  STET_TRY(const auto refs, read_refs(backend));
  IdSet live;
  for (const auto& [name, value] : refs) {
    if (!is_document(name)) continue;
    const std::array root = {id_from(value)};
    STET_TRY(const auto chunks, read_verified(backend, root));
    live.insert(root[0]);
    for (const Id& leaf : leaves_of(chunks[0])) live.insert(leaf);
  }
  return live;
}

}  // namespace

Result<std::shared_ptr<Backend>> open_store(std::shared_ptr<os::FileSystem> files, bool create,
                                            std::shared_ptr<Random> random) {
  FileEngineOptions options;
  options.files = std::move(files);
  options.executor = inline_executor();
  options.random = std::move(random);
  options.create = create;
  options.write_ahead = {.part_bytes = 6000, .hold_ms = 1000};  // so that save_b is
  return open_file(kStorePath, std::move(options));
}

Result<State> state_of(Backend& backend) {
  STET_TRY(const auto refs, read_refs(backend));
  for (const auto& [name, value] : refs) {
    if (!is_document(name)) continue;
    const std::array root = {id_from(value)};
    STET_TRY(const auto chunks, read_verified(backend, root));
    STET_CHECK(read_verified(backend, leaves_of(chunks[0])));
  }
  return state_from(refs);
}

std::string text_of(const std::vector<Step>& steps) {
  static constexpr std::array kNames = {"save_a",        "save_b",    "save_both",  "remove_a",
                                        "put_only",      "branch",    "sweep",      "reopen",
                                        "switch_handle", "save_many", "save_large", "put_large"};
  std::string text;
  for (const Step step : steps) {
    text += fmt::format("{} ", kNames[static_cast<std::size_t>(step)]);
  }
  return text;
}

BackendWork::BackendWork(std::shared_ptr<SimulatedDisk> disk, std::shared_ptr<os::FileSystem> files,
                         std::uint64_t seed)
    : disk_(std::move(disk)),
      files_(std::move(files)),
      random_(seed),
      salts_(std::make_shared<SeededRandom>(seed + 1)) {}

Result<void> BackendWork::open() {
  if (history_.empty()) history_.begin({}, 0);
  return ensure_open();
}

Result<void> BackendWork::ensure_open() {
  if (handles_[active_]) return {};
  STET_TRY(handles_[active_], open_store(files_, !made_, salts_));
  if (made_) return {};
  made_ = true;
  history_.acknowledge(disk_->log_size());
  return {};
}

Result<void> BackendWork::run(Step step) {
  STET_CHECK(ensure_open());
  switch (step) {
    case Step::save_a:
      return save({"doc/a"}, 300);
    case Step::save_b:
      return save({"doc/b"}, 1800, 5);
    case Step::save_both:
      return save({"doc/a", "doc/b"}, 900);
    case Step::remove_a:
      return ref("doc/a") ? remove("doc/a") : save({"doc/a"}, 10);
    case Step::save_many:
      return save({"doc/many"}, 8, kManyLeaves);
    case Step::save_large:
      return save({"doc/large"}, kLargeLeafBytes);
    case Step::put_only:
    case Step::put_large: {
      const auto put = put_document(step == Step::put_only ? 400 : kLargeLeafBytes, 3);
      return put.ok() ? Result<void>() : put.error();
    }
    case Step::branch:
      return ref("doc/a") ? branch("doc/a", "doc/branch") : save({"doc/a"}, 30);
    case Step::sweep:
      return sweep();
    case Step::reopen:
      handles_[active_].reset();
      return ensure_open();
    case Step::switch_handle:
      active_ = 1 - active_;
      return ensure_open();
  }
  return {};
}

Result<void> BackendWork::learn(bool anew) {
  if (anew) handles_ = {};
  STET_CHECK(ensure_open());
  STET_TRY(const auto refs, read_refs(backend()));
  if (asked_ && refs == *asked_) {
    refs_ = *asked_;
    history_.acknowledge(disk_->log_size());
  } else if (asked_) {
    history_.withdraw(disk_->log_size());
  }
  asked_.reset();
  if (refs != refs_) {
    return Error(ErrorCode::internal, text_of(state_from(refs)) + " is shown, but " +
                                          text_of(state_from(refs_)) + " was committed");
  }
  return {};
}

std::optional<RefValue> BackendWork::ref(const std::string& name) const {
  const auto found = refs_.find(name);
  return found == refs_.end() ? std::nullopt : std::optional(found->second);
}

Bytes BackendWork::random_bytes(std::size_t count) {
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
  return bytes;
}

Result<RefValue> BackendWork::put_document(std::size_t leaf_bytes, std::size_t leaves) {
  std::vector<Bytes> chunks = {Bytes(200, 7)};  // the same in every document
  for (std::size_t i = 1; i < leaves; ++i) chunks.push_back(random_bytes(leaf_bytes));
  Bytes root;
  std::vector<ChunkView> views;
  for (const Bytes& chunk : chunks) {
    views.push_back({id_of(chunk), chunk});
    root.insert(root.end(), views.back().id.bytes.begin(), views.back().id.bytes.end());
  }
  const Bytes unique = random_bytes(8);
  root.insert(root.end(), unique.begin(), unique.end());
  const Id id = id_of(root);
  views.push_back({id, root});
  STET_TRY(const Epoch epoch, decode_epoch(ref(std::string(kEpochRef))));
  STET_CHECK(backend().put(views, epoch));
  return RefValue(id.bytes.begin(), id.bytes.end());
}

Result<void> BackendWork::save(const std::vector<std::string>& names, std::size_t leaf_bytes,
                               std::size_t leaves) {
  std::vector<RefChange> changes;
  for (const std::string& name : names) {
    STET_TRY(RefValue next, put_document(leaf_bytes, leaves));
    changes.push_back({name, ref(name), std::move(next)});
  }
  const std::string epoch(kEpochRef);
  changes.push_back({epoch, ref(epoch), std::nullopt, true});
  return commit(std::move(changes));
}

Result<void> BackendWork::remove(const std::string& name) {
  return commit({{name, ref(name), std::nullopt}});
}

// Builds on chunks that are stored, so it asserts the epoch as a save does.
Result<void> BackendWork::branch(const std::string& from, const std::string& to) {
  const std::string epoch(kEpochRef);
  return commit({{to, ref(to), ref(from)},
                 {from, ref(from), std::nullopt, true},
                 {epoch, ref(epoch), std::nullopt, true}});
}

Result<void> BackendWork::commit(std::vector<RefChange> changes) {
  Refs next = refs_;
  for (const RefChange& change : changes) {
    if (change.assert_only) continue;
    if (change.next) {
      next[change.name] = *change.next;
    } else {
      next.erase(change.name);
    }
  }
  history_.begin(state_from(next), disk_->log_size());
  auto swapped = backend().swap(changes);
  if (swapped.ok() && swapped->done) {
    history_.acknowledge(disk_->log_size());
    refs_ = std::move(next);
    return {};
  }
  if (swapped.ok()) {
    history_.withdraw(disk_->log_size());
    return Error(ErrorCode::internal, "a swap was lost, though nobody else was there");
  }
  if (swapped.error().code() == ErrorCode::outcome_unknown) {
    asked_ = std::move(next);
  } else {
    history_.withdraw(disk_->log_size());
  }
  return swapped.error();
}

Result<void> BackendWork::sweep() {
  const std::string name(kEpochRef);
  STET_TRY(const Epoch before, decode_epoch(ref(name)));
  const Epoch epoch = before + 1;
  STET_CHECK(commit({{name, ref(name), encode_epoch(epoch)}}));
  STET_TRY(const IdSet live, reachable(backend()));
  STET_CHECK(backend().sweep(live, epoch, {}));
  return {};
}

Result<State> BackendSubject::observe(std::shared_ptr<os::FileSystem> files, bool create) {
  STET_TRY(const auto backend, open_store(std::move(files), create, salts_));
  return state_of(*backend);
}

Result<State> BackendSubject::save_more(std::shared_ptr<os::FileSystem> files) {
  STET_TRY(const auto backend, open_store(std::move(files), false, salts_));
  STET_TRY(auto refs, read_refs(*backend));
  const Bytes leaf(40, 9);
  const std::array leaf_id = {id_of(leaf)};
  const Bytes root(leaf_id[0].bytes.begin(), leaf_id[0].bytes.end());
  const Id id = id_of(root);
  const auto stored = refs.find(std::string(kEpochRef));
  STET_TRY(const Epoch epoch,
           decode_epoch(stored == refs.end() ? std::nullopt : std::optional(stored->second)));
  const std::vector<ChunkView> chunks = {{leaf_id[0], leaf}, {id, root}};
  STET_CHECK(backend->put(chunks, epoch));
  const RefValue value(id.bytes.begin(), id.bytes.end());
  const std::vector<RefChange> changes = {{"doc/more", std::nullopt, value}};
  STET_TRY(const auto outcome, backend->swap(changes));
  if (!outcome.done) return Error(ErrorCode::internal, "the swap was lost");
  refs["doc/more"] = value;
  return state_from(refs);
}

}  // namespace stet::test
