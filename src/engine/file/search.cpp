// The search for commits by their magic, where the chain gives no way on.
#include <algorithm>
#include <string_view>

#include "engine/file/scan.hpp"

namespace stet::file {

namespace {

// Work that forged commits could cause is bounded: so many bytes are hashed per byte searched.
constexpr std::uint64_t kHashedPerByte = 8;

// What a file holds is mostly followed by zeros that were written ahead.
BytesView without_zeros_behind(BytesView bytes) {
  constexpr std::size_t kStep = 64;
  while (bytes.size() >= kStep && all_zero(bytes.last(kStep)))
    bytes = bytes.first(bytes.size() - kStep);
  while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
  return bytes;
}

class CommitSearch {
 public:
  CommitSearch(os::File& file, const Salt& salt, std::uint64_t from, std::uint64_t sequence_min)
      : file_(file), window_(file), salt_(salt), from_(from), sequence_min_(sequence_min) {}

  // Calls `see` with every stretch of the file that it passes, without the zeros behind it.
  template <class See>
  Result<std::optional<Position>> run(See see) {
    constexpr std::size_t kOverlap = kCommitFrameBytes - 1;
    std::uint64_t at = from_;
    while (true) {
      STET_TRY(const BytesView bytes, window_.view(at, Window::kBytesMax));
      const std::size_t length = without_zeros_behind(bytes).size();
      if (length > 0) {
        see(at, bytes.first(length));
        STET_TRY(const auto found, search(at, bytes, length));
        if (found) return found;
      }
      if (bytes.size() < Window::kBytesMax) return std::optional<Position>();
      at += bytes.size() - kOverlap;
    }
  }

 private:
  // Behind `length` there are zeros, which are no magic but may be the end of a hash.
  Result<std::optional<Position>> search(std::uint64_t at, BytesView bytes, std::size_t length) {
    const std::string_view content = as_text(bytes.first(length));
    const std::string_view magic = as_text(kCommitMagic);
    std::size_t offset = 0;
    while (true) {
      offset = content.find(magic, offset);
      if (offset == content.npos) return std::optional<Position>();
      const std::size_t hit = offset++;
      if (hit < kFrameHeaderBytes) continue;
      const std::size_t frame = hit - kFrameHeaderBytes;
      const auto commit = load_commit_frame(bytes.subspan(frame));
      if (!commit || commit->sequence < sequence_min_) continue;
      STET_TRY(const bool whole, verify(*commit, at + frame));
      if (whole) {
        return std::optional(Position{at + frame + kCommitFrameBytes, commit->sequence,
                                      commit->hash, commit->recovery_epoch});
      }
    }
  }

  Result<bool> verify(const Commit& commit, std::uint64_t frame) {
    if (commit.batch_begin < from_ || commit.batch_begin > frame) return false;
    STET_TRY(const bool leads_here, leads_to(commit.batch_begin, frame));
    if (!leads_here) return false;
    const std::uint64_t hashed_end = frame + kCommitFrameBytes - sizeof(Hash);
    STET_CHECK(count_work(hashed_end - commit.batch_begin, frame));
    Hasher hasher(salt_);
    Window window(file_);
    for (std::uint64_t at = commit.batch_begin; at < hashed_end;) {
      const auto step =
          static_cast<std::size_t>(std::min<std::uint64_t>(hashed_end - at, Window::kBytesMax));
      STET_TRY(const BytesView bytes, window.view(at, step));
      if (bytes.size() < step) return false;
      hasher.add(bytes);
      at += step;
    }
    return hasher.finish() == commit.hash;
  }

  // Whether the frames from `at` on end where the commit is. What only looks like a commit (of a
  // store's file inside a document, say) names an offset of its own file, and is seen here at once.
  Result<bool> leads_to(std::uint64_t at, std::uint64_t commit_frame) {
    Window window(file_);
    while (at < commit_frame) {
      STET_CHECK(count_work(kFrameHeaderBytes, commit_frame));
      STET_TRY(const BytesView bytes, window.view(at, kFrameHeaderBytes));
      if (bytes.size() < kFrameHeaderBytes) return false;
      const FrameHeader header = load_frame_header(bytes.data());
      const auto kind = static_cast<FrameKind>(header.kind);
      if (!header.plain || kind == FrameKind::none || kind == FrameKind::commit ||
          kind > FrameKind::delta) {
        return false;
      }
      at += kFrameHeaderBytes + header.length;
    }
    return at == commit_frame;
  }

  Result<void> count_work(std::uint64_t bytes, std::uint64_t frame) {
    work_bytes_ += bytes;
    if (work_bytes_ <= kHashedPerByte * (frame - from_ + kBatchBytesMax)) return {};
    return corrupt_at(file_.path(), frame,
                      "the store is damaged beyond reading: restore the file from a copy");
  }

  os::File& file_;
  Window window_;
  const Salt& salt_;
  std::uint64_t from_;
  std::uint64_t sequence_min_;
  std::uint64_t work_bytes_ = 0;
};

}  // namespace

Result<Behind> look_behind(os::File& file, const Salt& salt, const Position& position) {
  // The batch after the last was never begun before the last was durable, so a commit two further
  // on proves that the one between was there.
  CommitSearch search(file, salt, position.end, position.sequence + 2);
  Behind behind;
  behind.content_end = position.end;
  const auto see = [&behind](std::uint64_t at, BytesView bytes) {
    behind.zeros = false;
    behind.content_end = at + bytes.size();
  };
  STET_TRY(const auto later, search.run(see));
  if (later) behind.later_commit = later->end - kCommitFrameBytes;
  return behind;
}

Result<std::optional<Position>> find_commit(os::File& file, const Salt& salt, std::uint64_t from,
                                            std::uint64_t sequence_min) {
  return CommitSearch(file, salt, from, sequence_min).run([](std::uint64_t, BytesView) {});
}

Result<std::optional<Position>> find_batch(os::File& file, const Salt& salt, std::uint64_t from,
                                           std::uint64_t sequence_min) {
  STET_TRY(const auto found, find_commit(file, salt, from, sequence_min));
  if (!found) return found;
  std::array<std::uint8_t, kCommitFrameBytes> frame;
  STET_CHECK(file.read_exactly(found->end - frame.size(), frame));
  const auto commit = load_commit_frame(frame);
  if (!commit) return std::optional<Position>();  // others have written there since
  return std::optional(Position{commit->batch_begin, commit->sequence - 1, commit->previous,
                                commit->recovery_epoch});
}

}  // namespace stet::file
