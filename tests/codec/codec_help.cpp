#include "codec/codec_help.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <iostream>

namespace stet::test {

std::string random_text(std::mt19937_64& random) {
  static constexpr std::array<std::string_view, 14> kPieces = {
      "a", "key", "note", "/", "~", "\"", "\\", "\n", "\x01", "é", "水", "𐅑", " ", "0"};
  std::string text;
  const auto pieces = random() % 8 == 0 ? random() % 60 : random() % 5;
  for (std::size_t i = 0; i < pieces; ++i) text += kPieces[random() % kPieces.size()];
  return text;
}

namespace {

double random_float(std::mt19937_64& random) {
  if (random() % 2 == 0) return static_cast<double>(random() % 2000) / 8 - 100;
  for (;;) {
    const double value = std::bit_cast<double>(random());
    if (std::isfinite(value)) return value;
  }
}

Value random_scalar(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return random() >> (random() % 64);
    case 3:
      return Value::negative_integer(random() >> (1 + random() % 63));
    case 4:
      return random_float(random);
    case 5:
      return Value::bytes(as_bytes(random_text(random)));
    case 6:
      return Value::link(Cid::of(id_of(as_bytes(random_text(random)))));
    default:
      return Value(random_text(random));
  }
}

}  // namespace

Value random_value(std::mt19937_64& random, int depth) {
  const auto sort = random() % 4;
  if (depth == 0 || sort < 2) return random_scalar(random);
  const auto count = random() % 16 == 0 ? random() % 100 : random() % 6;
  Value value = sort == 2 ? Value::empty_list() : Value::empty_map();
  for (std::size_t i = 0; i < count; ++i) {
    Value part = random_value(random, depth - 1);
    value = sort == 2 ? value.append(std::move(part))
                      : value.with_member(random_text(random), std::move(part));
  }
  return value;
}

std::uint64_t test_seed() {
  const char* given = std::getenv("STET_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20261120;
  std::cout << "[ seed " << seed << ", set STET_SEED for another ]\n";
  return seed;
}

int rounds(int usual) {
  const char* deep = std::getenv("STET_DEEP");
  return deep != nullptr && std::string_view(deep) == "1" ? usual * 100 : usual;
}

}  // namespace stet::test
