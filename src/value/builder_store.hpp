// What a ValueBuilder keeps out of line: the memory of its stacks, and what is seldom touched.
#pragma once

#include <string>
#include <vector>

#include "stet/value/builder.hpp"
#include "value/shapes.hpp"

namespace stet::detail {

struct BuilderStore {
  struct GatheredKey {
    std::size_t begin;
    std::size_t size;
  };

  std::string_view gathered(const GatheredKey& key) const noexcept {
    return std::string_view(key_chars).substr(key.begin, key.size);
  }
  void gather(std::string_view key) {
    keys.push_back({key_chars.size(), key.size()});
    key_chars += key;
  }
  // The last `count` gathered keys are those of the open map.
  std::span<const GatheredKey> last_keys(std::size_t count) const noexcept {
    return std::span(keys).last(count);
  }
  void drop_keys(std::size_t count) noexcept {
    if (count == 0) return;
    key_chars.resize(last_keys(count).front().begin);
    keys.resize(keys.size() - count);
  }

  std::vector<Cell> cells;
  std::vector<BuilderFrame> frames;
  std::vector<Value> leaves;               // of the long lists that are open
  std::vector<std::uint32_t> leaf_counts;  // how many of them each such list has
  std::vector<GatheredKey> keys;           // of the open maps whose keys are gathered
  std::string key_chars;
  Shapes shapes;
  std::string duplicate_key;
};

}  // namespace stet::detail
