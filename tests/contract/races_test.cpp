#include <atomic>
#include <thread>

#include "contract/contract.hpp"

namespace stet::contract {
namespace {

TEST_P(Contract, ConcurrentIncrementsEndAtExactlyTheirNumber) {
  constexpr int kThreads = 4, kEach = 40;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      const auto handle = another();
      for (int i = 0; i < kEach;) {
        const auto before = read(*handle, "doc/count");
        const int count = before ? std::stoi(std::string(as_text(*before))) : 0;
        if (swap(*handle, {{"doc/count", before, bytes_of(std::to_string(count + 1)), false}})) ++i;
        if (HasFailure()) return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(read(*backend_, "doc/count"), bytes_of(std::to_string(kThreads * kEach)));
}

TEST_P(Contract, AReaderNeverSeesHalfASwap) {
  set_ref(*backend_, "doc/a", "0");
  set_ref(*backend_, "doc/b", "0");
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    const auto handle = another();
    const std::vector<std::string> names = {"doc/a", "doc/b"};
    int last = 0;
    while (!stop && !HasFailure()) {
      const auto values = handle->read(names);
      ASSERT_TRUE(values.ok()) << values.error().to_string();
      EXPECT_EQ((*values)[0], (*values)[1]);
      const int seen = std::stoi(std::string(as_text(*(*values)[0])));
      EXPECT_GE(seen, last) << "reads go back in time";
      last = seen;
    }
  });
  for (int i = 0; i < 100; ++i) {
    const Bytes before = bytes_of(std::to_string(i)), after = bytes_of(std::to_string(i + 1));
    EXPECT_TRUE(
        swap(*backend_, {{"doc/a", before, after, false}, {"doc/b", before, after, false}}));
  }
  stop = true;
  reader.join();
}

// A chain of chunks as a store makes it: each names the one before and one that comes and goes.
struct Link {
  Id previous, shared;
  std::string text;

  Chunk chunk() const {
    Bytes bytes(previous.bytes.begin(), previous.bytes.end());
    bytes.insert(bytes.end(), shared.bytes.begin(), shared.bytes.end());
    bytes.insert(bytes.end(), text.begin(), text.end());
    return Chunk(std::move(bytes));
  }
  static Link parse(BytesView bytes) {
    Link link;
    std::copy_n(bytes.begin(), kIdBytes, link.previous.bytes.begin());
    std::copy_n(bytes.begin() + kIdBytes, kIdBytes, link.shared.bytes.begin());
    link.text = as_text(bytes.subspan(2 * kIdBytes));
    return link;
  }
};

Id id_in(const RefValue& value) {
  Id id;
  std::copy_n(value.begin(), kIdBytes, id.bytes.begin());
  return id;
}

// Every id on the chain of a head; the texts into `texts`. Keeps `depth` links, as pruning would.
std::vector<Id> walk(Backend& backend, const std::optional<RefValue>& head, int depth,
                     std::vector<std::string>* texts) {
  std::vector<Id> ids;
  Id next = head ? id_in(*head) : Id{};
  while (next != Id{} && depth-- > 0) {
    const auto bytes = get(backend, next);
    EXPECT_TRUE(bytes.has_value()) << "a chunk on the chain is gone";
    if (!bytes) break;
    const Link link = Link::parse(*bytes);
    EXPECT_TRUE(get(backend, link.shared).has_value()) << "a shared chunk is gone";
    ids.push_back(next);
    ids.push_back(link.shared);
    if (texts != nullptr) texts->push_back(link.text);
    next = link.previous;
  }
  return ids;
}

// Saves as Store does: reads head and epoch, puts, swaps; on a lost swap puts all again.
void save(Backend& backend, const std::string& ref, int number) {
  const std::vector<std::string> names = {ref, std::string(kEpochRef)};
  while (!::testing::Test::HasFailure()) {
    const auto seen = backend.read(names);
    ASSERT_TRUE(seen.ok()) << seen.error().to_string();
    const Epoch epoch = *decode_epoch((*seen)[1]);
    const Chunk shared("shared " + std::to_string(number % 3));
    Link link{(*seen)[0] ? id_in(*(*seen)[0]) : Id{}, shared.id, std::to_string(number)};
    const Chunk chunk = link.chunk();
    put(backend, shared, epoch);
    put(backend, chunk, epoch);
    if (swap(backend,
             {{ref, (*seen)[0], Bytes(chunk.id.bytes.begin(), chunk.id.bytes.end()), false},
              {std::string(kEpochRef), (*seen)[1], std::nullopt, true}})) {
      return;
    }
  }
}

constexpr int kKept = 3;

Result<SweepReport> sweep_chains(Backend& backend, const std::vector<std::string>& refs) {
  const Epoch epoch = bump_epoch(backend);
  std::vector<Id> live;
  for (const std::string& ref : refs) {
    const auto ids = walk(backend, read(backend, ref), kKept, nullptr);
    live.insert(live.end(), ids.begin(), ids.end());
  }
  return backend.sweep(SetOfIds(live), epoch, {});
}

TEST_P(Contract, SweepingLosesNothingOfConcurrentSavers) {
  constexpr int kSavers = 3, kSaves = 60;
  std::vector<std::string> refs;
  for (int t = 0; t < kSavers; ++t) refs.push_back("doc/" + std::to_string(t));
  std::atomic<int> running = kSavers;
  std::vector<std::thread> savers;
  for (int t = 0; t < kSavers; ++t) {
    savers.emplace_back([this, &running, ref = refs[static_cast<std::size_t>(t)]] {
      const auto handle = another();
      for (int i = 0; i < kSaves && !HasFailure(); ++i) {
        save(*handle, ref, i);
        const auto ids = walk(*handle, read(*handle, ref), kKept, nullptr);
        EXPECT_FALSE(ids.empty());
      }
      --running;
    });
  }
  std::uint64_t dropped = 0;
  const auto sweeper = another();
  while (running > 0 && !HasFailure()) {
    const auto swept = sweep_chains(*sweeper, refs);
    ASSERT_TRUE(swept.ok()) << swept.error().to_string();
    dropped += swept->chunks_dropped;
  }
  for (std::thread& saver : savers) saver.join();
  for (const std::string& ref : refs) {
    std::vector<std::string> texts;
    walk(*backend_, read(*backend_, ref), kKept, &texts);
    EXPECT_EQ(texts, (std::vector<std::string>{"59", "58", "57"}));
  }
  const auto swept = sweep_chains(*backend_, refs);
  ASSERT_TRUE(swept.ok());
  EXPECT_GT(dropped + swept->chunks_dropped, 0u) << "nothing was ever swept";
}

}  // namespace
}  // namespace stet::contract
