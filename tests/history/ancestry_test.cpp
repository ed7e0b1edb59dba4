#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "stet/history.hpp"

namespace stet {
namespace {

// Versions in memory, with a count of how often one is read.
class Graph {
 public:
  Id add(const std::vector<Id>& parents, std::int64_t time_ms) {
    Version version;
    version.time_ms = time_ms;
    version.message = std::to_string(versions_.size());
    version.parents = parents;
    for (const Id& parent : parents) {
      version.generation = std::max(version.generation, versions_.at(parent).generation + 1);
    }
    if (parents.size() == 1) {
      version.skip = *history().skip_after(parents[0], versions_.at(parents[0]));
    }
    const Id id = id_of(encode_version(version));
    versions_.emplace(id, version);
    return id;
  }
  std::vector<Id> add_line(std::vector<Id> from, std::size_t count) {
    std::vector<Id> line;
    for (std::size_t i = 0; i < count; ++i) {
      line.push_back(add(from, static_cast<std::int64_t>(versions_.size()) * 1000));
      from = {line.back()};
    }
    return line;
  }

  History history(Boundary boundary = {}) const {
    return History(
        [this](const Id& id) -> Result<Version> {
          ++reads_;
          const auto found = versions_.find(id);
          if (found == versions_.end()) return Error(ErrorCode::not_found, "no such version");
          return found->second;
        },
        std::move(boundary));
  }
  void drop(const Id& id) { versions_.erase(id); }
  const Version& at(const Id& id) const { return versions_.at(id); }
  std::size_t reads_in(const std::function<void()>& work) const {
    reads_ = 0;
    work();
    return reads_;
  }

  // What the functions should say, worked out by brute force.
  std::set<Id> ancestors(const Id& id) const {
    std::set<Id> found = {id};
    std::vector<Id> open = {id};
    while (!open.empty()) {
      const Id next = open.back();
      open.pop_back();
      for (const Id& parent : versions_.at(next).parents) {
        if (found.insert(parent).second) open.push_back(parent);
      }
    }
    return found;
  }

