// Packs and deltas in the file engine: what may be a delta, what a sweep makes of it, and where
// packed chunks are found. The packer is one whose records and ids a test can choose freely.
#include "engine/file_rig.hpp"

namespace stet::test {
namespace {

constexpr std::uint8_t kDelta = 'D';
constexpr std::uint8_t kNames = 'N';

Id id_like(std::uint8_t start, std::uint8_t end) {
  Id id;
  std::ranges::fill(id.bytes, start);
  id.bytes.back() = end;
  return id;
}

// What follows the base's record.
Bytes delta_of(const Id& base, const std::string& rest) {
  Bytes record = {kDelta};
  record.insert(record.end(), base.bytes.begin(), base.bytes.end());
  record.insert(record.end(), rest.begin(), rest.end());
  return record;
}

Bytes names_of(const std::vector<Id>& ids) {
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
  std::optional<std::size_t> size_in_pack(const ChunkView& record) const override {
    return record.bytes.size();
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

TEST_F(Packs, HoldHistoryAfterASweepAndNothingElse) {
  Live live;
  std::vector<Id> ids;
  {
    const auto backend = open();
    for (int i = 0; i < 50; ++i) ids.push_back(put(*backend, chunk_of(std::to_string(i), 100)));
    live.heads = {ids[3]};
    live.dead = {ids[7]};
    commit(*backend);
    const auto swept = sweep(*backend, live);
    ASSERT_TRUE(swept.ok()) << swept.error().to_string();
    EXPECT_EQ(swept->chunks_kept, 49u);
    EXPECT_EQ(swept->chunks_dropped, 1u);
  }
  EXPECT_EQ(packer_->packs_made, 1);
  const auto backend = open();
  for (int i = 0; i < 50; ++i) {
    const auto found = get(*backend, ids[static_cast<std::size_t>(i)]);
    EXPECT_EQ(found, i == 7 ? std::nullopt : std::optional(chunk_of(std::to_string(i), 100)));
  }
  EXPECT_TRUE(backend->check({})->empty());
  const auto without = open_file(kStorePath, options(false));
  ASSERT_TRUE(without.ok());
  EXPECT_EQ((*without)->get({&ids[0], 1}).error().code(), ErrorCode::newer_format);
  EXPECT_TRUE((*without)->get({&ids[3], 1})->front().has_value()) << "a head isn't packed";
}

TEST_F(Packs, AreTakenForStoredAndSoNotWrittenAgain) {
  const auto backend = open();
  const Id id = put(*backend, chunk_of("old"));
  commit(*backend);
  ASSERT_TRUE(sweep(*backend, Live()).ok());
  const auto before = backend->counters().chunks_written;
  put(*backend, chunk_of("old"), epoch_);
  EXPECT_EQ(backend->counters().chunks_written, before);
  put(*backend, chunk_of("old"), epoch_ + 1);  // a sweep that has begun may drop it
  EXPECT_EQ(backend->counters().chunks_written, before + 1);
  EXPECT_EQ(get(*backend, id), chunk_of("old"));
}

TEST_F(Packs, AreFoundWithoutTheirIndex) {
  std::vector<Id> ids;
  {
    const auto backend = open();
    for (int i = 0; i < 20; ++i) ids.push_back(put(*backend, chunk_of(std::to_string(i), 100)));
    commit(*backend);
    ASSERT_TRUE(sweep(*backend, Live()).ok());
  }
  for (const std::uint64_t slot : {4096, 8192}) rig_.flip(slot + 30);
  const auto backend = open();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(get(*backend, ids[static_cast<std::size_t>(i)]), chunk_of(std::to_string(i), 100));
  }
}

TEST_F(Packs, OfIdsThatBeginAlikeHoldOne) {
  std::vector<Id> ids;
  const auto backend = open();
  for (std::uint8_t i = 0; i < 5; ++i) {
    ids.push_back(put(*backend, id_like(9, i), chunk_of(std::to_string(i))));
  }
  commit(*backend);
  for (int sweeps = 0; sweeps < 3; ++sweeps) {
    ASSERT_TRUE(sweep(*backend, Live()).ok());
    for (std::uint8_t i = 0; i < 5; ++i) {
      EXPECT_EQ(get(*backend, ids[i]), chunk_of(std::to_string(i))) << sweeps;
    }
    EXPECT_EQ(get(*backend, id_like(9, 77)), std::nullopt);
  }
}

// The first is by itself and earlier in the file than the pack, which stays whole.
TEST_F(Packs, ThatStayWholeGoBeforeOneByItselfWhoseIdBeginsAlike) {
  const auto backend = open();
  Live live;
  const Id packed = put(*backend, id_like(9, 1), chunk_of("packed"));
  const Id single = put(*backend, id_like(9, 2), chunk_of("single"));
  for (int i = 0; i < 45; ++i) {  // more than a batch, so the single one goes ahead of the pack
    live.heads.push_back(put(*backend, chunk_of("head " + std::to_string(i), 100'000)));
  }
  for (int i = 0; i < 120; ++i) put(*backend, chunk_of(std::to_string(i), 20'000));
  commit(*backend);
  for (int sweeps = 0; sweeps < 3; ++sweeps) {
    ASSERT_TRUE(sweep(*backend, live).ok());
    EXPECT_EQ(get(*backend, packed), chunk_of("packed")) << sweeps;
    EXPECT_EQ(get(*backend, single), chunk_of("single")) << sweeps;
  }
}

TEST_F(Packs, ThatStayWholeAreCopiedAndOthersMadeAnew) {
  std::vector<Id> ids;
  const auto backend = open();
  for (int i = 0; i < 250; ++i) {
    ids.push_back(put(*backend, chunk_of(std::to_string(i), 20'000)));
    commit(*backend);
  }
  Live live;
  ASSERT_TRUE(sweep(*backend, live).ok());
  EXPECT_EQ(packer_->packs_made, 2) << "4 MiB, and the rest";
  ASSERT_TRUE(sweep(*backend, live).ok());
  EXPECT_EQ(packer_->packs_made, 3) << "the rest, which is small, once more";
  live.dead = {ids[5]};
  live.heads = {ids[6]};
  const auto swept = sweep(*backend, live);
  EXPECT_EQ(swept->chunks_dropped, 1u);
  EXPECT_GT(packer_->packs_made, 3);
  for (int i = 0; i < 250; ++i) {
    const auto found = get(*open(), ids[static_cast<std::size_t>(i)]);
    EXPECT_EQ(found.has_value(), i != 5) << i;
  }
}

TEST_F(Packs, ThatAreDamagedAreCorruptWithTheirPlace) {
  Id id;
  {
    const auto backend = open();
    id = put(*backend, chunk_of("some text in a pack", 3000));
    commit(*backend);
    ASSERT_TRUE(sweep(*backend, Live()).ok());
  }
  // The length within the pack: behind the frame's fixed bytes and the id.
  const std::uint64_t frame = 3 * 4096;
  rig_.flip(frame + 8 + 12 + 1 + kIdBytes + 2);
  const auto found = open()->get({&id, 1});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), ErrorCode::corrupt);
  EXPECT_EQ(found.error().context().offset, frame);
}

TEST_F(Packs, LeanOnWhatTookThePlaceOfWhatIsInThem) {
  const Bytes old_chunk = chunk_of("chunk", 1000), newer = chunk_of("chunk", 1002);
  const Bytes newest = chunk_of("chunk", 1004);
  const auto backend = open();
  const Id first = put(*backend, old_chunk);
  commit(*backend);
  const Id second = put_delta(*backend, newer, first, "xx");
  commit(*backend);
  Live live;
  live.heads = {put_delta(*backend, newest, second, "xx")};
  commit(*backend);
  for (int sweeps = 0; sweeps < 3; ++sweeps) {
    ASSERT_TRUE(sweep(*backend, live).ok());
    const auto fresh = open();
    packer_->last_bases.clear();
    EXPECT_EQ(get(*fresh, first), old_chunk);
    // Small packs are made anew, and lean on what they leaned on.
    EXPECT_EQ(packer_->last_bases, std::vector<Bytes>{newest}) << sweeps;
    EXPECT_EQ(get(*fresh, second), newer);
    EXPECT_EQ(get(*fresh, live.heads[0]), newest);
  }
}

TEST_F(Packs, LeanOnWhatNamesTheSame) {
  const auto backend = open();
  const Id common = put(*backend, chunk_of("named by both")),
           old_one = put(*backend, chunk_of("a"));
  const Id new_one = put(*backend, chunk_of("b"));
  const Bytes older = names_of({common, old_one}), newer = names_of({common, new_one});
  const Bytes other = names_of({new_one});
  const Id history = put(*backend, older);
  Live live;
  live.heads = {common, new_one, put(*backend, other), put(*backend, newer)};
  commit(*backend);
  ASSERT_TRUE(sweep(*backend, live).ok());
  EXPECT_EQ(get(*open(), history), older);
  EXPECT_EQ(packer_->last_bases, std::vector<Bytes>{newer});
}

// A pack that stays whole goes where its bases have gone.
TEST_F(Packs, ThatLeanOnOthersAreCopiedWithTheirBases) {
  const auto backend = open();
  std::vector<Id> old_ids;
  Live live;
  for (int i = 0; i < 120; ++i) {
    const std::string name = "chunk " + std::to_string(i);
    old_ids.push_back(put(*backend, chunk_of(name, 20'000)));
    commit(*backend);
    live.heads.push_back(put_delta(*backend, chunk_of(name, 20'002), old_ids.back(), "xx"));
    commit(*backend);
  }
  ASSERT_TRUE(sweep(*backend, live).ok());
  const int made = packer_->packs_made;
  put(*backend, chunk_of("something in between", 5000), epoch_);
  commit(*backend);
  ASSERT_TRUE(sweep(*backend, live).ok());
  EXPECT_EQ(packer_->packs_made - made, 1) << "of what came in between";
  const auto expect_all = [&] {
    const auto fresh = open();
    for (int i = 0; i < 120; ++i) {
      EXPECT_EQ(get(*fresh, old_ids[static_cast<std::size_t>(i)]),
                chunk_of("chunk " + std::to_string(i), 20'000));
    }
  };
  expect_all();
  EXPECT_EQ(packer_->last_bases.size(), 120u);
  // One of its bases becomes history itself.
  live.heads.pop_back();
  ASSERT_TRUE(sweep(*backend, live).ok());
  expect_all();
  // And all of them go.
  live.dead = live.heads;
  live.heads.clear();
  ASSERT_TRUE(sweep(*backend, live).ok());
  expect_all();
}

using Deltas = Packs;

TEST_F(Deltas, AreWrittenWhereTheLogHoldsTheBase) {
  const auto backend = open();
  const Id base = put(*backend, chunk_of("base", 1000));
  const Bytes whole = chunk_of("base", 1002);
  const Id early = put_delta(*backend, whole, base, "xx");  // the base isn't committed yet
  commit(*backend);
  EXPECT_EQ(get(*open(), early), whole);
  const Bytes other = chunk_of("base", 1003);
  const Id id = put_delta(*backend, other, base, "xxx");
  EXPECT_EQ(get(*backend, id), other) << "what waits is there in both forms";
  commit(*backend);
  EXPECT_EQ(get(*open(), id), delta_of(base, "xxx"));
  EXPECT_TRUE(backend->check({})->empty());
}

TEST_F(Deltas, AreNotWrittenOfWhatIsStoredWithAnOlderMark) {
  const auto backend = open();
  const Id base = put(*backend, chunk_of("base", 1000));
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put(*backend, whole);
  commit(*backend);
  put_delta(*backend, whole, base, "xx", 1);
  commit(*backend);
  EXPECT_EQ(get(*backend, id), whole);
}

TEST_F(Deltas, AreNotWrittenOfAChunkAgainstItself) {
  const auto backend = open();
  const Bytes whole = chunk_of("base", 1000);
  const Id base = put(*backend, whole);
  commit(*backend);
  put_delta(*backend, whole, base, "", 1);
  commit(*backend);
  EXPECT_EQ(get(*open(), base), whole);
}

// A copy of the file that somebody put in its place has the same salt.
TEST_F(Deltas, ThatWaitWhileAnOlderCopyTakesThePlaceAreWrittenWhole) {
  const auto backend = open();
  put(*backend, chunk_of("older"));
  commit(*backend);
  const Bytes copy = rig_.read_bytes(0, rig_.file_size());
  const Id base = put(*backend, chunk_of("base", 1000));
  commit(*backend);
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put_delta(*backend, whole, base, "xx");
  {
    auto file = *rig_.disk->open("/copy", os::OpenMode::create_new, 0600);
    ASSERT_TRUE(file->write_all(0, copy).ok());
    ASSERT_TRUE(file->sync_all().ok());
  }
  ASSERT_TRUE(rig_.disk->rename("/copy", kStorePath).ok());
  commit(*backend);
  EXPECT_EQ(get(*open(), id), whole);
  EXPECT_EQ(get(*open(), base), std::nullopt);
}

TEST_F(Packs, ThatAreDamagedKeepNobodyFromSaving) {
  const Bytes chunk = chunk_of("some text in a pack", 3000);
  {
    const auto backend = open();
    put(*backend, chunk);
    commit(*backend);
    ASSERT_TRUE(sweep(*backend, Live()).ok());
  }
  rig_.flip(3 * 4096 + 8 + 12 + 1 + kIdBytes + 2);
  const auto backend = open();
  const Id id = put(*backend, chunk, epoch_);
  commit(*backend);
  EXPECT_EQ(get(*open(), id), chunk);
}

TEST_F(Deltas, AreNotWrittenWithoutAPacker) {
  const auto backend = *open_file(kStorePath, options(false));
  const Id base = put(*backend, chunk_of("base", 1000));
  commit(*backend);
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put_delta(*backend, whole, base, "xx");
  commit(*backend);
  EXPECT_EQ(get(*open(), id), whole);
}

TEST_F(Deltas, AreWholeAfterASweepThoughTheirBasesAreGone) {
  const auto backend = open();
  Live live;
  live.dead.push_back(put(*backend, chunk_of("base", 1000)));
  commit(*backend);
  live.dead.push_back(put_delta(*backend, chunk_of("base", 1002), live.dead[0], "xx"));
  commit(*backend);
  const Bytes whole = chunk_of("base", 1004);
  const Id id = put_delta(*backend, whole, live.dead[1], "xx");
  commit(*backend);
  for (const bool is_head : {false, true}) {
    if (is_head) live.heads = {id};
    const auto swept = sweep(*backend, live);
    ASSERT_TRUE(swept.ok()) << swept.error().to_string();
    EXPECT_EQ(get(*backend, id), whole);
    EXPECT_EQ(get(*backend, live.dead[0]), std::nullopt);
  }
}

// What was put before a sweep replaces the file is good only in the old one.
TEST_F(Deltas, ThatWaitWhileAnotherSweepsAreWrittenWhole) {
  const auto backend = open();
  Live live;
  live.dead = {put(*backend, chunk_of("base", 1000))};
  commit(*backend);
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put_delta(*backend, whole, live.dead[0], "xx", 1);
  ASSERT_TRUE(sweep(*open(), live).ok());
  EXPECT_EQ(get(*backend, id), whole);
  commit(*backend);
  EXPECT_EQ(get(*backend, live.dead[0]), std::nullopt);
  EXPECT_EQ(get(*backend, id), whole);
  EXPECT_EQ(get(*open(), id), whole);
}

TEST_F(Deltas, ThatWaitWhileTheirOwnHandleSweepsAreWrittenWhole) {
  const auto backend = open();
  Live live;
  live.dead = {put(*backend, chunk_of("base", 1000))};
  commit(*backend);
  ++epoch_;
  const RefChange bump{
      .name = std::string(kEpochRef), .expected = {}, .next = encode_epoch(epoch_)};
  ASSERT_TRUE(backend->swap({&bump, 1})->done);
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put_delta(*backend, whole, live.dead[0], "xx", epoch_);
  ASSERT_TRUE(backend->sweep(live, epoch_, {}).ok());
  commit(*backend);
  EXPECT_EQ(get(*open(), id), whole);
}

}  // namespace
}  // namespace stet::test
