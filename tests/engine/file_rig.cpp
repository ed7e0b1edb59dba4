#include "engine/file_rig.hpp"

#include "support/crash_states.hpp"

namespace stet::test {

DiskImage durable_now(const FileRig& rig) {
  const auto log = rig.disk->log();
  return durable_only(rig.disk->durable_at_start(), log);
}

std::shared_ptr<Backend> FileRig::open() {
  auto opened = try_open();
  EXPECT_TRUE(opened.ok()) << opened.error().to_string();
  return opened.ok() ? *opened : nullptr;
}

Result<SwapOutcome> FileRig::save(Backend& backend, const std::string& ref, const Bytes& chunk) {
  const ChunkView view{id_of(chunk), chunk};
  STET_TRY(const auto before, backend.read({&ref, 1}));
  STET_CHECK(backend.put({&view, 1}, 0));
  const RefChange change{ref, before.front(), Bytes(view.id.bytes.begin(), view.id.bytes.end()),
                         false};
  return backend.swap({&change, 1});
}

std::optional<RefValue> FileRig::read(Backend& backend, const std::string& ref) {
  auto values = backend.read({&ref, 1});
  EXPECT_TRUE(values.ok()) << values.error().to_string();
  return values.ok() ? values->front() : std::nullopt;
}

std::optional<Bytes> FileRig::load(Backend& backend, const std::string& ref) {
  const auto value = read(backend, ref);
  if (!value || value->size() != kIdBytes) return std::nullopt;
  Id id;
  std::copy(value->begin(), value->end(), id.bytes.begin());
  auto found = backend.get({&id, 1});
  EXPECT_TRUE(found.ok()) << found.error().to_string();
  return found.ok() ? found->front() : std::nullopt;
}

std::uint64_t FileRig::file_size() const { return (*disk->status(kStorePath))->size_bytes; }

Bytes FileRig::read_bytes(std::uint64_t offset, std::size_t length) const {
  const auto file = disk->open(kStorePath, os::OpenMode::read);
  Bytes bytes(length);
  EXPECT_TRUE((*file)->read_exactly(offset, bytes).ok());
  return bytes;
}

void FileRig::write_bytes(std::uint64_t offset, const Bytes& bytes) const {
  const auto file = disk->open(kStorePath, os::OpenMode::read_write);
  EXPECT_TRUE((*file)->write_all(offset, bytes).ok());
}

void FileRig::flip(std::uint64_t offset) const {
  Bytes byte = read_bytes(offset, 1);
  byte[0] = static_cast<std::uint8_t>(byte[0] ^ 0x10);
  write_bytes(offset, byte);
}

void FileRig::truncate(std::uint64_t size) const {
  const auto file = disk->open(kStorePath, os::OpenMode::read_write);
  EXPECT_TRUE((*file)->truncate(size).ok());
}

std::uint64_t FileRig::content_end() const {
  const Bytes all = read_bytes(0, file_size());
  std::size_t end = all.size();
  while (end > 0 && all[end - 1] == 0) --end;
  return end;
}

std::vector<std::string> FileRig::names() const { return *disk->list_directory("/"); }

}  // namespace stet::test
