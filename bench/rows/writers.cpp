// Row of many writers: sixteen threads of one process, each with a document of its own.
#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "peers/floor.hpp"
#include "peers/rocksdb.hpp"
#include "rows.hpp"
#include "subject.hpp"
#include "system_calls.hpp"

namespace stet::bench {

namespace {

constexpr int kWriters = 16;
constexpr std::size_t kEditBytes = 200;
constexpr std::size_t kUnacknowledged = 8;

// `commit(writer, number)` in sixteen threads: what one commit took and cost.
Sample run_writers(int commits_each, const std::function<void(int, int)>& commit) {
  std::atomic<std::uint64_t> flushes{0};
  Sample sample = measure(Clock::wall, [&] {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        for (int number = 0; number < commits_each; ++number) commit(writer, number);
        flushes += system_calls().flushes;
      });
    }
  });
  sample.flushes = static_cast<double>(flushes);
  return per_repetition(sample, kWriters * commits_each);
}

// Every writer's own score, edited and saved in one store.
class StetWriters {
 public:
  StetWriters(const std::string& path, Context& context)
      : store_(Store::open(url_of(path)).value()),
        values_(kWriters, context.small_value()),
        editors_(kWriters, Editor(context.small_score())) {
    for (int writer = 0; writer < kWriters; ++writer) save(writer);
  }

  void edit_and_save(int writer) {
    edit(writer);
    save(writer);
  }

  // The ticket of one edit.
  Ticket edit_and_save_async(int writer) {
    return store_.save_async(kDocument + std::to_string(writer), edit(writer));
  }

  std::uint64_t flushes() const { return store_.counters().flushes; }

 private:
  const Value& edit(int writer) {
    const Edit edit = editors_[static_cast<std::size_t>(writer)].next();
    Value& value = values_[static_cast<std::size_t>(writer)];
    return value = value.with(edit.path, edit.duration).value();
  }

  void save(int writer) {
    store_.save(kDocument + std::to_string(writer), values_[static_cast<std::size_t>(writer)])
        .value();
  }

  Store store_;
  std::vector<Value> values_;
  std::vector<Editor> editors_;
};

// Every writer goes on while no more than so many of its saves are unacknowledged, and waits for
// all in the end.
Sample run_ticket_writers(int commits_each, StetWriters& stet) {
  const std::uint64_t flushes_before = stet.flushes();
  std::vector<std::deque<Ticket>> tickets(kWriters);
  Sample sample = run_writers(commits_each, [&](int writer, int number) {
    std::deque<Ticket>& mine = tickets[static_cast<std::size_t>(writer)];
    mine.push_back(stet.edit_and_save_async(writer));
    const bool is_last = number + 1 == commits_each;
    while (mine.size() >= kUnacknowledged || (is_last && !mine.empty())) {
      mine.front().wait().value();
      mine.pop_front();
    }
  });
  sample.flushes = static_cast<double>(stet.flushes() - flushes_before) / (kWriters * commits_each);
  return sample;
}

}  // namespace

Row sixteen_writers(Context& context) {
  constexpr int kCommitsEach = 100;
  Floor floor(context.scratch().fresh_path("writers.floor"));
  RocksDb rocksdb(context.scratch().fresh_path("writers.rocksdb"));
  StetWriters stet(context.scratch().fresh_path("writers.stet"), context);
  StetWriters tickets(context.scratch().fresh_path("writers.tickets"), context);
  const int rounds = context.rounds(11);
  Row row{"Sixteen writers",
          "time of one commit among 16 threads, documents of their own; " + std::to_string(rounds) +
              " rounds of " + std::to_string(kWriters * kCommitsEach) + " commits",
          {},
          {}};
  const std::string data(512, 'f');
  const std::string value(kEditBytes, 'v');
  row.sides = run_in_turn(
      Clock::wall, rounds,
      {{"Stet: edit and save of a score of 0.3 MB each",
        [&] {
          return run_writers(kCommitsEach, [&](int writer, int) { stet.edit_and_save(writer); });
        }},
       {"floor, one after the other",
        [&] {
          return measure_each(Clock::wall, kWriters * kCommitsEach,
                              [&](int) { floor.commit(data); });
        }},
       {"RocksDB, sync: one value of 200 B each",
        [&] {
          return run_writers(kCommitsEach, [&](int writer, int number) {
            rocksdb.put(std::to_string(writer) + "/" + std::to_string(number), value);
          });
        }},
       {"Stet, tickets: 8 unacknowledged each",
        [&] { return run_ticket_writers(kCommitsEach, tickets); }}});
  row.compare("Stet's speed by RocksDB's", 0, 2, Goal{Better::more, 1.0, 1.7});
  row.compare("Stet's speed with tickets by RocksDB's", 3, 2, Goal{Better::more, 1.0, 5.0});
  row.compare("Stet's speed by the floor's", 0, 1, {});
  return row;
}

}  // namespace stet::bench