 private:
  std::map<Id, Version> versions_;
  mutable std::size_t reads_ = 0;
};

TEST(History, CountsBackInStepsOfTheLogarithm) {
  Graph graph;
  constexpr std::size_t kVersions = 20'000;
  const std::vector<Id> line = graph.add_line({}, kVersions);
  std::size_t most = 0;
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    const std::size_t from = random() % kVersions;
    const std::size_t steps = random() % (from + 1);
    std::optional<Id> found;
    most =
        std::max(most, graph.reads_in([&] { found = *graph.history().back(line[from], steps); }));
    ASSERT_EQ(found, line[from - steps]) << from << " ~ " << steps;
  }
  EXPECT_LE(most, 90u);  // two reads a step, three steps a doubling
  EXPECT_EQ(*graph.history().back(line[10], 11), std::nullopt);
}

TEST(History, FindsWhatWasThereAtATimeInStepsOfTheLogarithm) {
  Graph graph;
  const std::vector<Id> line = graph.add_line({}, 20'000);
  std::size_t most = 0;
  for (std::int64_t time_ms = 0; time_ms < 20'000'000; time_ms += 333'333) {
    std::optional<Id> found;
    most = std::max(most,
                    graph.reads_in([&] { found = *graph.history().as_of(line.back(), time_ms); }));
    ASSERT_EQ(found, line[static_cast<std::size_t>(time_ms / 1000)]);
  }
  EXPECT_LE(most, 90u);
  EXPECT_EQ(*graph.history().as_of(line.back(), -1), std::nullopt);
}

TEST(History, KnowsAncestorsInStepsOfTheLogarithm) {
  Graph graph;
  const std::vector<Id> line = graph.add_line({}, 20'000);
  const std::vector<Id> side = graph.add_line({line[5000]}, 100);
  const std::size_t reads = graph.reads_in([&] {
    EXPECT_TRUE(*graph.history().is_ancestor(line[17], line.back()));
    EXPECT_TRUE(*graph.history().is_ancestor(line[5000], side.back()));
    EXPECT_FALSE(*graph.history().is_ancestor(line[5001], side.back()));
    EXPECT_FALSE(*graph.history().is_ancestor(side[0], line.back()));
    EXPECT_TRUE(*graph.history().is_ancestor(line[3], line[3]));
    EXPECT_FALSE(*graph.history().is_ancestor(id_of(as_bytes("unknown")), line.back()));
  });
  EXPECT_LE(reads, 400u);
}

TEST(History, OfALongLineHasItsMergeBaseInStepsOfTheLogarithm) {
  Graph graph;
  const std::vector<Id> line = graph.add_line({}, 10'000);
  const std::vector<Id> left = graph.add_line({line[6000]}, 3000);
  const std::vector<Id> right = graph.add_line({line[6000]}, 2000);
  std::vector<Id> bases;
  const std::size_t reads =
      graph.reads_in([&] { bases = *graph.history().merge_bases(left.back(), right.back()); });
  EXPECT_EQ(bases, std::vector<Id>{line[6000]});
  EXPECT_LE(reads, 400u);
}

TEST(History, WithMergesAgreesWithBruteForce) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    Graph graph;
    std::vector<Id> ids = {graph.add({}, 0)};
    for (int i = 1; i < 60; ++i) {
      std::set<Id> parents;
      const std::size_t count = random() % 4 == 0 ? 2 : 1;
      for (std::size_t p = 0; p < count; ++p) {
        parents.insert(ids[ids.size() - 1 - random() % std::min<std::size_t>(ids.size(), 6)]);
      }
      ids.push_back(graph.add({parents.begin(), parents.end()}, i * 1000));
    }
    for (int i = 0; i < 100; ++i) {
      const Id left = ids[random() % ids.size()];
      const Id right = ids[random() % ids.size()];
      const std::set<Id> of_left = graph.ancestors(left);
      const std::set<Id> of_right = graph.ancestors(right);
      ASSERT_EQ(*graph.history().is_ancestor(left, right), of_right.contains(left));
      std::set<Id> best;
      for (const Id& id : of_left) {
        if (of_right.contains(id)) best.insert(id);
      }
      for (const Id& id : std::set<Id>(best)) {
        for (const Id& older : graph.ancestors(id)) {
          if (older != id) best.erase(older);
        }
      }
      const std::vector<Id> bases = *graph.history().merge_bases(left, right);
      ASSERT_EQ(std::set<Id>(bases.begin(), bases.end()), best);
      ASSERT_EQ(bases.size(), best.size());
    }
    Id first_parent = ids.back();
    for (std::uint64_t steps = 0;; ++steps) {
      ASSERT_EQ(*graph.history().back(ids.back(), steps), first_parent);
      if (graph.at(first_parent).parents.empty()) break;
      first_parent = graph.at(first_parent).parents.front();
    }
    std::set<Id> walked;
    ASSERT_TRUE(graph.history()
                    .walk(ids.back(),
                          [&](const Id& id, const Version& version) {
                            for (const Id& parent : version.parents)
                              EXPECT_FALSE(walked.contains(parent));
                            return walked.insert(id).second;
                          })
                    .ok());
    EXPECT_EQ(walked, graph.ancestors(ids.back()));
  }
}

TEST(History, EndsAtItsBoundary) {
  Graph graph;
  const std::vector<Id> line = graph.add_line({}, 100);
  const History history = graph.history({.generation = 40, .shallow = {line[40]}, .thin = {}});
  for (std::size_t i = 0; i < 40; i += 2) graph.drop(line[i]);  // some are swept, some not yet
  std::size_t walked = 0;
  ASSERT_TRUE(
      history.walk(line.back(), [&](const Id&, const Version&) { return ++walked > 0; }).ok());
  EXPECT_EQ(walked, 60u);
  EXPECT_EQ(*history.back(line.back(), 59), line[40]);
  EXPECT_EQ(*history.back(line.back(), 60), std::nullopt);
  EXPECT_EQ(*history.as_of(line.back(), 45'000), line[45]);
  EXPECT_EQ(*history.as_of(line.back(), 39'000), std::nullopt);
  EXPECT_TRUE(*history.is_ancestor(line[40], line.back()));
  EXPECT_FALSE(*history.is_ancestor(line[39], line.back()));
  EXPECT_EQ(history.at(line[39]).error().code(), ErrorCode::not_found);
}

TEST(History, ThatLacksAVersionWithoutABoundaryIsDamaged) {
  Graph graph;
  const std::vector<Id> line = graph.add_line({}, 10);
  graph.drop(line[4]);
  const auto walked =
      graph.history().walk(line.back(), [](const Id&, const Version&) { return true; });
  ASSERT_FALSE(walked.ok());
  EXPECT_EQ(walked.error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace stet
