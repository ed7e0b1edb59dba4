#include "layer/pack_bytes.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

#include "base/id_map.hpp"
#include "layer/numbers.hpp"
#include "layer/record.hpp"
#include "stet/layer/packing.hpp"

namespace stet::layer {

namespace {

// u32 chunks, u32 bytes of the table.
constexpr std::size_t kFixedBytes = 2 * kU32Bytes;
constexpr std::size_t kContentBytesMax = kChunkBytesMax;  // of all chunks and the table
// Of a real history level 19 makes a tenth less and takes twenty times as long.
constexpr int kLevel = 9;
// All of a pack and of what it leans on is within reach of its end.
constexpr int kWindowLog = 23;
// What stands before an id in DAG-CBOR: tag 42 of a CIDv1, dag-cbor, sha2-256.
constexpr std::array<std::uint8_t, 9> kLinkHead = {0xd8, 0x2a, 0x58, 0x25, 0, 1, 0x71, 0x12, 0x20};

Error damaged(std::string_view what) {
  return Error(
      ErrorCode::corrupt,
      fmt::format("a pack of older versions is damaged ({}): restore the store from a copy", what));
}

// Appends a frame that says its content's size and a checksum of it, and that needs the prefix to
// be read. Errors: internal.
Result<void> append_frame(Bytes& to, BytesView content, BytesView prefix) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
  if (!context) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, kWindowLog);
  ZSTD_CCtx_refPrefix(context.get(), prefix.data(), prefix.size());
  const std::size_t begin = to.size();
  to.resize(begin + ZSTD_compressBound(content.size()));
  const std::size_t count =
      ZSTD_compress2(context.get(), &to[begin], to.size() - begin, content.data(), content.size());
  if (ZSTD_isError(count) != 0) {
    return Error(ErrorCode::internal,
                 fmt::format("zstd did not pack: {}", ZSTD_getErrorName(count)));
  }
  to.resize(begin + count);
  return {};
}

// Writes the table and the chunks.
class PackWriter {
 public:
  void add(const Id& id, Bytes chunk) {
    append_varint(table_, chunk.size());
    const std::vector<Link> links = links_to_earlier(chunk);
    append_varint(table_, links.size());
    std::size_t behind = 0;
    for (const Link& link : links) {
      append_varint(table_, link.offset - behind);
      append_varint(table_, numbers_.size() - link.target);
      std::fill_n(chunk.begin() + static_cast<std::ptrdiff_t>(link.offset), kIdBytes, 0);
      behind = link.offset + kIdBytes;
    }
    chunks_.insert(chunks_.end(), chunk.begin(), chunk.end());
    numbers_.emplace(id, numbers_.size());
  }

  Result<Bytes> finish(BytesView prefix) && {
    Bytes packed(kFixedBytes);
    store_u32(&packed[0], numbers_.size());
    store_u32(&packed[kU32Bytes], table_.size());
    table_.insert(table_.end(), chunks_.begin(), chunks_.end());
    if (table_.size() > kContentBytesMax || numbers_.size() > kPackRecordsMax) {
      return Error(ErrorCode::too_large, "too much for one pack");
    }
    STET_CHECK(append_frame(packed, table_, prefix));
    return packed;
  }

 private:
  struct Link {
    std::size_t offset;  // of the id in the chunk
    std::size_t target;  // number of the chunk that it names
  };

  std::vector<Link> links_to_earlier(BytesView chunk) const {
    std::vector<Link> links;
    for_each_link(chunk, [&](const Id& id, std::size_t offset) {
      const auto target = numbers_.find(id);
      if (target != numbers_.end()) links.push_back({offset, target->second});
    });
    return links;
  }

  Bytes table_, chunks_;
  IdMap<std::size_t> numbers_;
};

class OpenPack final : public RecordPack {
 public:
  OpenPack(Bytes content, std::vector<std::size_t> ends, std::vector<Id> ids)
      : content_(std::move(content)), ends_(std::move(ends)), ids_(std::move(ids)) {}

  std::span<const Id> ids() const noexcept override { return ids_; }
  Bytes record(std::size_t index) const override {
    const BytesView chunk = BytesView(content_).first(ends_[index + 1]).subspan(ends_[index]);
    Bytes record;
    record.reserve(kRecordPlainFixedBytes + chunk.size());
    append_plain_record(record, chunk);
    return record;
  }
  std::uint64_t bytes() const noexcept override {
    return ends_.back() - ends_.front() + ids_.size() * kRecordPlainFixedBytes;
  }

