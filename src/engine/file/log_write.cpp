// What a writer adds besides batches of chunks: zeros ahead, the index, slots.
#include <algorithm>

#include "engine/file/log.hpp"

namespace stet::file {

namespace {

// Zeros are kept ahead of the log so that a commit does not have to make the file longer, which
// costs the sync half as much again. Little, since opening looks at all of them.
constexpr std::uint64_t kZerosMin = 64u << 10;
constexpr std::uint64_t kZerosMax = 256u << 10;

std::uint64_t zeros_wanted(std::uint64_t size_bytes) {
  return std::clamp(size_bytes / 8, kZerosMin, kZerosMax);
}

}  // namespace

Result<void> Log::write_zeros(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return {};
  const Bytes zeros(static_cast<std::size_t>(std::min(end - begin, kZerosMax)));
  while (begin < end) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, zeros.size()));
    STET_CHECK(file_->write_all(begin, BytesView(zeros).first(step)));
    begin += step;
  }
  return {};
}

bool Log::wants_zeros() const {
  const std::uint64_t end = position().end;
  const std::uint64_t size = size_bytes_;
  return !poisoned_ && size < end + zeros_wanted(size) / 2;
}

Result<void> Log::extend_with_zeros(const os::LockWait& wait) {
  STET_TRY(const Growth growth, begin_growth(wait));
  const std::uint64_t wanted = position().end + zeros_wanted(growth.size_bytes);
  if (growth.size_bytes < wanted) {
    STET_CHECK(write_zeros(growth.size_bytes, wanted));
    STET_CHECK(sync());
  }
  size_bytes_ = std::max(growth.size_bytes, wanted);
  return {};
}

Result<void> Log::sync_all() {
  STET_CHECK(file_->sync_all());
  durable_sequence_ = position_.sequence;
  return {};
}

Result<void> Log::note_durable() {
  slot_.durable_sequence = std::max(durable_sequence_, slot_.durable_sequence);
  return write_slot(*file_, salt_, slot_);
}

Result<void> Log::note_named() {
  slot_.named = true;
  return write_slot(*file_, salt_, slot_);
}

}  // namespace stet::file
