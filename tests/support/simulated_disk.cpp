#include "support/simulated_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "os/errors.hpp"

namespace stet::test {

namespace {

struct HeldLock {
  const void* owner;
  os::LockKind kind;
  std::uint64_t begin;
  std::uint64_t end;
};

std::uint64_t lock_end(std::uint64_t offset, std::uint64_t length) {
  return length == 0 ? ~std::uint64_t{0} : offset + length;
}

}  // namespace

struct SimulatedDisk::State {
  mutable std::mutex mutex;
  // Guarded by mutex:
  DiskImage start;
  DiskImage cached;
  std::vector<Operation> log;
  DiskCounters counters;
  std::map<NodeNumber, std::vector<HeldLock>> locks;
  NodeNumber next_node = 1;
  std::uint64_t syncs_until_failure = 0;  // 0: none will fail
  SyncFailure sync_failure = SyncFailure::data_lost;
  bool next_hint_fails = false;

  void record(Operation operation) {
    cached.apply(operation);
    log.push_back(std::move(operation));
  }

  bool is_folder(const std::string& path) const {
    if (path == "/") return true;
    const Node* node = cached.node_at(path);
    return node != nullptr && node->type == os::FileType::directory;
  }

  os::FileStatus status_of(NodeNumber number) const {
    const Node& node = *cached.node(number);
    os::FileStatus status;
    status.identity = {1, number};
    status.type = node.type;
    status.size_bytes = node.content.size();
    status.mode = node.attributes.mode;
    status.user = node.attributes.user;
    status.group = node.attributes.group;
    status.links = cached.links(number);
    return status;
  }

  Operation create(const std::string& path, os::FileType type, std::uint32_t mode) {
    Operation operation;
    operation.kind = Operation::Kind::change_entries;
    operation.node = next_node++;
    operation.created[operation.node] = Node{type, {}, Attributes{.mode = mode}};
    operation.entries = {{path, operation.node}};
    return operation;
  }

  void release(NodeNumber number, const void* owner, std::uint64_t begin, std::uint64_t end) {
    std::vector<HeldLock>& all = locks[number];
    const auto is_met = [&](const HeldLock& held) {
      return held.owner == owner && held.end > begin && held.begin < end;
    };
    std::vector<HeldLock> rests;  // takes no memory where whole locks go, as in a kernel
    for (const HeldLock& held : all) {
      if (!is_met(held)) continue;
      if (held.begin < begin) rests.push_back({owner, held.kind, held.begin, begin});
      if (held.end > end) rests.push_back({owner, held.kind, end, held.end});
    }
    std::erase_if(all, is_met);
    all.insert(all.end(), rests.begin(), rests.end());
  }

  bool acquire(NodeNumber number, const HeldLock& wanted) {
    const bool in_the_way = std::ranges::any_of(locks[number], [&](const HeldLock& held) {
      return held.owner != wanted.owner && held.begin < wanted.end && wanted.begin < held.end &&
             (held.kind == os::LockKind::exclusive || wanted.kind == os::LockKind::exclusive);
    });
    if (in_the_way) return false;
    release(number, wanted.owner, wanted.begin, wanted.end);
    locks[number].push_back(wanted);
    return true;
  }
};

class SimulatedDisk::OpenFile final : public os::File {
 public:
  OpenFile(std::shared_ptr<State> state, NodeNumber number, std::string path, bool writable)
      : state_(std::move(state)), number_(number), path_(std::move(path)), writable_(writable) {}
  ~OpenFile() override {
    const std::lock_guard guard(state_->mutex);
    state_->release(number_, this, 0, ~std::uint64_t{0});
  }

  const std::string& path() const noexcept override { return path_; }

  Result<std::size_t> read_some(std::uint64_t offset, MutableBytes out) override {
    const std::lock_guard guard(state_->mutex);
    const Node& node = *state_->cached.node(number_);
    if (node.type != os::FileType::regular) return os::system_error(EISDIR, "read", path_);
    if (offset >= node.content.size()) return std::size_t{0};
    const std::size_t count = std::min<std::uint64_t>(out.size(), node.content.size() - offset);
    node.content.read(offset, out.first(count));
    state_->counters.bytes_read += count;
    ++state_->counters.reads;
    return count;
  }

  Result<std::size_t> write_some(std::uint64_t offset, BytesView bytes) override {
    if (!writable_) return os::system_error(EBADF, "write", path_);
    const std::lock_guard guard(state_->mutex);
    if (!bytes.empty()) {
      Operation operation = about(Operation::Kind::write);
      operation.offset = offset;
      operation.bytes.assign(bytes.begin(), bytes.end());
      state_->record(std::move(operation));
      state_->counters.bytes_written += bytes.size();
    }
    return bytes.size();
  }

  Result<void> sync_data() override { return sync(Operation::Kind::sync_data); }
  Result<void> sync_all() override { return sync(Operation::Kind::sync_all); }

  Result<void> start_sync(std::uint64_t offset, std::uint64_t) override {
    const std::lock_guard guard(state_->mutex);
    ++state_->counters.hints;
    if (!std::exchange(state_->next_hint_fails, false)) return {};
    state_->record(about(Operation::Kind::lose_data));
    return os::system_error(EIO, "write", path_).at_offset(offset);
  }

