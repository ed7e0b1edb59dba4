#include "engine/file/index.hpp"

#include <algorithm>

#include "engine/file/merge.hpp"

namespace stet::file {

namespace {

constexpr std::size_t kRunRecordBytes = 28;
constexpr std::size_t kRunsMax = 4096;
constexpr std::size_t kBucketsKept = 1024;
constexpr std::size_t kRefsKept = 1024;

// So that tables grow a few times only.
template <class Table>
void reserve_for(Table& table, std::size_t more) {
  const std::size_t wanted = table.size() + more;
  const auto room =
      static_cast<std::size_t>(table.max_load_factor() * static_cast<float>(table.bucket_count()));
  if (more > 0 && wanted >= room) table.reserve(2 * wanted);
}

Error entry_of_wrong_form() {
  return {ErrorCode::corrupt, "the store's index holds an entry of a wrong form"};
}

}  // namespace

void Tail::clear() noexcept {
  // A large table takes its time to be cleared, again and again.
  if (chunks.bucket_count() > kBucketsKept) IdMap<Place>().swap(chunks);
  chunks.clear();
  decltype(packed)().swap(packed);
  refs.clear();
  bytes = 0;
}

void Tail::add(const ScannedBatch& batch) {
  for (const ChunkEntry& entry : batch.chunks) chunks[entry.id] = entry.place;
  for (const RefEntry& entry : batch.refs) refs[entry.name] = entry.value;
  if (!batch.manifest) bytes += batch.after.end - batch.begin;
}

void Tail::add(const OpenPack& pack) {
  for (const Id& id : pack.records->ids()) packed[start_of(id)] = pack.offset;
}

void Tail::make_room(const Tail& newer) {
  reserve_for(chunks, newer.chunks.size());
  reserve_for(packed, newer.packed.size());
}

void Tail::take_up(Tail&& newer, std::uint64_t begin) {
  if (chunks.empty()) {
    chunks.swap(newer.chunks);
    for (auto chunk = chunks.begin(); chunk != chunks.end(); ++chunk) {
      chunk.value().offset += begin;
    }
  }
  for (const auto& [id, place] : newer.chunks) {
    chunks.insert_or_assign(id, Place{place.offset + begin, place.length, place.mark});
  }
  newer.chunks.clear();
  for (const auto& [start, offset] : newer.packed) packed.insert_or_assign(start, offset + begin);
  newer.packed.clear();
  while (!newer.refs.empty()) {
    auto inserted = refs.insert(newer.refs.extract(newer.refs.begin()));
    if (!inserted.inserted) inserted.position->second = std::move(inserted.node.mapped());
  }
  bytes += newer.bytes;
}

// What is expected somewhere is in the oldest run where no other has it.
Result<std::optional<Bytes>> Index::find_key(BytesView key, Expected expected) const {
  for (const Run& run : runs_) {
    const bool is_oldest = &run == &runs_.back();
    STET_TRY(auto value, find_in_run(*blocks_, run, key, is_oldest ? expected : Expected::no));
    if (value) return value;
  }
  return std::optional<Bytes>();
}

Result<std::optional<Place>> Index::find(const Id& id, Expected expected) const {
  STET_TRY(const auto value, find_key(chunk_key(id), expected));
  if (!value) return std::optional<Place>();
  const auto place = decode_place(*value);
  if (!place) return entry_of_wrong_form();
  return place;
}

// Most stores hold no pack, and need not be asked again for each chunk.
Result<bool> Index::has_packs() const {
  const HasPacks known = has_packs_;
  if (known != HasPacks::unknown) return known == HasPacks::yes;
  constexpr std::array<std::uint8_t, 1> kFirst = {kPackedKey};
  bool found = false;
  for (const Run& run : runs_) {
    RunCursor cursor(*blocks_, run);
    STET_CHECK(cursor.seek(kFirst));
    found = found || !cursor.at_end();
  }
  has_packs_ = found ? HasPacks::yes : HasPacks::no;
  return found;
}

Result<std::optional<std::uint64_t>> Index::find_pack(const Id& id) const {
  STET_TRY(const bool any, has_packs());
  if (!any) return std::optional<std::uint64_t>();
  STET_TRY(const auto value, find_key(packed_key(start_of(id)), Expected::no));
  if (!value) return std::optional<std::uint64_t>();
  const auto offset = decode_pack_offset(*value);
  if (!offset) return entry_of_wrong_form();
  return offset;
}

Result<std::optional<std::optional<RefValue>>> Index::find_ref(std::string_view name) const {
  {
    const std::lock_guard lock(refs_mutex_);
    if (const auto known = refs_.find(name); known != refs_.end()) return known->second;
  }
  STET_TRY(auto found, read_ref(name));
  const std::lock_guard lock(refs_mutex_);
  if (refs_.size() >= kRefsKept) refs_.clear();
  refs_.emplace(name, found);
  return found;
}

Result<std::optional<std::optional<RefValue>>> Index::read_ref(std::string_view name) const {
  // Few blocks hold refs, so these are mostly at hand.
  STET_TRY(const auto value, find_key(ref_key(name), Expected::yes));
  if (!value) return std::optional<std::optional<RefValue>>();
  return std::make_optional(decode_ref(*value));
}

Result<void> Index::each_place(
    const std::function<void(const Id&, const Place&)>& each_chunk,
    const std::function<void(IdStart, std::uint64_t offset)>& each_packed) const {
  if (runs_.empty()) return {};
  MergeCursor cursor(*blocks_, runs_);
  STET_CHECK(cursor.seek(Bytes{kChunkKey}));
  for (; !cursor.at_end();) {
    const Block::Entry entry = cursor.entry();
    if (entry.key[0] == kChunkKey) {
      const auto place = decode_place(entry.value);
      if (!place || entry.key.size() != 1 + kIdBytes) return entry_of_wrong_form();
      Id id;
      std::copy_n(entry.key.begin() + 1, kIdBytes, id.bytes.begin());
      each_chunk(id, *place);
    } else if (entry.key[0] == kPackedKey) {
      const auto offset = decode_pack_offset(entry.value);
      if (!offset || entry.key.size() != 1 + sizeof(IdStart)) return entry_of_wrong_form();
      each_packed(load_number<IdStart>(&entry.key[1]), *offset);
    }
    STET_CHECK(cursor.next());
  }
  return {};
}

Result<void> Index::each_ref(
    std::string_view from,
    const std::function<bool(std::string_view, const std::optional<RefValue>&)>& each) const {
  if (runs_.empty()) return {};
  MergeCursor cursor(*blocks_, runs_);
  STET_CHECK(cursor.seek(ref_key(from)));
  while (!cursor.at_end()) {
    const Block::Entry entry = cursor.entry();
    if (!is_ref_key(entry.key)) break;
    if (!each(as_text(entry.key.subspan(1)), decode_ref(entry.value))) break;
    STET_CHECK(cursor.next());
  }
  return {};
}

Bytes encode_manifest(const std::vector<Run>& runs, const Salt& salt) {
  Bytes payload;
  append_number(payload, static_cast<std::uint32_t>(runs.size()));
  for (const Run& run : runs) {
    append_number(payload, run.offset);
    append_number(payload, run.leaf_blocks);
    append_number(payload, run.tree_blocks);
    append_number(payload, run.filter_blocks);
    append_number(payload, run.entries);
  }
  append_bytes(payload, hash_of(salt, payload));
  return payload;
}

std::optional<std::vector<Run>> decode_manifest(BytesView payload, const Salt& salt,
                                                std::uint64_t offset) {
  constexpr std::size_t kFixedBytes = 4 + sizeof(Hash);
  if (payload.size() < kFixedBytes) return std::nullopt;
  const Hash hash = hash_of(salt, payload.first(payload.size() - sizeof(Hash)));
  if (!std::equal(hash.begin(), hash.end(), payload.end() - sizeof(Hash))) return std::nullopt;
  const std::size_t count = load_number<std::uint32_t>(payload.data());
  if (count > kRunsMax || payload.size() != kFixedBytes + count * kRunRecordBytes) {
    return std::nullopt;
  }
  std::vector<Run> runs(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* const from = &payload[4 + i * kRunRecordBytes];
    Run& run = runs[i];
    run.offset = load_number<std::uint64_t>(from);
    run.leaf_blocks = load_number<std::uint32_t>(from + 8);
    run.tree_blocks = load_number<std::uint32_t>(from + 12);
    run.filter_blocks = load_number<std::uint32_t>(from + 16);
    run.entries = load_number<std::uint64_t>(from + 20);
    if (run.leaf_blocks == 0 || run.tree_blocks < run.leaf_blocks || run.filter_blocks == 0 ||
        run.offset < kHeaderBytes || run.offset > offset || run.bytes() > offset - run.offset) {
      return std::nullopt;
    }
  }
  return runs;
}

}  // namespace stet::file
