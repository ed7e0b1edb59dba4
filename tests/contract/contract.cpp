#include "contract/contract.hpp"

#include <algorithm>

namespace stet::contract {

void put(Backend& backend, const Chunk& chunk, Epoch epoch) {
  const ChunkView view = chunk.view();
  const auto done = backend.put({&view, 1}, epoch);
  ASSERT_TRUE(done.ok()) << done.error().to_string();
}

std::optional<Bytes> get(Backend& backend, const Id& id) {
  auto found = backend.get({&id, 1});
  EXPECT_TRUE(found.ok()) << found.error().to_string();
  if (!found.ok() || found->size() != 1) return std::nullopt;
  return found->front();
}

std::optional<RefValue> read(Backend& backend, const std::string& name) {
  auto values = backend.read({&name, 1});
  EXPECT_TRUE(values.ok()) << values.error().to_string();
  if (!values.ok() || values->size() != 1) return std::nullopt;
  return values->front();
}

bool swap(Backend& backend, const std::vector<RefChange>& changes) {
  const auto outcome = backend.swap(changes);
  EXPECT_TRUE(outcome.ok()) << outcome.error().to_string();
  return outcome.ok() && outcome->done;
}

void set_ref(Backend& backend, const std::string& name, std::string_view value) {
  while (!swap(backend, {{name, read(backend, name), bytes_of(value), false}})) {
    if (::testing::Test::HasFailure()) return;
  }
}

Epoch epoch_of(Backend& backend) {
  const auto epoch = decode_epoch(read(backend, std::string(kEpochRef)));
  EXPECT_TRUE(epoch.ok());
  return epoch.ok() ? *epoch : 0;
}

Epoch bump_epoch(Backend& backend) {
  while (true) {
    const auto before = read(backend, std::string(kEpochRef));
    const Epoch next = *decode_epoch(before) + 1;
    if (swap(backend, {{std::string(kEpochRef), before, encode_epoch(next), false}})) return next;
    if (::testing::Test::HasFailure()) return next;
  }
}

SetOfIds::SetOfIds(std::vector<Id> ids) : ids_(std::move(ids)) {
  std::sort(ids_.begin(), ids_.end());
  ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
}

bool SetOfIds::contains(const Id& id) const {
  return std::binary_search(ids_.begin(), ids_.end(), id);
}

}  // namespace stet::contract
