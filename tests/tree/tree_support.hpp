// A chunk store in memory that counts, and random documents.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <set>
#include <string>
#include <unordered_map>

#include "stet/tree.hpp"
#include "stet/value/builder.hpp"
#include "stet/value/patch.hpp"
#include "stet/value/path.hpp"

namespace stet::test {

// Fails the test where a chunk is put twice in one call or before its children.
class MemoryChunks : public tree::ChunkSource, public tree::ChunkSink {
 public:
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    ++std::atomic_ref(gets);  // load() reads from two threads
    std::atomic_ref(chunks_read) += ids.size();
    std::vector<std::optional<Bytes>> found;
    for (const Id& id : ids) {
      const auto at = chunks.find(id);
      found.push_back(at == chunks.end() ? std::nullopt : std::optional(at->second));
    }
    return found;
  }
  Result<void> put(std::span<const ChunkView> views) override {
    for (const auto& [id, bytes, base] : views) {
      EXPECT_EQ(id, id_of(bytes));
      EXPECT_TRUE(put_in_call.insert(id).second) << "put twice";
      bytes_written += bytes.size();
      if (chunks.emplace(id, Bytes(bytes.begin(), bytes.end())).second) ++chunks_new;
    }
    return {};
  }
  void reset_counters() {
    gets = chunks_read = bytes_written = chunks_new = 0;
    put_in_call.clear();
  }
  std::size_t chunks_written() const { return put_in_call.size(); }

  std::unordered_map<Id, Bytes> chunks;
  std::set<Id> put_in_call;
  std::size_t gets = 0, chunks_read = 0, bytes_written = 0, chunks_new = 0;
};

inline tree::Root write_to(MemoryChunks& chunks, const Value& value) {
  chunks.reset_counters();
  return tree::write(value, chunks).value();
}

inline tree::Root root_of(const Value& value) {
  MemoryChunks chunks;
  return write_to(chunks, value);
}

// All chunks of a tree, by id; fails the test where one is absent.
inline std::set<Id> reachable(MemoryChunks& chunks, const tree::Root& root) {
  std::set<Id> met;
  std::vector<tree::Root> way = {root};
  while (!way.empty()) {
    const auto next = way.back();
    way.pop_back();
    if (!met.insert(next.id).second) continue;
    const auto found = chunks.chunks.find(next.id);
    if (found == chunks.chunks.end()) {
      ADD_FAILURE() << "missing " << next.id.to_string();
      continue;
    }
    const auto below = tree::children(next, found->second).value();
    way.insert(way.end(), below.begin(), below.end());
  }
  return met;
}

inline Path path_of(std::string_view pointer) { return Path::parse(pointer).value(); }

using Rng = std::mt19937_64;
inline std::size_t below(Rng& rng, std::size_t end) { return rng() % end; }

std::string random_text(Rng& rng, std::size_t bytes_about);
Bytes random_bytes(Rng& rng, std::size_t size);
Value random_value(Rng& rng, unsigned depth);  // of up to some 100 KB
Value random_edit(Rng& rng, const Value& value);
Value note(std::size_t number);
Value notes(std::size_t count);  // a list of maps of some 60 bytes
Value list_of(const std::vector<Value>& items);

}  // namespace stet::test
