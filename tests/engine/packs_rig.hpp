// A store in a file whose packer a test can look into: its records and ids can be chosen freely.
#pragma once

#include "engine/file_rig.hpp"

namespace stet::test {

inline constexpr std::uint8_t kDelta = 'D';
inline constexpr std::uint8_t kNames = 'N';

inline Id id_like(std::uint8_t start, std::uint8_t end) {
  Id id;
  std::ranges::fill(id.bytes, start);
  id.bytes.back() = end;
  return id;
}

// What follows the base's record.
inline Bytes delta_of(const Id& base, const std::string& rest) {
  Bytes record = {kDelta};
  record.insert(record.end(), base.bytes.begin(), base.bytes.end());
  record.insert(record.end(), rest.begin(), rest.end());
  return record;
}

inline Bytes names_of(const std::vector<Id>& ids) {
  Bytes record = {kNames};
  for (const Id& id : ids) record.insert(record.end(), id.bytes.begin(), id.bytes.end());
  return record;
}

class PlainPack final : public RecordPack {
 public:
  std::span<const Id> ids() const noexcept override { return ids_; }
  Bytes record(std::size_t index) const override { return records_[index]; }
  std::uint64_t bytes() const noexcept override { return bytes_; }
  void add(const Id& id, Bytes record) {
    bytes_ += record.size();
    ids_.push_back(id);
    records_.push_back(std::move(record));
  }

 private:
  std::vector<Id> ids_;
  std::vector<Bytes> records_;
  std::uint64_t bytes_ = 0;
};

// A pack is its records one after another, each behind its id and its length.
class PlainPacker final : public RecordPacker {
 public:
  std::optional<Id> base_of(BytesView record) const override {
    if (record.size() <= kIdBytes || record[0] != kDelta) return std::nullopt;
    Id id;
    std::copy_n(record.begin() + 1, kIdBytes, id.bytes.begin());
    return id;
  }
  Result<Bytes> resolve(const ChunkView& record, BytesView base_record) const override {
    Bytes whole(base_record.begin(), base_record.end());
    whole.insert(whole.end(), record.bytes.begin() + 1 + kIdBytes, record.bytes.end());
    return whole;
  }
  // Those that follow the mark.
  std::vector<Id> named_by(BytesView record) const override {
    std::vector<Id> named;
    if (record.empty() || record[0] != kNames) return named;
    for (std::size_t at = 1; at + kIdBytes <= record.size(); at += kIdBytes) {
      std::copy_n(record.begin() + static_cast<std::ptrdiff_t>(at), kIdBytes,
                  named.emplace_back().bytes.begin());
    }
    return named;
  }
  // A byte less than the record has, as where that says how it is encoded.
  std::optional<std::size_t> size_in_pack(const ChunkView& record) const override {
    return record.bytes.size() - 1;
  }
  // Behind the number of bases.
  Result<Bytes> pack(std::span<const ChunkView> records,
                     std::span<const Bytes> bases) const override {
    ++packs_made;
    Bytes bytes = {static_cast<std::uint8_t>(bases.size())};
    for (const ChunkView& record : records) {
      bytes.insert(bytes.end(), record.id.bytes.begin(), record.id.bytes.end());
      for (int shift = 0; shift < 32; shift += 8) {
        bytes.push_back(static_cast<std::uint8_t>(record.bytes.size() >> shift));
      }
      bytes.insert(bytes.end(), record.bytes.begin(), record.bytes.end());
    }
    return bytes;
  }
  Result<std::shared_ptr<const RecordPack>> open(BytesView packed,
                                                 std::span<const Bytes> bases) const override {
    auto pack = std::make_shared<PlainPack>();
    if (packed.empty() || packed[0] != bases.size()) return Error(ErrorCode::corrupt, "bases");
    last_bases = {bases.begin(), bases.end()};
    packed = packed.subspan(1);
    while (!packed.empty()) {
      if (packed.size() < kIdBytes + 4) return Error(ErrorCode::corrupt, "cut off");
      Id id;
      std::copy_n(packed.begin(), kIdBytes, id.bytes.begin());
      std::size_t length = 0;
      for (std::size_t i = 0; i < 4; ++i) length |= std::size_t{packed[kIdBytes + i]} << (8 * i);
      packed = packed.subspan(kIdBytes + 4);
      if (length > packed.size()) return Error(ErrorCode::corrupt, "cut off");
      pack->add(id, Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(length)));
      packed = packed.subspan(length);
    }
    return std::shared_ptr<const RecordPack>(pack);
  }

  mutable int packs_made = 0;
  mutable std::vector<Bytes> last_bases;  // with which one was opened
};

// Everything is live but `dead`, and all but `heads` is history.
class Live final : public LiveSet {
 public:
  bool contains(const Id& id) const override { return std::ranges::find(dead, id) == dead.end(); }
  std::uint64_t size() const override { return 0; }
  bool is_history(const Id& id) const override {
    return contains(id) && std::ranges::find(heads, id) == heads.end();
  }
  std::vector<Id> heads, dead;
};

class Packs : public ::testing::Test {
 protected:
  FileEngineOptions options(bool with_packer = true) {
    FileEngineOptions options = options_on(rig_.disk);
    if (with_packer) options.packer = packer_;
    return options;
  }
  std::shared_ptr<Backend> open() {
    auto opened = open_file(kStorePath, options());
    EXPECT_TRUE(opened.ok()) << opened.error().to_string();
    return *opened;
  }
  static Id put(Backend& backend, const Bytes& record, Epoch epoch = 0) {
    return put(backend, id_of(record), record, epoch);
  }
  static Id put(Backend& backend, const Id& id, const Bytes& record, Epoch epoch = 0) {
    const ChunkView view{id, record};
    EXPECT_TRUE(backend.put({&view, 1}, epoch).ok());
    return id;
  }
  // `whole`, or what follows the record of `base`.
  static Id put_delta(Backend& backend, const Bytes& whole, const Id& base, const std::string& rest,
                      Epoch epoch = 0) {
    const Bytes delta = delta_of(base, rest);
    const ChunkView other{base, delta};
    const ChunkView view{id_of(whole), whole, &other};
    EXPECT_TRUE(backend.put({&view, 1}, epoch).ok());
    return view.id;
  }
  static void commit(Backend& backend) { ASSERT_TRUE(backend.swap({})->done); }
  static std::optional<Bytes> get(Backend& backend, const Id& id) {
    const auto found = backend.get({&id, 1});
    EXPECT_TRUE(found.ok()) << found.error().to_string();
    return found.ok() ? found->front() : std::nullopt;
  }
  // Raises the epoch, and sweeps for it.
  Result<SweepReport> sweep(Backend& backend, const Live& live) {
    ++epoch_;
    const RefChange bump{
        .name = std::string(kEpochRef),
        .expected = epoch_ == 1 ? std::nullopt : std::optional(encode_epoch(epoch_ - 1)),
        .next = encode_epoch(epoch_)};
    EXPECT_TRUE(backend.swap({&bump, 1})->done);
    return backend.sweep(live, epoch_, {});
  }

  FileRig rig_;
  std::shared_ptr<PlainPacker> packer_ = std::make_shared<PlainPacker>();
  Epoch epoch_ = 0;
};

}  // namespace stet::test