  Result<void> truncate(std::uint64_t size_bytes) override {
    if (!writable_) return os::system_error(EINVAL, "set the size of", path_);
    const std::lock_guard guard(state_->mutex);
    Operation operation = about(Operation::Kind::resize);
    operation.size = size_bytes;
    state_->record(std::move(operation));
    return {};
  }

  Result<os::FileStatus> status() override {
    const std::lock_guard guard(state_->mutex);
    return state_->status_of(number_);
  }

  Result<void> set_mode(std::uint32_t mode) override {
    return set_attributes([mode](Attributes& attributes) { attributes.mode = mode; });
  }
  Result<void> set_owner(std::uint32_t user, std::uint32_t group) override {
    return set_attributes([user, group](Attributes& attributes) {
      attributes.user = user;
      attributes.group = group;
    });
  }

  Result<bool> try_lock(os::LockKind kind, std::uint64_t offset, std::uint64_t length) override {
    const std::lock_guard guard(state_->mutex);
    return state_->acquire(number_, {this, kind, offset, lock_end(offset, length)});
  }

  Result<void> unlock(std::uint64_t offset, std::uint64_t length) override {
    const std::lock_guard guard(state_->mutex);
    state_->release(number_, this, offset, lock_end(offset, length));
    return {};
  }
  std::string lock_holder(std::uint64_t, std::uint64_t) override { return "another handle"; }

 private:
  Operation about(Operation::Kind kind) const {
    Operation operation;
    operation.kind = kind;
    operation.node = number_;
    return operation;
  }

  template <class Change>
  Result<void> set_attributes(const Change& change) {
    const std::lock_guard guard(state_->mutex);
    Operation operation = about(Operation::Kind::set_attributes);
    operation.attributes = state_->cached.node(number_)->attributes;
    change(operation.attributes);
    state_->record(std::move(operation));
    return {};
  }

  Result<void> sync(Operation::Kind kind) {
    const std::lock_guard guard(state_->mutex);
    State& disk = *state_;
    ++disk.counters.file_syncs;
    if (disk.syncs_until_failure == 0 || --disk.syncs_until_failure > 0) {
      disk.record(about(kind));
      return {};
    }
    if (disk.sync_failure == SyncFailure::data_lost) {
      disk.record(about(Operation::Kind::lose_data));
    } else if (disk.sync_failure == SyncFailure::data_durable) {
      disk.record(about(kind));
    }
    return os::system_error(EIO, "sync", path_);
  }

  const std::shared_ptr<State> state_;
  const NodeNumber number_;
  const std::string path_;
  const bool writable_;
};

SimulatedDisk::SimulatedDisk(DiskImage durable) : SimulatedDisk(std::move(durable), {}) {}

SimulatedDisk::SimulatedDisk(DiskImage durable, std::span<const Operation> log)
    : state_(std::make_shared<State>()) {
  state_->cached = durable;
  state_->start = std::move(durable);
  for (const Operation& operation : log) state_->record(operation);
  state_->next_node = state_->cached.newest() + 1;
}

SimulatedDisk::~SimulatedDisk() = default;

Result<std::unique_ptr<os::File>> SimulatedDisk::open(const std::string& path, os::OpenMode how,
                                                      std::uint32_t mode) {
  const std::lock_guard guard(state_->mutex);
  const std::string normal = normal_path(path);
  auto number = state_->cached.find(normal);
  const bool may_create = how == os::OpenMode::create_new || how == os::OpenMode::create_or_open;
  if (number && how == os::OpenMode::create_new) return os::system_error(EEXIST, "open", path);
  if (!number) {
    if (!may_create || !state_->is_folder(os::parent_directory(normal))) {
      return os::system_error(ENOENT, "open", path);
    }
    Operation operation = state_->create(normal, os::FileType::regular, mode);
    number = operation.node;
    state_->record(std::move(operation));
  }
  const bool writable = how != os::OpenMode::read;
  if (writable && state_->cached.node(*number)->type != os::FileType::regular) {
    return os::system_error(EISDIR, "open", path);
  }
  return std::unique_ptr<os::File>(std::make_unique<OpenFile>(state_, *number, path, writable));
}

Result<void> SimulatedDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard guard(state_->mutex);
  const std::string source = normal_path(from);
  const std::string target = normal_path(to);
  const auto number = state_->cached.find(source);
  if (!number || !state_->is_folder(os::parent_directory(target))) {
    return os::system_error(ENOENT, "rename a file to", to);
  }
  if (state_->is_folder(source) || state_->is_folder(target)) {
    return os::system_error(EISDIR, "rename a file to", to);
  }
  if (state_->cached.find(target) == number) return {};
  Operation operation;
  operation.kind = Operation::Kind::change_entries;
  operation.entries = {{source, std::nullopt}, {target, *number}};
  state_->record(std::move(operation));
  return {};
}

