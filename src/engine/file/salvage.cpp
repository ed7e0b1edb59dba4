// Opening a log that is damaged: past what isn't whole, with what can be found there.
//
// Of a batch whose hash is wrong, frames that have the form of one are taken: of chunks where they
// lie (whoever reads one checks it against its id), of refs as unproven. Nothing is written.
#include <fmt/format.h>

#include <algorithm>

#include "engine/file/log.hpp"
#include "engine/file/merge.hpp"

namespace stet::file {

namespace {

// Every block of it can be read.
Result<void> check_index(const Index& index) {
  for (const Run& run : index.runs()) {
    for (std::uint32_t block = 0; block < run.tree_blocks + run.filter_blocks; ++block) {
      STET_CHECK(index.blocks()->read_once(run.block_offset(block)));
    }
  }
  return {};
}

// The frames of a stretch of the file, whose bytes may be anything.
class FrameSearch {
 public:
  FrameSearch(os::File& file, std::uint64_t begin, std::uint64_t end)
      : window_(file), at_(begin), end_(end) {}

  struct Frame {
    std::uint64_t offset;
    FrameKind kind;
    std::uint32_t length;
  };

  // The next that another follows, or the end of the stretch.
  Result<std::optional<Frame>> next() {
    for (; at_ + kFrameHeaderBytes <= end_; ++at_) {
      STET_TRY(const auto frame, frame_at(at_));
      if (!frame) continue;
      const std::uint64_t behind = at_ + kFrameHeaderBytes + frame->length;
      STET_TRY(const auto follows, frame_at(behind));
      if (behind != end_ && !follows) continue;
      at_ = behind;
      return frame;
    }
    return std::optional<Frame>();
  }

  Window& window() noexcept { return window_; }

 private:
  Result<std::optional<Frame>> frame_at(std::uint64_t at) {
    if (at + kFrameHeaderBytes > end_) return std::optional<Frame>();
    STET_TRY(const BytesView bytes, window_.view(at, kFrameHeaderBytes));
    if (bytes.size() < kFrameHeaderBytes) return std::optional<Frame>();
    const FrameHeader header = load_frame_header(bytes.data());
    const auto kind = static_cast<FrameKind>(header.kind);
    if (!header.plain || !has_form(kind, header.length) ||
        header.length > end_ - at - kFrameHeaderBytes) {
      return std::optional<Frame>();
    }
    return std::optional(Frame{at, kind, header.length});
  }

  static bool has_form(FrameKind kind, std::uint32_t length) {
    switch (kind) {
      case FrameKind::chunk:
      case FrameKind::delta:
        return length >= kChunkFixedBytes && length - kChunkFixedBytes <= kChunkBytesMax;
      case FrameKind::ref:
      case FrameKind::absent_ref:
        return length > 2 && length <= 2 + kRefNameBytesMax + kRefValueBytesMax;
      case FrameKind::commit:
        return length == kCommitBytes;
      case FrameKind::pack:
        return length >= kPackFixedBytes && length - kPackFixedBytes <= kChunkBytesMax;
      case FrameKind::blocks:
      case FrameKind::manifest:
        return true;
      case FrameKind::none:
        break;
    }
    return false;
  }

