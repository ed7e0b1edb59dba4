// The same random work on every backend gets the same answers. The seed is in the trace.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "contract/contract.hpp"

namespace stet::contract {
namespace {

// One operation after the other; what each answers, in words.
class Work {
 public:
  Work(const Subject& subject, std::uint64_t seed)
      : place_(subject.make()), backend_(place_->open()), random_(seed) {}

  std::string step() {
    switch (random_() % 8) {
      case 0:
      case 1:
        return put_and_swap();
      case 2:
        return swap_wrongly();
      case 3:
        return remove();
      case 4:
        return list();
      case 5:
        return get();
      case 6:
        return sweep();
      default:
        backend_ = place_->open();
        return "open";
    }
  }

 private:
  std::string name() { return fmt::format("doc/{}", random_() % 6); }
  Chunk chunk() {
    return Chunk(std::string(random_() % 300, static_cast<char>('a' + random_() % 20)));
  }
  static Bytes value_of(const Chunk& chunk) {
    return Bytes(chunk.id.bytes.begin(), chunk.id.bytes.end());
  }

  std::string swapped(const std::vector<RefChange>& changes) {
    const auto outcome = backend_->swap(changes);
    if (!outcome.ok()) return "swap: " + std::string(outcome.error().message());
    std::string text = outcome->done ? "done" : "lost to";
    for (const auto& value : outcome->actual) text += fmt::format(" {}", value ? value->size() : 0);
    return text;
  }

  std::string put_and_swap() {
    const Chunk first = chunk(), second = chunk();
    const Epoch epoch = epoch_of(*backend_);
    put(*backend_, first, epoch);
    put(*backend_, second, epoch);
    const std::string one = name(), other = name();
    std::vector<RefChange> changes = {{one, read(*backend_, one), value_of(first)}};
    if (other != one) changes.push_back({other, read(*backend_, other), value_of(second)});
    return swapped(changes);
  }

  std::string swap_wrongly() {
    const std::string one = name();
    return swapped({{one, bytes_of("never there"), bytes_of("x")}});
  }

  std::string remove() {
    const std::string one = name();
    return swapped({{one, read(*backend_, one), std::nullopt}});
  }

  std::string list() {
    const std::string cursor = name();
    const auto page = backend_->list("doc/", cursor, 1 + random_() % 4);
    if (!page.ok()) return page.error().message();
    std::string text = "list";
    for (const Ref& ref : page->refs)
      text += fmt::format(" {}={}", ref.name, id_of(ref.value).to_string());
    return text + (page->next ? " next " + *page->next : "");
  }

  // What a ref names is there; of other chunks a backend may know or not.
  std::string get() {
    std::string text = "get";
    const auto all = backend_->list("doc/", "", 100);
    if (!all.ok()) return all.error().message();
    for (const Ref& ref : all->refs) {
      Id id;
      std::copy_n(ref.value.begin(), std::min(ref.value.size(), kIdBytes), id.bytes.begin());
      const auto bytes = stet::contract::get(*backend_, id);
      text += fmt::format(" {}:{}", ref.name, bytes && id_of(*bytes) == id ? bytes->size() : 9999);
    }
    return text;
  }

  std::string sweep() {
    const Epoch epoch = bump_epoch(*backend_);
    std::vector<Id> live;
    const auto all = backend_->list("doc/", "", 100);
    if (!all.ok()) return all.error().message();
    for (const Ref& ref : all->refs) {
      Id& id = live.emplace_back();
      std::copy_n(ref.value.begin(), std::min(ref.value.size(), kIdBytes), id.bytes.begin());
    }
    const auto swept = backend_->sweep(SetOfIds(live), epoch, {});
    return swept.ok() ? fmt::format("swept for {}", epoch) : swept.error().message();
  }

  std::unique_ptr<Place> place_;
  std::shared_ptr<Backend> backend_;
  std::mt19937_64 random_;
};

TEST(Differential, RandomWorkGetsTheSameAnswersFromEveryBackend) {
  constexpr int kSteps = 60;
  const std::uint64_t seeds = std::getenv("STET_DEEP") != nullptr ? 500 : 5;
  for (std::uint64_t seed = 1; seed <= seeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::vector<std::string> wanted;
    for (const Subject& subject : subjects()) {
      SCOPED_TRACE(subject.name);
      Work work(subject, seed);
      std::vector<std::string> answers;
      for (int i = 0; i < kSteps; ++i) answers.push_back(work.step());
      if (wanted.empty()) wanted = answers;
      ASSERT_EQ(answers, wanted);
    }
  }
}

}  // namespace
}  // namespace stet::contract
