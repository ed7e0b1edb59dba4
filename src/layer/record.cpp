#include "layer/record.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>

#include "layer/difference.hpp"
#include "layer/numbers.hpp"
#include "stet/layer/packing.hpp"

namespace stet::layer {

namespace {

constexpr std::size_t kCompressedFixedBytes = 1 + kU32Bytes;
constexpr std::size_t kDeltaBaseOffset = 2;
constexpr std::size_t kDeltaLengthOffset = kDeltaBaseOffset + kIdBytes;
constexpr std::size_t kDeltaFixedBytes = kDeltaLengthOffset + kU32Bytes;

Error damaged(const Id& id, std::string_view what) {
  return Error(ErrorCode::corrupt,
               fmt::format("the stored record of chunk {} is damaged ({}): restore the store from "
                           "a copy",
                           id.to_string(), what));
}

Result<Bytes> decompress(const Id& id, BytesView record) {
  if (record.size() < kCompressedFixedBytes) return damaged(id, "it is cut off");
  const std::size_t length = load_u32(&record[1]);
  const BytesView frame = record.subspan(kCompressedFixedBytes);
  if (length > kPackedChunkBytesMax) return damaged(id, "its length passes the limit");
  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != length) {
    return damaged(id, "its lengths differ");
  }
  Bytes chunk(length);
  const std::size_t count = ZSTD_decompress(chunk.data(), chunk.size(), frame.data(), frame.size());
  if (ZSTD_isError(count) != 0 || count != length) return damaged(id, "it does not decompress");
  return chunk;
}

}  // namespace

void append_plain_record(Bytes& to, BytesView chunk) {
  to.push_back(static_cast<std::uint8_t>(Encoding::plain));
  to.insert(to.end(), chunk.begin(), chunk.end());
}

void append_compressed_record(Bytes& to, BytesView chunk, int zstd_level) {
  const std::size_t begin = to.size();
  to.resize(begin + kCompressedFixedBytes + ZSTD_compressBound(chunk.size()));
  const std::size_t frame = begin + kCompressedFixedBytes;
  const std::size_t count =
      ZSTD_compress(&to[frame], to.size() - frame, chunk.data(), chunk.size(), zstd_level);
  if (ZSTD_isError(count) != 0 || kCompressedFixedBytes + count > chunk.size()) {
    to.resize(begin);
    append_plain_record(to, chunk);
    return;
  }
  to[begin] = static_cast<std::uint8_t>(Encoding::zstd);
  store_u32(&to[begin + 1], chunk.size());
  to.resize(frame + count);
}

void append_delta_record(Bytes& to, unsigned depth, const ChunkView& base, BytesView chunk) {
  const std::size_t begin = to.size();
  to.resize(begin + kDeltaFixedBytes);
  to[begin] = static_cast<std::uint8_t>(Encoding::delta);
  to[begin + 1] = static_cast<std::uint8_t>(depth);
  std::ranges::copy(base.id.bytes,
                    to.begin() + static_cast<std::ptrdiff_t>(begin + kDeltaBaseOffset));
  store_u32(&to[begin + kDeltaLengthOffset], chunk.size());
  append_difference(to, base.bytes, chunk);
}

std::size_t unpacked_size(BytesView record) noexcept {
  if (record.empty()) return 0;
  switch (static_cast<Encoding>(record[0])) {
    case Encoding::plain:
      return record.size() - 1;
    case Encoding::zstd:
      return record.size() < kCompressedFixedBytes ? 0 : load_u32(&record[1]);
    case Encoding::delta:
      return record.size() < kDeltaFixedBytes ? 0 : load_u32(&record[kDeltaLengthOffset]);
  }
  return 0;
}

std::optional<DeltaHead> delta_head(BytesView record) {
  if (record.size() < kDeltaFixedBytes || record[0] != static_cast<std::uint8_t>(Encoding::delta)) {
    return std::nullopt;
  }
  DeltaHead head;
  head.depth = record[1];
  std::ranges::copy(record.subspan(kDeltaBaseOffset, kIdBytes), head.base.bytes.begin());
  return head;
}

Result<Bytes> unpack_delta(const Id& id, BytesView record, BytesView base) {
  if (record.size() < kDeltaFixedBytes) return damaged(id, "it is cut off");
  const std::size_t length = load_u32(&record[kDeltaLengthOffset]);
  if (length > kPackedChunkBytesMax) return damaged(id, "its length passes the limit");
  auto chunk = apply_difference(base, record.subspan(kDeltaFixedBytes), length);
  if (!chunk) return damaged(id, "it does not fit its base");
  return *std::move(chunk);
}

Result<Bytes> unpack_record(const Id& id, Bytes record) {
  if (record.empty()) return damaged(id, "it is empty");
  switch (static_cast<Encoding>(record[0])) {
    case Encoding::plain:
      record.erase(record.begin());
      return record;
    case Encoding::zstd:
      return decompress(id, record);
    case Encoding::delta:
      if (record.size() < kDeltaFixedBytes) return damaged(id, "it is cut off");
      return Error(ErrorCode::internal, "a delta was read without its base");
  }
  return Error(ErrorCode::newer_format,
               fmt::format("chunk {} is stored in encoding {}, which this program does not know: "
                           "use a newer Stet",
                           id.to_string(), record[0]));
}

}  // namespace stet::layer