Result<void> SimulatedDisk::rename_new(const std::string& from, const std::string& to) {
  const std::lock_guard guard(state_->mutex);
  const auto number = state_->cached.find(normal_path(from));
  const std::string target = normal_path(to);
  if (!number || !state_->is_folder(os::parent_directory(target))) {
    return os::system_error(ENOENT, "rename a file to", to);
  }
  if (state_->cached.find(target)) return os::system_error(EEXIST, "rename a file to", to);
  Operation operation;
  operation.kind = Operation::Kind::change_entries;
  operation.entries = {{normal_path(from), std::nullopt}, {target, *number}};
  state_->record(std::move(operation));
  return {};
}

Result<void> SimulatedDisk::link(const std::string& from, const std::string& to) {
  const std::lock_guard guard(state_->mutex);
  const auto number = state_->cached.find(normal_path(from));
  const std::string target = normal_path(to);
  if (!number || !state_->is_folder(os::parent_directory(target))) {
    return os::system_error(ENOENT, "link a file to", to);
  }
  if (state_->cached.find(target)) return os::system_error(EEXIST, "link a file to", to);
  Operation operation;
  operation.kind = Operation::Kind::change_entries;
  operation.entries = {{target, *number}};
  state_->record(std::move(operation));
  return {};
}

Result<void> SimulatedDisk::remove(const std::string& path) {
  const std::lock_guard guard(state_->mutex);
  const std::string normal = normal_path(path);
  if (!state_->cached.find(normal)) return os::system_error(ENOENT, "remove", path);
  if (state_->is_folder(normal)) return os::system_error(EISDIR, "remove", path);
  Operation operation;
  operation.kind = Operation::Kind::change_entries;
  operation.entries = {{normal, std::nullopt}};
  state_->record(std::move(operation));
  return {};
}

Result<void> SimulatedDisk::make_directory(const std::string& path, std::uint32_t mode) {
  const std::lock_guard guard(state_->mutex);
  const std::string normal = normal_path(path);
  if (normal == "/" || state_->cached.find(normal)) {
    return os::system_error(EEXIST, "make the folder", path);
  }
  if (!state_->is_folder(os::parent_directory(normal))) {
    return os::system_error(ENOENT, "make the folder", path);
  }
  state_->record(state_->create(normal, os::FileType::directory, mode));
  return {};
}

Result<void> SimulatedDisk::sync_directory(const std::string& path) {
  const std::lock_guard guard(state_->mutex);
  const std::string normal = normal_path(path);
  if (!state_->is_folder(normal)) return os::system_error(ENOENT, "open the folder", path);
  ++state_->counters.folder_syncs;
  Operation operation;
  operation.kind = Operation::Kind::sync_folder;
  operation.folder = normal;
  state_->record(std::move(operation));
  return {};
}

Result<std::optional<os::FileStatus>> SimulatedDisk::status(const std::string& path) {
  const std::lock_guard guard(state_->mutex);
  const std::string normal = normal_path(path);
  if (normal == "/") {
    os::FileStatus root;
    root.type = os::FileType::directory;
    return std::optional(root);
  }
  const auto number = state_->cached.find(normal);
  return number ? std::optional(state_->status_of(*number)) : std::nullopt;
}

Result<std::optional<os::FileStatus>> SimulatedDisk::link_status(const std::string& path) {
  return status(path);  // there are no symbolic links here
}

Result<std::string> SimulatedDisk::real_path(const std::string& path) {
  STET_TRY(const auto found, status(path));
  if (!found) return os::system_error(ENOENT, "find", path);
  return normal_path(path);
}

Result<std::vector<std::string>> SimulatedDisk::list_directory(const std::string& path) {
  const std::lock_guard guard(state_->mutex);
  const std::string folder = normal_path(path);
  if (!state_->is_folder(folder)) return os::system_error(ENOENT, "list the folder", path);
  std::vector<std::string> names;
  for (const auto& [entry, number] : state_->cached.entries()) {
    if (os::parent_directory(entry) != folder) continue;
    names.push_back(entry.substr(entry.rfind('/') + 1));
  }
  return names;
}

Result<std::string> SimulatedDisk::file_system_kind(const std::string&) {
  return std::string("ext4");
}

void SimulatedDisk::fail_sync(std::uint64_t nth, SyncFailure how) {
  const std::lock_guard guard(state_->mutex);
  state_->syncs_until_failure = nth;
  state_->sync_failure = how;
}

void SimulatedDisk::fail_next_hint() {
  const std::lock_guard guard(state_->mutex);
  state_->next_hint_fails = true;
}

DiskImage SimulatedDisk::durable_at_start() const {
  const std::lock_guard guard(state_->mutex);
  return state_->start;
}

DiskImage SimulatedDisk::cached() const {
  const std::lock_guard guard(state_->mutex);
  return state_->cached;
}

std::vector<Operation> SimulatedDisk::log() const {
  const std::lock_guard guard(state_->mutex);
  return state_->log;
}

std::uint64_t SimulatedDisk::log_size() const {
  const std::lock_guard guard(state_->mutex);
  return state_->log.size();
}

DiskCounters SimulatedDisk::counters() const {
  const std::lock_guard guard(state_->mutex);
  return state_->counters;
}

}  // namespace stet::test