  Window window_;
  std::uint64_t at_;
  const std::uint64_t end_;
};

}  // namespace

Result<std::shared_ptr<Log>> Log::open_damaged(os::FileSystem& files, const std::string& path,
                                               bool read_only,
                                               std::shared_ptr<const RecordPacker> packer,
                                               std::uint64_t& flushes) {
  for (const bool with_index : {true, false}) {
    std::vector<Slot> slots;
    STET_TRY(auto log, open_unloaded(files, path, read_only, packer, slots));
    STET_CHECK(log->load_passing_damage(slots, with_index));
    const auto whole = check_index(*log->index_);
    if (!whole.ok() && whole.error().code() != ErrorCode::corrupt) return whole.error();
    if (!whole.ok()) continue;  // then all of the log is read instead
    if (log->passed_) return log;
    STET_CHECK(log->make_durable(read_only, flushes));
    return log;
  }
  return corrupt_at(path, 0, "the store's index is damaged, and was changed while it was read");
}

Result<void> Log::load_passing_damage(const std::vector<Slot>& slots, bool with_index) {
  if (!slots.empty()) {
    slot_ = slots.front();
    durable_sequence_ = std::max(slot_.durable_sequence, slot_.after.sequence);
  }
  STET_TRY(const os::FileStatus status, file_->status());
  size_bytes_ = status.size_bytes;
  for (const Slot& slot : slots) {
    if (!with_index || slot.manifest_offset == 0 || slot.after.end > size_bytes_) continue;
    auto index = read_index({slot.manifest_offset, slot.manifest_length});
    if (!index.ok()) continue;
    index_ = *std::move(index);
    position_ = slot.after;
    break;
  }
  Window window(*file_);
  while (true) {
    STET_TRY(const bool stepped, step(window, with_index));
    if (stepped) continue;
    Window again(*file_);  // a writer may have gone on since we read
    STET_TRY(const bool now, step(again, with_index));
    if (now) continue;
    STET_TRY(const bool passed, pass_damage());
    if (!passed) return pass_end();
    window = Window(*file_);
  }
}

// Over the next batch, where it is whole or a damaged index.
Result<bool> Log::step(Window& window, bool with_index) {
  ScannedBatch batch;
  STET_TRY(const BatchEnd end, scan_batch(window, salt_, position_, slot_.recovery, batch));
  if (end != BatchEnd::commit) return pass_damaged_index(end, batch);
  if (!with_index) batch.manifest.reset();
  if (passed_) {
    for (const RefEntry& ref : batch.refs) {
      std::erase_if(passed_->unproven, [&](const auto& one) { return one.name == ref.name; });
    }
  }
  STET_CHECK(apply(batch));
  return true;
}

Result<bool> Log::pass_damage() {
  STET_TRY(const auto next, find_batch(*file_, salt_, position_.end, position_.sequence + 2));
  if (!next) return false;
  if (!passed_) passed_.emplace();
  STET_CHECK(scavenge(position_.end, next->end));
  position_ = *next;
  return true;
}

// A slot knows of commits that aren't there any more.
Result<void> Log::pass_end() {
  STET_TRY(const Behind behind, look_behind(*file_, salt_, position_));
  if (position_.sequence < durable_sequence_) {
    if (!passed_) passed_.emplace();
    STET_CHECK(scavenge(position_.end, behind.content_end));
    passed_->lost.push_back({position_.end, std::nullopt,
                             fmt::format("the log ends after commit {}, and commit {} was saved",
                                         position_.sequence, durable_sequence_)});
    position_ = {behind.content_end, durable_sequence_, Hash{}, position_.recovery_epoch};
  }
  if (!passed_) return {};
  passed_->content_end = behind.content_end;
  // Nothing is left to be said in the header of a file that is to be replaced.
  durable_sequence_ = std::max(durable_sequence_, position_.sequence);
  slot_.durable_sequence = durable_sequence_;
  slot_.named = true;
  return {};
}

// A frame that is lost may have been anything: a chunk, or the end of a document.
void Log::note_untold(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  passed_->lost.push_back(
      {begin, std::nullopt,
       fmt::format(
           "what the {} bytes from offset {} on were can't be told; it may have been a save "
           "or a removal",
           end - begin, begin)});
}

// What is known already isn't taken from there: it may only look like a frame.
Result<void> Log::scavenge(std::uint64_t begin, std::uint64_t end) {
  FrameSearch search(*file_, begin, end);
  Tail news;
  std::uint64_t told = begin;  // up to where every byte is of a frame
  while (true) {
    STET_TRY(const auto frame, search.next());
    note_untold(told, frame ? frame->offset : end);
    if (!frame) break;
    const std::size_t length = kFrameHeaderBytes + frame->length;
    told = frame->offset + length;
    if (frame->kind == FrameKind::chunk || frame->kind == FrameKind::delta) {
      STET_TRY(const BytesView bytes, search.window().view(frame->offset, kChunkFrameFixedBytes));
      Id id;
      std::copy_n(bytes.data() + kFrameHeaderBytes, kIdBytes, id.bytes.begin());
      const Place place{frame->offset, frame->length - static_cast<std::uint32_t>(kChunkFixedBytes),
                        0};
      const auto known = index_->find(id, Expected::no);
      if (!tail_.chunks.contains(id) && (!known.ok() || !*known)) news.chunks[id] = place;
    }
    if (frame->kind == FrameKind::pack) {
      const auto pack = packs_.open(frame->offset);
      if (!pack.ok()) continue;
      for (const Id& id : (*pack)->records->ids()) {
        const auto known = find_pack_offset(id);
        if (!known.ok() || !*known) news.packed[start_of(id)] = frame->offset;
      }
    }
    if (frame->kind == FrameKind::ref || frame->kind == FrameKind::absent_ref) {
      STET_TRY(const BytesView bytes, search.window().view(frame->offset, length));
      const BytesView payload = bytes.subspan(kFrameHeaderBytes);
      const std::size_t name_length = load_number<std::uint16_t>(payload.data());
      if (name_length == 0 || name_length > payload.size() - 2) continue;
      UnprovenRef ref{std::string(as_text(payload.subspan(2, name_length))), {}};
      const BytesView value = payload.subspan(2 + name_length);
      if (frame->kind == FrameKind::ref) ref.value.emplace(value.begin(), value.end());
      passed_->unproven.push_back(std::move(ref));
    }
  }
  tail_.make_room(news);
  tail_.take_up(std::move(news));
  return {};
}

// Whoever had the store open before it was damaged may still write to it.
Result<void> Log::check_untouched() const {
  STET_TRY(const Behind behind, look_behind(*file_, salt_, position_));
  if (behind.content_end == passed_->content_end) return {};
  return Error(ErrorCode::conflict,
               "the damaged store is being written to: close what has it open, and try again")
      .at_path(file_->path());
}

}  // namespace stet::file
