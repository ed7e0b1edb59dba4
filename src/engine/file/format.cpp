#include "engine/file/format.hpp"

#include <algorithm>

namespace stet::file {

namespace {

Hash canonical(XXH128_hash_t number) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, number);
  Hash hash;
  std::copy_n(bytes.digest, hash.size(), hash.begin());
  return hash;
}

}  // namespace

Hasher::Hasher(const Salt& salt) {
  XXH3_128bits_reset(&state_);
  add(salt);
}

void Hasher::add(BytesView bytes) { XXH3_128bits_update(&state_, bytes.data(), bytes.size()); }

Hash Hasher::finish() const { return canonical(XXH3_128bits_digest(&state_)); }

Hash hash_of(const Salt& salt, BytesView bytes) {
  // Slots are hashed at each save, and a hasher's state is ten times as large as one.
  constexpr std::size_t kShortBytes = 128;
  if (bytes.size() <= kShortBytes) {
    std::array<std::uint8_t, sizeof(Salt) + kShortBytes> all;
    std::ranges::copy(salt, all.begin());
    std::ranges::copy(bytes, all.begin() + sizeof(Salt));
    return canonical(XXH3_128bits(all.data(), salt.size() + bytes.size()));
  }
  Hasher hasher(salt);
  hasher.add(bytes);
  return hasher.finish();
}

FrameHeader load_frame_header(const std::uint8_t* from) {
  return {load_number<std::uint32_t>(from), from[4], from[5] == 0 && from[6] == 0 && from[7] == 0};
}

std::optional<BytesView> load_chunk_record(BytesView bytes, const Id& id) {
  if (bytes.size() < kChunkFrameFixedBytes) return std::nullopt;
  const FrameHeader header = load_frame_header(bytes.data());
  if (!is_chunk_kind(header.kind) || !header.plain || header.length < kChunkFixedBytes ||
      header.length > bytes.size() - kFrameHeaderBytes ||
      !std::ranges::equal(bytes.subspan(kFrameHeaderBytes, kIdBytes), id.bytes)) {
    return std::nullopt;
  }
  return bytes.subspan(kChunkFrameFixedBytes, header.length - kChunkFixedBytes);
}

std::array<std::uint8_t, kFrameHeaderBytes> encode_frame_header(FrameKind kind,
                                                                std::size_t length) {
  std::array<std::uint8_t, kFrameHeaderBytes> header{};
  store_number(header.data(), static_cast<std::uint32_t>(length));
  header[4] = static_cast<std::uint8_t>(kind);
  return header;
}

std::array<std::uint8_t, kCommitFrameBytes - sizeof(Hash)> encode_commit_start(
    const Commit& commit) {
  std::array<std::uint8_t, kCommitFrameBytes - sizeof(Hash)> frame;
  std::ranges::copy(encode_frame_header(FrameKind::commit, kCommitBytes), frame.begin());
  std::uint8_t* const payload = frame.data() + kFrameHeaderBytes;
  std::ranges::copy(kCommitMagic, payload);
  store_number(payload + 8, commit.sequence);
  store_number(payload + 16, commit.recovery_epoch);
  store_number(payload + 24, commit.batch_begin);
  std::ranges::copy(commit.previous, payload + 32);
  return frame;
}

std::optional<Commit> load_commit_frame(BytesView frame) {
  if (frame.size() < kCommitFrameBytes) return std::nullopt;
  const FrameHeader header = load_frame_header(frame.data());
  const std::uint8_t* const payload = frame.data() + kFrameHeaderBytes;
  if (header.kind != static_cast<std::uint8_t>(FrameKind::commit) || !header.plain ||
      header.length != kCommitBytes ||
      !std::equal(kCommitMagic.begin(), kCommitMagic.end(), payload)) {
    return std::nullopt;
  }
  Commit commit;
  commit.sequence = load_number<std::uint64_t>(payload + 8);
  commit.recovery_epoch = load_number<std::uint64_t>(payload + 16);
  commit.batch_begin = load_number<std::uint64_t>(payload + 24);
  std::copy_n(payload + 32, commit.previous.size(), commit.previous.begin());
  std::copy_n(payload + 48, commit.hash.size(), commit.hash.begin());
  return commit;
}

bool continues(const Commit& commit, const Position& position, const Recovery& recovery) {
  return commit.sequence == position.sequence + 1 && commit.batch_begin == position.end &&
         commit.previous == position.chain && commit.recovery_epoch >= position.recovery_epoch &&
         (position.end < recovery.from || commit.recovery_epoch >= recovery.epoch);
}

Error corrupt_at(const std::string& path, std::uint64_t offset, const std::string& what) {
  return Error(ErrorCode::corrupt, what).at_path(path).at_offset(offset);
}

}  // namespace stet::file
