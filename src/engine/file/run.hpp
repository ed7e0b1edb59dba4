// A run: a sorted table that never changes, as a static tree of blocks with a filter behind it.
//
// Blocks in the file: leaves in order, then each level above, the root last, then the filter's. An
// inner entry is {first key of the child, u32 number of the child's block within the run}, and a
// child's number is below its parent's. Filter: a key belongs to one block, in which kFilterProbes
// bits are set (Bloom, 1970; blocked as in Putze, Sanders, Singler, 2007).
//
// Thread rule: a RunCursor belongs to one thread; the rest is immutable.
#pragma once

#include "engine/file/block.hpp"

namespace stet::file {

// As stored in a manifest.
struct Run {
  std::uint64_t offset = 0;         // of block 0 in the file
  std::uint32_t leaf_blocks = 0;    // at least 1
  std::uint32_t tree_blocks = 0;    // the root is the last of them
  std::uint32_t filter_blocks = 0;  // behind the tree
  std::uint64_t entries = 0;

  std::uint64_t bytes() const noexcept {
    return (std::uint64_t{tree_blocks} + filter_blocks) * kBlockBytes;
  }
  std::uint64_t block_offset(std::uint32_t number) const noexcept {
    return offset + std::uint64_t{number} * kBlockBytes;
  }
};

// Whether a key is expected: where it is, a look at the filter is one more block to read.
enum class Expected : std::uint8_t { yes, no };

// The value, or nothing. Errors: corrupt.
Result<std::optional<Bytes>> find_in_run(BlockReader& blocks, const Run& run, BytesView key,
                                         Expected expected);

// Walks a run's entries in order, from a key on.
class RunCursor {
 public:
  RunCursor(BlockReader& blocks, const Run& run) : blocks_(&blocks), run_(run) {}

  Result<void> seek(BytesView key);
  bool at_end() const noexcept { return !leaf_; }
  Block::Entry entry() const noexcept { return (*leaf_)[index_]; }  // precondition: !at_end()
  Result<void> next();

 private:
  Result<void> load(std::uint32_t number);

  BlockReader* blocks_;
  Run run_;
  std::shared_ptr<const Block> leaf_;
  std::uint32_t number_ = 0;  // of leaf_
  std::size_t index_ = 0;
};

// Makes a run from entries given in strictly ascending order of keys.
class RunBuilder {
 public:
  void add(BytesView key, BytesView value);
  // The blocks, sealed for a run whose block 0 will lie at `offset`. Precondition: something was
  // added.
  Bytes finish(const Salt& salt, std::uint64_t offset);
  const Run& run() const noexcept { return run_; }  // after finish

 private:
  struct Child {
    Bytes first_key;
    std::uint32_t number = 0;
  };

  void add_entry(BytesView key, BytesView value, std::uint8_t level);
  void close_block(std::uint8_t level);
  void add_filter();
  std::uint32_t block_count() const noexcept {
    return static_cast<std::uint32_t>(blocks_.size() / kBlockBytes);
  }

  Bytes blocks_;  // closed ones
  Bytes open_;    // the one being filled; empty where there is none
  std::uint16_t open_entries_ = 0;
  Bytes open_first_key_;
  std::vector<Child> level_;  // the closed blocks of the level being built
  std::vector<std::uint64_t> key_hashes_;
  Run run_;
};

}  // namespace stet::file
