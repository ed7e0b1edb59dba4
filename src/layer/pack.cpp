// What an engine needs to know of records: packs, deltas, and what a chunk names.
#include <algorithm>
#include <vector>

#include "layer/pack_bytes.hpp"
#include "layer/record.hpp"
#include "stet/layer/packing.hpp"

namespace stet {

namespace {

// Larger ones gain little from company, and would make packs slow to open.
constexpr std::size_t kPackedBytesMax = 64u << 10;

class Packer final : public RecordPacker {
 public:
  std::optional<Id> base_of(BytesView record) const override {
    const auto head = layer::delta_head(record);
    return head ? std::optional(head->base) : std::nullopt;
  }

  Result<Bytes> resolve(const ChunkView& record, BytesView base_record) const override {
    STET_TRY(const Bytes base,
             layer::unpack_record(record.id, Bytes(base_record.begin(), base_record.end())));
    STET_TRY(const Bytes chunk, layer::unpack_delta(record.id, record.bytes, base));
    Bytes whole;
    layer::append_plain_record(whole, chunk);
    return whole;
  }

  std::optional<std::size_t> size_in_pack(const ChunkView& record) const override {
    if (record.bytes.size() > kPackedBytesMax) return std::nullopt;
    const auto chunk = unpack(record);
    if (!chunk.ok() || chunk->size() > kPackedBytesMax || id_of(*chunk) != record.id) {
      return std::nullopt;
    }
    return chunk->size();
  }

  std::vector<Id> named_by(BytesView record) const override {
    std::vector<Id> named;
    const auto chunk = unpack({{}, record});
    if (!chunk.ok()) return named;
    layer::for_each_link(*chunk, [&](const Id& id, std::size_t) { named.push_back(id); });
    return named;
  }

  Result<Bytes> pack(std::span<const ChunkView> records,
                     std::span<const Bytes> bases) const override {
    STET_TRY(const Bytes prefix, prefix_of(bases));
    std::vector<layer::IdentifiedChunk> chunks;
    chunks.reserve(records.size());
    for (const ChunkView& record : records) {
      STET_TRY(Bytes chunk, unpack(record));
      chunks.push_back({record.id, std::move(chunk)});
    }
    return layer::write_pack(std::move(chunks), prefix);
  }

  Result<std::shared_ptr<const RecordPack>> open(BytesView packed,
                                                 std::span<const Bytes> bases) const override {
    STET_TRY(const Bytes prefix, prefix_of(bases));
    return layer::read_pack(packed, prefix);
  }

 private:
  // Their chunks, one after another. A short record may say that it is a long chunk.
  static Result<Bytes> prefix_of(std::span<const Bytes> bases) {
    Bytes prefix;
    for (const Bytes& base : bases) {
      if (prefix.size() + layer::unpacked_size(base) > kPackBasesBytesMax) {
        return Error(ErrorCode::corrupt, "a pack of older versions leans on too much");
      }
      STET_TRY(const Bytes chunk, layer::unpack_record(Id(), base));
      prefix.insert(prefix.end(), chunk.begin(), chunk.end());
    }
    return prefix;
  }

  static Result<Bytes> unpack(const ChunkView& record) {
    return layer::unpack_record(record.id, Bytes(record.bytes.begin(), record.bytes.end()));
  }
};

}  // namespace

std::shared_ptr<const RecordPacker> record_packer() { return std::make_shared<Packer>(); }

}  // namespace stet
