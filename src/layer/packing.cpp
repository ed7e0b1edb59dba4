#include "stet/layer/packing.hpp"

#include <fmt/format.h>

#include "layer/record.hpp"

namespace stet {

namespace {

class PackingLayer final : public Backend {
 public:
  PackingLayer(std::shared_ptr<Backend> below, PackingOptions options)
      : below_(std::move(below)), options_(options) {}

  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    STET_TRY(auto records, below_->get(ids));
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (!records[i]) continue;
      STET_TRY(records[i], layer::unpack_record(ids[i], *std::move(records[i])));
    }
    return records;
  }

  Result<void> put(std::span<const ChunkView> chunks, Epoch epoch) override {
    STET_CHECK(check_sizes(chunks));
    Bytes buffer;
    std::vector<ChunkView> records;
    while (!chunks.empty()) {
      const std::size_t count = count_within(chunks, kPutBytes);
      pack(chunks.first(count), buffer, records);
      STET_CHECK(below_->put(records, epoch));
      chunks = chunks.subspan(count);
    }
    return {};
  }

  Result<std::vector<std::optional<RefValue>>> read(std::span<const std::string> names) override {
    return below_->read(names);
  }
  Result<RefPage> list(std::string_view prefix, std::string_view cursor,
                       std::size_t limit) override {
    return below_->list(prefix, cursor, limit);
  }
  Result<SwapOutcome> swap(std::span<const RefChange> changes) override {
    return below_->swap(changes);
  }
  // No record has a base yet, so what is live above is what is live below.
  Result<SweepReport> sweep(const LiveSet& live, Epoch epoch,
                            const ProgressCallback& progress) override {
    return below_->sweep(live, epoch, progress);
  }

  BackendInfo info() const override {
    BackendInfo info = below_->info();
    info.engine = "packing over " + info.engine;
    return info;
  }
  BackendCounters counters() const override { return below_->counters(); }
  Result<std::vector<Damage>> check(const ProgressCallback& progress) override {
    return below_->check(progress);
  }

 private:
  // So many bytes are packed at a time: they stay in the cache, and the memory is used again.
  static constexpr std::size_t kPutBytes = 64u << 10;

  // How many from the front have at most so many bytes; at least one.
  static std::size_t count_within(std::span<const ChunkView> chunks, std::size_t bytes_max) {
    std::size_t count = 0, bytes = 0;
    while (count < chunks.size() &&
           (count == 0 || bytes + chunks[count].bytes.size() <= bytes_max)) {
      bytes += chunks[count++].bytes.size();
    }
    return count;
  }

  // The records are views into the buffer.
  void pack(std::span<const ChunkView> chunks, Bytes& buffer,
            std::vector<ChunkView>& records) const {
    std::size_t bytes = 0;
    for (const ChunkView& chunk : chunks) bytes += chunk.bytes.size() + kRecordPlainFixedBytes;
    buffer.clear();
    buffer.reserve(bytes);
    std::vector<std::size_t> ends;
    ends.reserve(chunks.size());
    for (const ChunkView& chunk : chunks) {
      if (options_.zstd_level) {
        layer::append_compressed_record(buffer, chunk.bytes, *options_.zstd_level);
      } else {
        layer::append_plain_record(buffer, chunk.bytes);
      }
      ends.push_back(buffer.size());
    }
    records.clear();
    records.reserve(chunks.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      const std::size_t begin = i == 0 ? 0 : ends[i - 1];
      records.push_back({chunks[i].id, BytesView(buffer).subspan(begin, ends[i] - begin)});
    }
  }

  static Result<void> check_sizes(std::span<const ChunkView> chunks) {
    for (const ChunkView& chunk : chunks) {
      if (chunk.bytes.size() <= kPackedChunkBytesMax) continue;
      return Error(ErrorCode::too_large, fmt::format("a chunk of {} bytes passes the limit of {}",
                                                     chunk.bytes.size(), kPackedChunkBytesMax));
    }
    return {};
  }

  const std::shared_ptr<Backend> below_;
  const PackingOptions options_;
};

}  // namespace

std::shared_ptr<Backend> packing_layer(std::shared_ptr<Backend> below, PackingOptions options) {
  return std::make_shared<PackingLayer>(std::move(below), options);
}

}  // namespace stet
