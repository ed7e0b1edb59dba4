// Row of a large store: what opening it reads.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

#include "rows.hpp"
#include "stet/engine/file.hpp"
#include "stet/layer/packing.hpp"
#include "subject.hpp"

namespace stet::bench {

namespace {

constexpr std::uint64_t kStoreBytes = 10'000'000'000;
constexpr std::size_t kChunkBytes = 4096;  // those that a document's tree has
constexpr std::size_t kChunksAtOnce = 4096;

// Bytes that this process has read by read(2) and its like, from the cache or not (proc(5), io).
double bytes_read() {
  std::ifstream file("/proc/self/io");
  std::string name;
  double count = 0;
  while (file >> name >> count) {
    if (name == "rchar:") return count;
  }
  throw std::runtime_error("/proc/self/io does not say what was read");
}

// Chunks that no document has, as a program leaves them that stopped before its swap. Their records
// are like any other's, and their ids are spread as hashes are.
void fill(const std::string& path, std::uint64_t bytes) {
  FileEngineOptions options;
  const auto backend = open_file(path, options).value();
  std::mt19937_64 random(11);
  Bytes content(kChunksAtOnce * kChunkBytes);
  for (std::uint64_t written = 0; written < bytes; written += content.size()) {
    std::vector<ChunkView> chunks;
    for (std::size_t at = 0; at < content.size(); at += kChunkBytes) {
      content[at] = 0;  // a plain record
      Id id;
      for (std::uint8_t& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
      chunks.push_back({id, BytesView(content).subspan(at, kChunkBytes)});
    }
    backend->put(chunks, 0).value();
    backend->swap({}).value();
  }
}

}  // namespace

Row open_large_store(Context& context) {
  const std::uint64_t bytes = context.quick() ? kStoreBytes / 10 : kStoreBytes;
  const std::string path = context.scratch().fresh_path("large.stet");
  fill(path, bytes);
  const Score& score = context.small_score();
  Store::open(url_of(path)).value().save(kDocument, context.small_value()).value();
  Editor editor(score);
  const int rounds = context.rounds(100);
  Row row{"Opening a large store",
          std::to_string(bytes / 1'000'000'000) + " GB of chunks of 4 KB; " +
              std::to_string(rounds) + " rounds",
          {},
          {}};
  double read = 0;
  const auto open_and_read = [&] {
    const Path note = editor.next_note();
    std::optional<Store> store;
    const double before = bytes_read();
    const Sample sample = measure(Clock::wall, [&] {
      store = Store::open(url_of(path)).value();
      keep(store->view(kDocument).value().at(note).value());
    });
    read = std::max(read, bytes_read() - before);
    return sample;
  };
  row.sides = run_in_turn(Clock::wall, rounds, {{"Stet: open, view, one note", open_and_read}});
  row.findings.push_back(
      {"read at most, with the note", read / 1000, "KB", Goal{Better::less, 1000, 100}, {}});
  return row;
}

}  // namespace stet::bench
