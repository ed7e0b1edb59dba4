#include "layer/record.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include "stet/layer/packing.hpp"

namespace stet::layer {

namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kCompressedFixedBytes = 1 + kLengthBytes;

Error damaged(const Id& id, std::string_view what) {
  return Error(ErrorCode::corrupt,
               fmt::format("the stored record of chunk {} is damaged ({}): restore the store from "
                           "a copy",
                           id.to_string(), what));
}

Result<Bytes> decompress(const Id& id, BytesView record) {
  if (record.size() < kCompressedFixedBytes) return damaged(id, "it is cut off");
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= std::size_t{record[1 + i]} << (8 * i);
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
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    to[begin + 1 + i] = static_cast<std::uint8_t>(chunk.size() >> (8 * i));
  }
  to.resize(frame + count);
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
      break;
  }
  return Error(ErrorCode::newer_format,
               fmt::format("chunk {} is stored in encoding {}, which this program does not know: "
                           "use a newer Stet",
                           id.to_string(), record[0]));
}

}  // namespace stet::layer
