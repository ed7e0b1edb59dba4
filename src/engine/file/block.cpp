#include "engine/file/block.hpp"

#include <algorithm>

namespace stet::file {

namespace {

std::uint64_t hash_of_block(BytesView content, const Salt& salt, std::uint64_t offset) {
  const std::uint64_t seed = load_number<std::uint64_t>(salt.data()) ^ offset;
  return XXH3_64bits_withSeed(content.data(), content.size(), seed);
}

}  // namespace

int compare_keys(BytesView left, BytesView right) noexcept {
  const std::size_t common = std::min(left.size(), right.size());
  const int order = common == 0 ? 0 : std::memcmp(left.data(), right.data(), common);
  if (order != 0) return order;
  return left.size() < right.size() ? -1 : static_cast<int>(left.size() > right.size());
}

void seal_block(MutableBytes block, const Salt& salt, std::uint64_t offset) {
  store_number(&block[kBlockContentBytes],
               hash_of_block(block.first(kBlockContentBytes), salt, offset));
}

std::shared_ptr<const Block> Block::parse(Bytes bytes) {
  std::shared_ptr<Block> block(new Block(std::move(bytes)));
  if (block->kind() == BlockKind::filter) return block;
  const std::size_t count = load_number<std::uint16_t>(block->bytes_.data());
  block->entries_.reserve(std::min<std::size_t>(count, kBlockContentBytes / kEntryFixedBytes));
  std::size_t at = kBlockHeaderBytes;
  for (std::size_t i = 0; i < count; ++i) {
    if (at + kEntryFixedBytes > kBlockContentBytes) return nullptr;
    const std::uint8_t* const entry = &block->bytes_[at];
    block->entries_.push_back(static_cast<std::uint16_t>(at));
    at += kEntryFixedBytes + load_number<std::uint16_t>(entry) +
          load_number<std::uint16_t>(entry + 2);
    if (at > kBlockContentBytes) return nullptr;
  }
  return block;
}

Block::Entry Block::operator[](std::size_t index) const noexcept {
  const std::size_t at = entries_[index];
  const std::size_t key = load_number<std::uint16_t>(&bytes_[at]);
  const std::size_t value = load_number<std::uint16_t>(&bytes_[at + 2]);
  const BytesView bytes = bytes_;
  return {bytes.subspan(at + kEntryFixedBytes, key),
          bytes.subspan(at + kEntryFixedBytes + key, value)};
}

std::size_t Block::lower_bound(BytesView key) const noexcept {
  std::size_t begin = 0;
  std::size_t end = entries_.size();
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (compare_keys((*this)[middle].key, key) < 0) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

Result<std::shared_ptr<const Block>> BlockReader::read_once(std::uint64_t offset) {
  Bytes bytes(kBlockBytes);
  STET_CHECK(file_->read_exactly(offset, bytes));
  const auto stored = load_number<std::uint64_t>(&bytes[kBlockContentBytes]);
  const BytesView content = BytesView(bytes).first(kBlockContentBytes);
  std::shared_ptr<const Block> block;
  if (stored == hash_of_block(content, salt_, offset)) block = Block::parse(std::move(bytes));
  if (!block) {
    return corrupt_at(file_->path(), offset,
                      "a block of the store's index is damaged: restore the file from a copy");
  }
  return block;
}

Result<std::shared_ptr<const Block>> BlockReader::read(std::uint64_t offset) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto kept = young_.find(offset); kept != young_.end()) return kept->second;
    if (const auto kept = old_.find(offset); kept != old_.end()) {
      auto block = kept->second;
      young_.emplace(offset, block);
      return block;
    }
  }
  STET_TRY(auto block, read_once(offset));
  const std::lock_guard lock(mutex_);
  if (young_.size() >= kGenerationBlocks) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_.emplace(offset, block);
  return block;
}

}  // namespace stet::file
