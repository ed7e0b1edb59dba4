#include "value/random_value.hpp"

#include <gtest/gtest.h>

namespace stet::test {
namespace {

std::size_t check_node(const detail::Node* node, bool is_map, unsigned height) {
  EXPECT_EQ(node->is_map(), is_map);
  EXPECT_EQ(node->height, height);
  EXPECT_GE(node->count, 1u);
  EXPECT_LE(node->count, height == 0 ? detail::kLeafMax : detail::kInnerMax);
  EXPECT_GE(node->slab()->count.load(), 1u);
  if (is_map) {
    EXPECT_EQ(node->keys()->count, node->count);
  }
  const bool is_packed = !node->slab()->is_single();
  if (is_packed && is_map) {
    EXPECT_EQ(node->keys()->slab(), node->slab());
  }
  std::size_t size = 0;
  for (std::size_t i = 0; i < node->count; ++i) {
    const detail::Cell& cell = node->cells()[i];
    if (is_packed && cell.owns()) {
      EXPECT_EQ(detail::object_of(cell)->slab(), node->slab());
    }
    if (height == 0) {
      check_form(ValueRef(&cell));
      ++size;
    } else {
      const std::size_t inside = check_node(detail::node_of(cell), is_map, height - 1);
      EXPECT_EQ(inside, cell.size());
      size += inside;
    }
  }
  return size;
}

}  // namespace

void check_form(ValueRef value) {
  if (!value.is_list() && !value.is_map()) return;
  if (value.size() == 0) {
    EXPECT_EQ(value.cell().body, 0u);
    return;
  }
  const detail::Node* root = detail::node_of(value.cell());
  EXPECT_EQ(check_node(root, value.is_map(), root->height), value.size());
  std::string before;
  bool first = true;
  std::size_t members = 0;
  for (const Member member : value.members()) {
    if (!first) {
      EXPECT_LT(detail::compare_keys(before, member.key), 0);
    }
    const auto found = value.member(member.key);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(&found->cell(), &member.value.cell());
    before = member.key;
    first = false;
    ++members;
  }
  if (value.is_map()) {
    EXPECT_EQ(members, value.size());
  }
}

std::string random_key(std::mt19937_64& random) {
  std::string key(random() % 4, static_cast<char>('a' + random() % 3));
  if (random() % 8 == 0) key += "a key that is longer than a cell";
  if (random() % 2 == 0) key += std::to_string(random() % 100);
  return key;
}

Value random_scalar(std::mt19937_64& random) {
  switch (random() % 10) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random() % 20) - 10;
    case 3:
      return random() >> (random() % 64);
    case 4:
      return Value::negative_integer(random() >> 1 >> (random() % 63));
    case 5:
      return static_cast<double>(static_cast<std::int64_t>(random() % 9) - 4) / 2;
    case 6:
      return random_key(random);
    case 7:
      return std::string(random() % 40, 'x') + std::to_string(random() % 3);
    case 8: {
      const Bytes bytes(random() % 40, static_cast<std::uint8_t>(random() % 3));
      return Value::bytes(bytes);
    }
    default:
      return Value::link(Cid::of(Id{{static_cast<std::uint8_t>(random() % 3)}}));
  }
}

Value random_value(std::mt19937_64& random, std::size_t size) {
  if (size <= 1) {
    const auto kind = random() % 16;
    return kind == 0 ? Value::empty_list() : kind == 1 ? Value::empty_map() : random_scalar(random);
  }
  const std::size_t children = 1 + random() % (random() % 4 == 0 ? size : 10);
  if (random() % 2 == 0) {
    ListBuilder builder;
    for (std::size_t i = 0; i < children; ++i) {
      builder.append(random_value(random, (size - 1) / children));
    }
    return builder.build();
  }
  MapBuilder builder;
  for (std::size_t i = 0; i < children; ++i) {
    const std::string key = children > 20 ? std::to_string(random()) : random_key(random);
    builder.set(key, random_value(random, (size - 1) / children));
  }
  return builder.build();
}

}  // namespace stet::test
