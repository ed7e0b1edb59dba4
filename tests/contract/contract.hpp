// The contract: one suite that every engine and layer passes. A backend registers a Subject in
// subjects.cpp and says what it can.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stet/seam.hpp"

namespace stet::contract {

// One store that is thrown away with the object.
class Place {
 public:
  virtual ~Place() = default;
  // A handle on the store; each call gives a new one where the subject has `handles`.
  virtual std::shared_ptr<Backend> open() = 0;
};

struct Subject {
  std::string name;  // letters and digits
  Durability durability = Durability::none;
  bool handles = false;  // several handles on one store, as processes would have
  bool reopens = false;  // what was swapped is there when all handles are gone
  std::size_t chunk_bytes_max = kChunkBytesMax;
  std::function<std::unique_ptr<Place>()> make;
};

const std::vector<Subject>& subjects();

class Contract : public ::testing::TestWithParam<Subject> {
 protected:
  void SetUp() override {
    place_ = GetParam().make();
    backend_ = place_->open();
  }
  // The same store through another handle, if the subject can.
  std::shared_ptr<Backend> another() { return GetParam().handles ? place_->open() : backend_; }

  std::unique_ptr<Place> place_;
  std::shared_ptr<Backend> backend_;
};

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// A chunk that owns its bytes; its id is the right one.
struct Chunk {
  explicit Chunk(Bytes content) : bytes(std::move(content)), id(id_of(bytes)) {}
  explicit Chunk(std::string_view text) : Chunk(bytes_of(text)) {}
  ChunkView view() const { return {id, bytes}; }
  Bytes bytes;
  Id id;
};

void put(Backend& backend, const Chunk& chunk, Epoch epoch = 0);
std::optional<Bytes> get(Backend& backend, const Id& id);
std::optional<RefValue> read(Backend& backend, const std::string& name);
bool swap(Backend& backend, const std::vector<RefChange>& changes);
// Sets a ref, whatever it was.
void set_ref(Backend& backend, const std::string& name, std::string_view value);
Epoch epoch_of(Backend& backend);
// What a sweep begins with. Retries until it wins.
Epoch bump_epoch(Backend& backend);

class SetOfIds final : public LiveSet {
 public:
  explicit SetOfIds(std::vector<Id> ids);
  bool contains(const Id& id) const override;
  std::uint64_t size() const override { return ids_.size(); }

 private:
  std::vector<Id> ids_;  // sorted
};

}  // namespace stet::contract
