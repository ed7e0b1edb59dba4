// Random work on a store, held against a plain map of histories. The seed is in the trace.
#include "store/stores.hpp"

namespace stet {
namespace {

struct ModelVersion {
  Id id;
  Value value;
};
using ModelHistory = std::vector<ModelVersion>;  // oldest first

class Model {
 public:
  Model(std::function<Store()> open, std::uint64_t seed)
      : open_(std::move(open)), random_(seed), store_(open_()) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      if (testing::Test::HasFatalFailure()) return;
    }
    check_all();
  }

 private:
  void step() {
    const std::string name = "doc" + std::to_string(random_() % 4);
    switch (random_() % 12) {
      case 0:
      case 1:
      case 2:
        return edit(name);
      case 3:
        return save_fresh(name);
      case 4:
        return set(name);
      case 5:
        return restore(name);
      case 6:
        return copy(name);
      case 7:
        return remove(name);
      case 8:
        store_ = open_();  // another handle: nothing is known
        return;
      case 9:
        return conditional(name);
      case 10:
        return maintain(name);
      default:
        return check(name);
    }
  }

  void saved(const std::string& name, const Result<Saved>& saved, const Value& value) {
    ASSERT_TRUE(saved.ok()) << saved.error().to_string();
    ModelHistory& history = documents_[name];
    const bool unchanged = !history.empty() && history.back().value == value;
    ASSERT_EQ(saved->outcome, unchanged ? Saved::Outcome::unchanged : Saved::Outcome::done);
    if (!unchanged) history.push_back({*saved->id, value});
    ASSERT_EQ(saved->id, history.back().id);
  }

  void edit(const std::string& name) {
    if (!documents_.contains(name)) return save_fresh(name);
    Value value = documents_[name].back().value;
    for (std::uint64_t i = random_() % 4 + 1; i > 0; --i) {
      value = test::with_pitch(value, random_() % 200, static_cast<std::int64_t>(random_() % 9));
    }
    saved(name, store_.save(name, value), value);
  }

  void save_fresh(const std::string& name) {
    const Value value = test::song(200 + random_() % 200, random_() % 5);
    saved(name, store_.save(name, value), value);
  }

  void set(const std::string& name) {
    const Value pitch(static_cast<std::int64_t>(random_() % 9));
    const Path where = test::path("/notes/" + std::to_string(random_() % 200) + "/pitch");
    const auto result = store_.set(name, where, pitch);
    if (!documents_.contains(name)) {
      ASSERT_EQ(result.error().code(), ErrorCode::not_found);
      return;
    }
    saved(name, result, documents_[name].back().value.with(where, pitch).value());
  }

  void restore(const std::string& name) {
    if (!documents_.contains(name)) return;
    const ModelHistory& history = documents_[name];
    const std::size_t back = random_() % history.size();
    const Value value = history[history.size() - 1 - back].value;
    saved(name, store_.restore(name + "~" + std::to_string(back)), value);
  }

  void copy(const std::string& name) {
    const std::string from = "doc" + std::to_string(random_() % 4);
    if (!documents_.contains(from)) {
      ASSERT_EQ(store_.copy(from, name).error().code(), ErrorCode::not_found);
      return;
    }
    const ModelVersion version = documents_[from][random_() % documents_[from].size()];
    saved(name, store_.copy(from + "@" + version.id.to_string(), name), version.value);
  }

  void remove(const std::string& name) {
    const auto removed = store_.remove(name);
    ASSERT_EQ(removed.ok(), documents_.contains(name));
    documents_.erase(name);
  }

  void conditional(const std::string& name) {
    const bool there = documents_.contains(name);
    const Value value(static_cast<std::int64_t>(random_()));
    const bool right = random_() % 2 == 0;
    ExpectedHead expected;
    if (there && right) expected = documents_[name].back().id;
    if (!there && !right) expected = id_of(as_bytes("none"));
    const auto result = store_.save(
        name, Value::map({{"notes", test::song(300, 9).member("notes").value()}, {"n", value}}),
        {.expected = expected});
    ASSERT_TRUE(result.ok());
    if (right) {
      ASSERT_EQ(result->outcome, Saved::Outcome::done);
      documents_[name].push_back({*result->id, *store_.load(name)});
    } else {
      ASSERT_EQ(result->outcome, Saved::Outcome::conflict);
    }
  }

  void maintain(const std::string& name) {
    const auto swept = store_.compact();
    ASSERT_TRUE(swept.ok()) << swept.error().to_string();
    const auto report = store_.verify(documents_.contains(name) ? name : "");
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    ASSERT_TRUE(report->ok()) << report->damage.front().damage.message;
  }

  void check(const std::string& name) {
    if (!documents_.contains(name)) {
      ASSERT_EQ(store_.load(name).error().code(), ErrorCode::not_found);
      return;
    }
    const ModelHistory& history = documents_[name];
    const auto log = test::log_of(store_, name);
    ASSERT_EQ(log.size(), history.size());
    for (std::size_t i = 0; i < log.size(); ++i) {
      ASSERT_EQ(log[i].id, history[history.size() - 1 - i].id);
    }
    const std::size_t back = random_() % history.size();
    const auto loaded = store_.load(name + "~" + std::to_string(back));
    ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
    ASSERT_EQ(*loaded, history[history.size() - 1 - back].value);
  }

  void check_all() {
    std::vector<std::string> names;
    for (const auto& [name, history] : documents_) names.push_back(name);
    ASSERT_EQ(test::names_in(store_), names);
    for (const std::string& name : names) check(name);
  }

  std::function<Store()> open_;
  std::mt19937_64 random_;
  Store store_;
  std::map<std::string, ModelHistory> documents_;
};

TEST(AgainstAModel, RandomWorkInMemoryAgrees) {
  const std::uint64_t seeds = std::getenv("STET_DEEP") != nullptr ? 200 : 8;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    const auto backend = packing_layer(memory_backend());
    Model([&] { return Store::over(backend); }, seed).run(250);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(AgainstAModel, RandomWorkInAFileAgrees) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(seed);
    const test::TemporaryFolder folder;
    Model([&] { return Store::open("file:" + (folder / "a.stet")).value(); }, seed).run(200);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace stet