 private:
  const Bytes content_;                  // the table, then the chunks
  const std::vector<std::size_t> ends_;  // in content_: of the table, then of each chunk
  const std::vector<Id> ids_;
};

// Reads a pack chunk by chunk; the ids that were left out are those found before.
class PackReader {
 public:
  PackReader(Bytes content, std::size_t count, std::size_t table_bytes)
      : content_(std::move(content)), count_(count), ends_{table_bytes} {}

  Result<std::shared_ptr<const RecordPack>> run() && {
    ends_.reserve(count_ + 1);
    ids_.reserve(count_);
    while (ids_.size() < count_) STET_CHECK(read_chunk());
    if (at_ != ends_.front() || ends_.back() != content_.size()) {
      return damaged("something follows its chunks");
    }
    return std::shared_ptr<const RecordPack>(
        std::make_shared<OpenPack>(std::move(content_), std::move(ends_), std::move(ids_)));
  }

 private:
  Result<void> read_chunk() {
    STET_TRY(const std::size_t length, number());
    STET_TRY(const std::size_t links, number());
    const std::size_t begin = ends_.back();
    if (length > content_.size() - begin) return damaged("a chunk's length");
    const std::span<std::uint8_t> chunk(&content_[0] + begin, length);
    std::size_t behind = 0;
    for (std::size_t i = 0; i < links; ++i) {
      STET_TRY(behind, read_link(chunk, behind));
    }
    ends_.push_back(begin + length);
    ids_.push_back(id_of(chunk));
    return {};
  }

  // Where the link ends.
  Result<std::size_t> read_link(std::span<std::uint8_t> chunk, std::size_t behind) {
    STET_TRY(const std::size_t gap, number());
    STET_TRY(const std::size_t back, number());
    if (gap > chunk.size() - behind || chunk.size() - behind - gap < kIdBytes || back == 0 ||
        back > ids_.size()) {
      return damaged("an id's place");
    }
    std::ranges::copy(ids_[ids_.size() - back].bytes, chunk.begin() + (behind + gap));
    return behind + gap + kIdBytes;
  }

  Result<std::size_t> number() {
    BytesView rest = BytesView(content_).first(ends_.front()).subspan(at_);
    const std::size_t before = rest.size();
    const auto value = take_varint(rest);
    if (!value) return damaged("its table");
    at_ += before - rest.size();
    return *value;
  }

  Bytes content_;
  const std::size_t count_;
  std::vector<std::size_t> ends_;
  std::vector<Id> ids_;
  std::size_t at_ = 0;  // in the table
};

Result<Bytes> decompress(BytesView frame, BytesView prefix) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size > kContentBytesMax) return damaged("its size");  // unknown is larger
  Bytes content(static_cast<std::size_t>(size));
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  ZSTD_DCtx_refPrefix(context.get(), prefix.data(), prefix.size());
  const std::size_t count = ZSTD_decompressDCtx(context.get(), content.data(), content.size(),
                                                frame.data(), frame.size());
  if (ZSTD_isError(count) != 0 || count != size) return damaged("it does not decompress");
  return content;
}

}  // namespace

void for_each_link(BytesView chunk, const std::function<void(const Id&, std::size_t)>& see) {
  auto at = chunk.begin();
  while (true) {
    at = std::search(at, chunk.end(), kLinkHead.begin(), kLinkHead.end());
    if (chunk.end() - at < static_cast<std::ptrdiff_t>(kLinkHead.size() + kIdBytes)) return;
    at += kLinkHead.size();
    Id id;
    std::copy_n(at, kIdBytes, id.bytes.begin());
    see(id, static_cast<std::size_t>(at - chunk.begin()));
    at += kIdBytes;
  }
}

Result<Bytes> write_pack(std::vector<IdentifiedChunk> chunks, BytesView prefix) {
  PackWriter writer;
  for (IdentifiedChunk& chunk : chunks) writer.add(chunk.id, std::move(chunk.bytes));
  return std::move(writer).finish(prefix);
}

Result<std::shared_ptr<const RecordPack>> read_pack(BytesView packed, BytesView prefix) {
  if (packed.size() < kFixedBytes) return damaged("it is cut off");
  const std::size_t count = load_u32(packed.data());
  const std::size_t table_bytes = load_u32(packed.data() + kU32Bytes);
  STET_TRY(Bytes content, decompress(packed.subspan(kFixedBytes), prefix));
  if (table_bytes > content.size() || count > kPackRecordsMax) return damaged("its table's size");
  return PackReader(std::move(content), count, table_bytes).run();
}

}  // namespace stet::layer
