#include "cli/torture/deed.hpp"

#include <fmt/format.h>

#include <random>

namespace stet::cli::torture {

namespace {

constexpr unsigned kDeedBits = 20;  // a writer is killed long before so many deeds
constexpr std::size_t kSmallBytes = 300;
// More than one piece of what is written ahead (WriteAhead::part_bytes).
constexpr std::size_t kLargeBytesMin = 2'300'000;
constexpr std::size_t kLargeBytesRange = 1'200'000;
constexpr std::size_t kLargeItems = 2'000;

Bytes drawn_bytes(std::mt19937_64& random, std::size_t count) {
  Bytes bytes(count);
  for (std::size_t at = 0; at < count; at += sizeof(std::uint64_t)) {
    std::uint64_t word = random();
    for (std::size_t i = at; i < std::min(count, at + sizeof word); ++i, word >>= 8) {
      bytes[i] = static_cast<std::uint8_t>(word);
    }
  }
  return bytes;
}

}  // namespace

std::uint64_t first_token(std::uint64_t round, std::uint32_t writer) {
  return ((round * kWriters + writer) << kDeedBits) + 1;
}

std::uint64_t series_of(std::uint64_t token) { return token >> kDeedBits; }

std::string token_text(std::uint64_t token) {
  const std::uint64_t writer = series_of(token);
  return fmt::format("deed {} of writer {} in round {}", token & ((1u << kDeedBits) - 1),
                     writer % kWriters, writer / kWriters);
}

std::string own_name(std::uint32_t writer, Own own) {
  static constexpr std::array<const char*, kOwns> kNames = {"turned", "removed", "large"};
  return fmt::format("writer-{}/{}", writer, kNames[static_cast<std::size_t>(own)]);
}

bool is_large(const Deed& deed) {
  return deed.act == Act::save && deed.target == static_cast<std::uint8_t>(Own::large);
}

std::string deed_text(const Deed& deed) {
  const auto own = [&deed](std::size_t number) {
    return own_name(deed.writer, static_cast<Own>(number));
  };
  switch (deed.act) {
    case Act::append:
      return fmt::format("to append to {}", kLists[deed.target]);
    case Act::transact:
      return fmt::format("to append to {} and {}", kLists[kLeft], kLists[kRight]);
    case Act::save:
      return "to save " + own(deed.target);
    case Act::restore:
      return "to restore " + own(deed.target);
    case Act::remove:
      return "to remove " + own(deed.target);
    case Act::prune:
      return "to prune " +
             (deed.target < kLists.size() ? kLists[deed.target] : own(deed.target - kLists.size()));
    case Act::compact:
      return "to compact";
  }
  return "";
}

bool is_alone_in(std::uint64_t round) { return round % 3 == 0; }

Value own_content(Own own, std::uint64_t number) {
  std::mt19937_64 random(number * kOwns + static_cast<std::uint64_t>(own));
  if (own != Own::large) {
    return Value::map({{"number", Value(number)},
                       {"bytes", Value::bytes(drawn_bytes(random, random() % kSmallBytes))}});
  }
  ListBuilder items;
  for (std::size_t item = 0; item < kLargeItems; ++item) items.append(Value(random() >> 1));
  const std::size_t count = kLargeBytesMin + random() % kLargeBytesRange;
  return Value::map({{"number", Value(number)},
                     {"bytes", Value::bytes(drawn_bytes(random, count))},
                     {"items", items.build()}});
}

std::uint64_t number_in(const Value& content) {
  const auto number = content.is_map() ? content.member("number") : std::nullopt;
  const auto read = number ? number->to_int64() : std::nullopt;
  return read && *read > 0 ? static_cast<std::uint64_t>(*read) : 0;
}

}  // namespace stet::cli::torture
