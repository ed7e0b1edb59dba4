#include "tree/tree_support.hpp"

namespace stet::test {

std::string random_text(Rng& rng, std::size_t bytes_about) {
  static const std::vector<std::string> kPieces = {"a", "b", " ", "é", "ß", "音", "🎵", "word"};
  std::string text;
  while (text.size() < bytes_about) text += kPieces[below(rng, kPieces.size())];
  return text;
}

Bytes random_bytes(Rng& rng, std::size_t size) {
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng());
  return bytes;
}

namespace {

std::size_t random_size(Rng& rng) {
  static constexpr std::size_t kSizes[] = {0, 1, 3, 10, 20, 20, 1500};
  return below(rng, kSizes[below(rng, std::size(kSizes))] + 1);
}

Value random_scalar(Rng& rng) {
  switch (below(rng, 9)) {
    case 0:
      return nullptr;
    case 1:
      return rng() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(rng()) >> below(rng, 64);
    case 3:
      return rng() >> below(rng, 64);
    case 4:
      return static_cast<double>(rng()) / 1000;
    case 5:
      return Value(random_text(rng, below(rng, 30)));
    case 6:
      return Value::bytes(random_bytes(rng, below(rng, 30)));
    case 7:
      return Value::link(Cid::of(id_of(random_bytes(rng, 4))));
    default:
      return Value(below(rng, 4));
  }
}

Value random_long(Rng& rng) {
  const std::size_t size = below(rng, rng() % 4 == 0 ? 40'000 : 4'000);
  if (rng() % 2 == 0) return Value(random_text(rng, size));
  return Value::bytes(random_bytes(rng, size));
}

std::string random_key(Rng& rng) {
  return rng() % 50 == 0 ? random_text(rng, below(rng, 3000))
                         : "k" + std::to_string(below(rng, 5000));
}

}  // namespace

Value random_value(Rng& rng, unsigned depth) {
  const std::size_t draw = below(rng, 20);
  if (draw == 0) return random_long(rng);
  if (depth == 0 || draw < 6) return random_scalar(rng);
  const std::size_t size = depth > 2 ? below(rng, 12) : random_size(rng);
  const bool is_same = rng() % 8 == 0;
  const bool is_flat = size > 100;
  Value item = random_scalar(rng);
  if (draw < 13) {
    ListBuilder list;
    for (std::size_t i = 0; i < size; ++i) {
      if (!is_same) item = random_value(rng, is_flat ? 0 : depth - 1);
      list.append(item);
    }
    return list.build();
  }
  MapBuilder map;
  for (std::size_t i = 0; i < size; ++i) {
    map.set(random_key(rng), random_value(rng, is_flat ? 0 : depth - 1));
  }
  return map.build();
}

namespace {

Value edited_list(Rng& rng, const Value& list) {
  const std::size_t size = list.size();
  const std::size_t at = rng() % 4 == 0 ? (rng() % 2 == 0 ? 0 : size) : below(rng, size + 1);
  switch (below(rng, 6)) {
    case 0:
      return list.insert_item(at, random_value(rng, 1));
    case 1:
      return at < size ? list.without_item(at) : list;
    case 2: {
      Value shorter = list;
      for (std::size_t i = below(rng, 200); i > 0 && at < shorter.size(); --i) {
        shorter = shorter.without_item(at);
      }
      return shorter;
    }
    case 3: {
      Value longer = list;
      for (std::size_t i = below(rng, 200); i > 0; --i) {
        longer = longer.insert_item(at, Value(below(rng, 100)));
      }
      return longer;
    }
    default:
      if (at >= size) return list;
      return list.with_item(at, random_edit(rng, *list.item(at)));
  }
}

std::string key_at(const Value& map, std::size_t index) {
  for (const auto& member : map.members()) {
    if (index-- == 0) return std::string(member.key);
  }
  return {};
}

Value edited_map(Rng& rng, const Value& map) {
  const std::string key = map.size() > 0 ? key_at(map, below(rng, map.size())) : "k";
  switch (below(rng, 4)) {
    case 0:
      return map.with_member(random_key(rng), random_value(rng, 1));
    case 1:
      return map.without_member(key);
    default:
      if (map.size() == 0) return map;
      return map.with_member(key, random_edit(rng, *map.member(key)));
  }
}

Value edited_content(Rng& rng, const Value& value) {
  const bool is_text = value.is_text();
  Bytes content(value.size());
  const BytesView old = is_text ? as_bytes(*value.to_text()) : *value.to_bytes();
  content.assign(old.begin(), old.end());
  const std::size_t at = below(rng, content.size() + 1);
  const std::size_t end = std::min(content.size(), at + below(rng, rng() % 2 == 0 ? 4 : 4000));
  const auto place = content.erase(content.begin() + static_cast<std::ptrdiff_t>(at),
                                   content.begin() + static_cast<std::ptrdiff_t>(end));
  const Bytes added = random_bytes(rng, below(rng, 3) * below(rng, 1500));
  content.insert(place, added.begin(), added.end());
  if (!is_text) return Value::bytes(content);
  for (auto& byte : content) byte &= 0x7f;  // UTF-8 again, though much has changed
  return Value(as_text(content));
}

}  // namespace

Value random_edit(Rng& rng, const Value& value) {
  if (rng() % 12 == 0) return random_value(rng, 2);
  if (value.is_list()) return edited_list(rng, value);
  if (value.is_map()) return edited_map(rng, value);
  if (value.is_text() || value.is_bytes()) return edited_content(rng, value);
  return random_scalar(rng);
}

Value note(std::size_t number) {
  return Value::map({{"pitch", Value(number % 88)},
                     {"start", Value(number * 120)},
                     {"velocity", Value(0.25 + static_cast<double>(number % 7))},
                     {"voice", Value("flute " + std::to_string(number % 5))}});
}

Value notes(std::size_t count) {
  ListBuilder list;
  for (std::size_t i = 0; i < count; ++i) list.append(note(i));
  return list.build();
}

Value list_of(const std::vector<Value>& items) {
  ListBuilder list;
  for (const auto& item : items) list.append(item);
  return list.build();
}

}  // namespace stet::test
