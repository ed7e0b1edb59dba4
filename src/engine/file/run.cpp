#include "engine/file/run.hpp"

#include <algorithm>

namespace stet::file {

namespace {

constexpr std::size_t kFilterBitsPerKey = 12;  // with 6 probes: 1 of 200 absent keys is looked up
constexpr std::uint32_t kFilterProbes = 6;
constexpr std::uint32_t kFilterBits = (kBlockContentBytes - kBlockHeaderBytes) * 8;
constexpr std::size_t kChildBytes = 4;

std::uint64_t hash_of_key(BytesView key) { return XXH3_64bits(key.data(), key.size()); }

std::uint32_t filter_block_of(std::uint64_t hash, std::uint32_t filter_blocks) {
  return static_cast<std::uint32_t>(((hash >> 32) * filter_blocks) >> 32);
}

// Calls `visit` with the position of each bit of a key within its filter block.
template <class Visit>
void for_each_probe(std::uint64_t hash, Visit visit) {
  auto bit = static_cast<std::uint32_t>(hash);
  const std::uint32_t step = static_cast<std::uint32_t>(hash >> 17) | 1u;
  for (std::uint32_t i = 0; i < kFilterProbes; ++i, bit += step) visit(bit % kFilterBits);
}

Error damaged(std::uint64_t offset) {
  return Error(ErrorCode::corrupt, "the store's index contradicts itself: restore it from a copy")
      .at_offset(offset);
}

Result<bool> may_contain(BlockReader& blocks, const Run& run, std::uint64_t hash) {
  const std::uint32_t number = run.tree_blocks + filter_block_of(hash, run.filter_blocks);
  STET_TRY(const auto block, blocks.read(run.block_offset(number)));
  if (block->kind() != BlockKind::filter) return damaged(run.block_offset(number));
  const BytesView bits = block->content().subspan(kBlockHeaderBytes);
  bool all = true;
  for_each_probe(hash, [&](std::uint32_t bit) { all = all && (bits[bit / 8] >> (bit % 8) & 1); });
  return all;
}

// The leaf that would hold `key`. Children's numbers fall on the way down, so it ends.
Result<std::uint32_t> find_leaf(BlockReader& blocks, const Run& run, BytesView key) {
  std::uint32_t number = run.tree_blocks - 1;
  while (number >= run.leaf_blocks) {
    STET_TRY(const auto block, blocks.read(run.block_offset(number)));
    if (block->kind() != BlockKind::tree || block->level() == 0 || block->size() == 0) {
      return damaged(run.block_offset(number));
    }
    std::size_t at = block->lower_bound(key);
    if (at == block->size() || (at > 0 && compare_keys((*block)[at].key, key) > 0)) --at;
    const BytesView child = (*block)[at].value;
    if (child.size() != kChildBytes) return damaged(run.block_offset(number));
    const auto next = load_number<std::uint32_t>(child.data());
    if (next >= number) return damaged(run.block_offset(number));
    number = next;
  }
  return number;
}

}  // namespace

Result<std::optional<Bytes>> find_in_run(BlockReader& blocks, const Run& run, BytesView key,
                                         Expected expected) {
  if (expected == Expected::no) {
    STET_TRY(const bool possible, may_contain(blocks, run, hash_of_key(key)));
    if (!possible) return std::optional<Bytes>();
  }
  STET_TRY(const std::uint32_t number, find_leaf(blocks, run, key));
  STET_TRY(const auto leaf, blocks.read(run.block_offset(number)));
  if (leaf->kind() != BlockKind::tree) return damaged(run.block_offset(number));
  const std::size_t at = leaf->lower_bound(key);
  if (at == leaf->size() || compare_keys((*leaf)[at].key, key) != 0) return std::optional<Bytes>();
  const BytesView value = (*leaf)[at].value;
  return std::optional(Bytes(value.begin(), value.end()));
}

Result<void> RunCursor::load(std::uint32_t number) {
  number_ = number;
  index_ = 0;
  STET_TRY(leaf_, blocks_->read_once(run_.block_offset(number)));
  if (leaf_->kind() != BlockKind::tree || leaf_->level() != 0 || leaf_->size() == 0) {
    leaf_ = nullptr;
    return damaged(run_.block_offset(number));
  }
  return {};
}

Result<void> RunCursor::seek(BytesView key) {
  STET_TRY(const std::uint32_t number, find_leaf(*blocks_, run_, key));
  STET_CHECK(load(number));
  index_ = leaf_->lower_bound(key);
  if (index_ == leaf_->size()) {
    --index_;
    return next();
  }
  return {};
}

Result<void> RunCursor::next() {
  if (++index_ < leaf_->size()) return {};
  if (number_ + 1 < run_.leaf_blocks) return load(number_ + 1);
  leaf_ = nullptr;
  return {};
}

void RunBuilder::add(BytesView key, BytesView value) {
  key_hashes_.push_back(hash_of_key(key));
  ++run_.entries;
  add_entry(key, value, 0);
}

void RunBuilder::add_entry(BytesView key, BytesView value, std::uint8_t level) {
  if (open_.size() + kEntryFixedBytes + key.size() + value.size() > kBlockContentBytes) {
    close_block(level);
  }
  if (open_.empty()) {
    open_.resize(kBlockHeaderBytes);
    open_first_key_.assign(key.begin(), key.end());
  }
  append_number(open_, static_cast<std::uint16_t>(key.size()));
  append_number(open_, static_cast<std::uint16_t>(value.size()));
  append_bytes(open_, key);
  append_bytes(open_, value);
  ++open_entries_;
}

void RunBuilder::close_block(std::uint8_t level) {
  if (open_.empty()) return;
  store_number(open_.data(), open_entries_);
  open_[2] = level;
  open_[3] = static_cast<std::uint8_t>(BlockKind::tree);
  level_.push_back({std::move(open_first_key_), block_count()});
  open_.resize(kBlockBytes);
  append_bytes(blocks_, open_);
  open_.clear();
  open_entries_ = 0;
}

void RunBuilder::add_filter() {
  constexpr std::size_t kKeysPerBlock = kFilterBits / kFilterBitsPerKey;
  run_.filter_blocks =
      static_cast<std::uint32_t>((key_hashes_.size() + kKeysPerBlock - 1) / kKeysPerBlock);
  const std::size_t begin = blocks_.size();
  blocks_.resize(begin + std::size_t{run_.filter_blocks} * kBlockBytes);
  for (std::uint32_t i = 0; i < run_.filter_blocks; ++i) {
    blocks_[begin + i * kBlockBytes + 3] = static_cast<std::uint8_t>(BlockKind::filter);
  }
  for (const std::uint64_t hash : key_hashes_) {
    std::uint8_t* const bits =
        &blocks_[begin + std::size_t{filter_block_of(hash, run_.filter_blocks)} * kBlockBytes +
                 kBlockHeaderBytes];
    for_each_probe(hash, [bits](std::uint32_t bit) {
      bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | 1u << (bit % 8));
    });
  }
}

Bytes RunBuilder::finish(const Salt& salt, std::uint64_t offset) {
  close_block(0);
  run_.leaf_blocks = block_count();
  for (std::uint8_t level = 1; level_.size() > 1; ++level) {
    const std::vector<Child> children = std::exchange(level_, {});
    for (const Child& child : children) {
      std::array<std::uint8_t, kChildBytes> number;
      store_number(number.data(), child.number);
      add_entry(child.first_key, number, level);
    }
    close_block(level);
  }
  run_.tree_blocks = block_count();
  add_filter();
  run_.offset = offset;
  for (std::size_t at = 0; at < blocks_.size(); at += kBlockBytes) {
    seal_block(MutableBytes(blocks_).subspan(at, kBlockBytes), salt, offset + at);
  }
  return std::move(blocks_);
}

}  // namespace stet::file
