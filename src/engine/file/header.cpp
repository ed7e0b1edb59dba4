#include "engine/file/header.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::file {

namespace {

constexpr std::size_t kSaltOffset = 16;
constexpr std::size_t kHeaderHashOffset = 32;
constexpr std::size_t kSlotBytes = 112;  // with its hash
constexpr std::size_t kSlotHashOffset = kSlotBytes - sizeof(Hash);
constexpr std::size_t kBothSlotsBytes = kSectorBytes + kSlotBytes;  // from the first one on

// Slots take turns by the parity of their generation.
std::uint64_t slot_offset(std::uint64_t generation) { return kSectorBytes * (1 + generation % 2); }

Bytes encode_slot(const Salt& salt, const Slot& slot) {
  Bytes bytes;
  bytes.reserve(kSlotBytes);
  append_number(bytes, slot.generation);
  append_number(bytes, slot.recovery.epoch);
  append_number(bytes, slot.recovery.from);
  append_number(bytes, slot.manifest_offset);
  append_number(bytes, std::uint64_t{slot.manifest_length});
  append_number(bytes, slot.after.end);
  append_number(bytes, slot.after.sequence);
  append_bytes(bytes, slot.after.chain);
  append_number(bytes, slot.after.recovery_epoch);
  append_number(bytes, slot.durable_sequence);
  append_number(bytes, std::uint64_t{slot.named});
  append_bytes(bytes, hash_of(salt, bytes));
  return bytes;
}

// Nobody writes so many. Were one believed, the next would count from 0, and so not count.
constexpr std::uint64_t kGenerationsEnd = std::uint64_t{1} << 63;

std::optional<Slot> decode_slot(const Salt& salt, BytesView bytes) {
  const Hash hash = hash_of(salt, bytes.first(kSlotHashOffset));
  if (!std::equal(hash.begin(), hash.end(), bytes.begin() + kSlotHashOffset)) return std::nullopt;
  Slot slot;
  slot.generation = load_number<std::uint64_t>(&bytes[0]);
  if (slot.generation >= kGenerationsEnd) return std::nullopt;
  slot.recovery.epoch = load_number<std::uint64_t>(&bytes[8]);
  slot.recovery.from = load_number<std::uint64_t>(&bytes[16]);
  slot.manifest_offset = load_number<std::uint64_t>(&bytes[24]);
  slot.manifest_length = load_number<std::uint32_t>(&bytes[32]);
  slot.after.end = load_number<std::uint64_t>(&bytes[40]);
  slot.after.sequence = load_number<std::uint64_t>(&bytes[48]);
  std::copy_n(&bytes[56], slot.after.chain.size(), slot.after.chain.begin());
  slot.after.recovery_epoch = load_number<std::uint64_t>(&bytes[72]);
  slot.durable_sequence = load_number<std::uint64_t>(&bytes[80]);
  slot.named = bytes[88] != 0;
  return slot;
}

// Those that are whole, the newest first.
std::vector<Slot> decode_slots(const Salt& salt, BytesView both) {
  std::vector<Slot> slots;
  slots.reserve(kSlots);
  for (const std::size_t at : {std::size_t{0}, std::size_t{kSectorBytes}}) {
    if (const auto slot = decode_slot(salt, both.subspan(at, kSlotBytes))) slots.push_back(*slot);
  }
  if (slots.size() == kSlots && slots[0].generation < slots[1].generation) {
    std::swap(slots[0], slots[1]);
  }
  return slots;
}

Error not_a_store(const std::string& path, std::uint64_t size_bytes) {
  const char* const what =
      size_bytes == 0 ? "the file is empty, so it is not a store: remove it, and a store "
                        "is made in its place"
                      : "the file is not a store: it does not begin as one; check the path";
  return Error(ErrorCode::invalid, what).at_path(path).at_offset(0);
}

Result<void> check_identity(const std::string& path, BytesView sector) {
  const auto version = load_number<std::uint32_t>(&sector[8]);
  if (version > kFormatVersion) {
    return Error(ErrorCode::newer_format,
                 fmt::format("the store has format version {}, and this program knows versions up "
                             "to {}: use a newer Stet",
                             version, kFormatVersion))
        .at_path(path);
  }
  const Hash hash = hash_of({}, sector.first(kHeaderHashOffset));
  if (version == 0 || !std::equal(hash.begin(), hash.end(), sector.begin() + kHeaderHashOffset)) {
    return corrupt_at(path, 0, "the store's header is damaged: restore the file from a copy");
  }
  return {};
}

}  // namespace

Bytes encode_header(const Salt& salt) {
  Bytes bytes(kMagic.begin(), kMagic.end());
  append_number(bytes, kFormatVersion);
  append_number(bytes, static_cast<std::uint32_t>(kHeaderBytes));
  append_bytes(bytes, salt);
  append_bytes(bytes, hash_of({}, bytes));
  bytes.resize(kHeaderBytes);
  for (const std::uint64_t generation : {0u, 1u}) {
    Slot empty;
    empty.generation = generation;
    const Bytes slot = encode_slot(salt, empty);
    std::copy(slot.begin(), slot.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(slot_offset(generation)));
  }
  return bytes;
}

Result<std::vector<Slot>> read_slots(os::File& file, const Salt& salt) {
  constexpr int kAttempts = 3;
  std::array<std::uint8_t, kBothSlotsBytes> both;
  std::vector<Slot> slots;
  for (int i = 0; i < kAttempts && slots.size() < kSlots; ++i) {
    STET_CHECK(file.read_exactly(kSectorBytes, both));
    slots = decode_slots(salt, both);
  }
  return slots;
}

Result<Header> read_header(os::File& file, std::uint64_t size_bytes) {
  std::array<std::uint8_t, kSectorBytes + kBothSlotsBytes> front{};
  STET_TRY(const std::size_t count, file.read_up_to(0, front));
  if (count < kMagic.size() || !std::equal(kMagic.begin(), kMagic.end(), front.begin())) {
    return not_a_store(file.path(), size_bytes);
  }
  if (size_bytes < kHeaderBytes) {
    return corrupt_at(file.path(), size_bytes,
                      "the store is cut off inside its header: restore the file from a copy");
  }
  STET_CHECK(check_identity(file.path(), front));
  Header header;
  std::copy_n(&front[kSaltOffset], header.salt.size(), header.salt.begin());
  header.slots = decode_slots(header.salt, BytesView(front).subspan(kSectorBytes));
  // One of them may just have been written.
  if (header.slots.size() < kSlots) {
    STET_TRY(header.slots, read_slots(file, header.salt));
  }
  return header;
}

Result<void> write_slot(os::File& file, const Salt& salt, Slot slot) {
  STET_TRY(const std::vector<Slot> slots, read_slots(file, salt));
  slot.generation = slots.empty() ? 1 : slots.front().generation + 1;
  // Where only one slot is whole, the other is the one to write.
  if (slots.size() == 1 && slot_offset(slot.generation) == slot_offset(slots[0].generation)) {
    ++slot.generation;
  }
  return file.write_all(slot_offset(slot.generation), encode_slot(salt, slot));
}

}  // namespace stet::file
