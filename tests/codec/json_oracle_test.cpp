// An independent parser as judge: what Stet reads from a text is what nlohmann's reads, number for
// number, and what Stet refuses nlohmann refuses too, but for what Stet's model leaves out.
#include <gtest/gtest.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "codec/codec_help.hpp"
#include "stet/codec.hpp"

namespace stet {
namespace {

using Json = nlohmann::json;

// Builds a Value from nlohmann's events, and notes what the model refuses.
class Oracle final : public nlohmann::json_sax<Json> {
 public:
  std::optional<Value> value;
  bool is_beyond_model = false;  // a duplicate key, or a number that Stet refuses
  bool has_minus_zero = false;   // nlohmann reads -0 as the integer 0

  bool null() override { return add(nullptr); }
  bool boolean(bool v) override { return add(v); }
  bool number_integer(number_integer_t v) override {
    has_minus_zero |= v == 0;
    return add(v);
  }
  bool number_unsigned(number_unsigned_t v) override { return add(v); }
  bool number_float(number_float_t v, const string_t& text) override {
    const std::string digits = text.substr(0, text.find_first_of("eE"));
    const bool is_integer = text.find_first_of(".eE") == std::string::npos;
    const bool is_lost = v == 0 && digits.find_first_of("123456789") != std::string::npos;
    is_beyond_model |= is_integer || is_lost;
    return add(v);
  }
  bool string(string_t& v) override { return add(Value(v)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Value::empty_map()); }
  bool key(string_t& v) override {
    open_.back().key = v;
    is_beyond_model |= open_.back().container.member(v).has_value();
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Value::empty_list()); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    is_beyond_model |= error.id == 406;  // out of range: a number that would be infinite
    return false;
  }

 private:
  struct Open {
    Value container;
    std::string key;
  };

  bool open(Value container) {
    open_.push_back({std::move(container), {}});
    return true;
  }
  bool close() {
    Value done = std::move(open_.back().container);
    open_.pop_back();
    return add(std::move(done));
  }
  bool add(Value part) {
    if (open_.empty()) {
      value = std::move(part);
      return true;
    }
    auto& [container, key] = open_.back();
    container = container.is_list() ? std::move(container).append(std::move(part))
                                    : std::move(container).with_member(key, std::move(part));
    return true;
  }

  std::vector<Open> open_;
};

void mutate(std::string& text, std::mt19937_64& random) {
  static constexpr std::string_view kLetters = "[]{}:,\"\\/truefalsn0123456789.-+eE \n\tu\xc3\xa9";
  for (auto count = random() % 3; count > 0 && !text.empty(); --count) {
    const std::size_t at = random() % text.size();
    const char letter = kLetters[random() % kLetters.size()];
    switch (random() % 3) {
      case 0:
        text[at] = letter;
        break;
      case 1:
        text.insert(at, 1, letter);
        break;
      default:
        text.erase(at, 1 + random() % 3);
        break;
    }
  }
}

TEST(JsonOracle, AgreesOnRandomAndDamagedTexts) {
  std::mt19937_64 random(test::test_seed());
  int read = 0, refused = 0, beyond = 0;
  for (int i = 0; i < test::rounds(20'000); ++i) {
    const auto layout = random() % 2 == 0 ? TextLayout::pretty : TextLayout::compact;
    std::string text = encode_json(test::random_value(random, 3), layout);
    mutate(text, random);
    Oracle oracle;
    const bool is_json = Json::sax_parse(text, &oracle);
    if (oracle.has_minus_zero) continue;
    const auto ours = decode_json(as_bytes(text));
    if (oracle.is_beyond_model) {
      ++beyond;
      ASSERT_FALSE(ours.ok()) << text;
    } else if (is_json) {
      ++read;
      ASSERT_TRUE(ours.ok()) << text << ": " << ours.error().to_string();
      ASSERT_EQ(*ours, *oracle.value) << text;
    } else {
      ++refused;
      ASSERT_FALSE(ours.ok()) << text;
    }
  }
  std::cout << read << " texts read alike, " << refused << " refused alike, " << beyond
            << " beyond the model\n";
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 1000);
  EXPECT_GT(beyond, 0);
}

// Random digits reach the slow paths of decimal conversion that printed doubles don't.
TEST(JsonOracle, AgreesOnRandomNumbers) {
  std::mt19937_64 random(test::test_seed());
  int read = 0;
  for (int i = 0; i < test::rounds(50'000); ++i) {
    std::string text = random() % 2 == 0 ? "-" : "";
    text += std::to_string(random() >> (random() % 64));
    if (random() % 2 == 0) {
      text += '.';
      for (auto digits = 1 + random() % 30; digits > 0; --digits) {
        text += static_cast<char>('0' + random() % 10);
      }
    }
    if (random() % 2 == 0) {
      text += "e" + std::to_string(static_cast<int>(random() % 700) - 350);
    }
    Oracle oracle;
    Json::sax_parse(text, &oracle);
    const auto ours = decode_json(as_bytes(text));
    if (oracle.has_minus_zero) continue;
    ASSERT_EQ(ours.ok(), !oracle.is_beyond_model) << text;
    if (!ours.ok()) continue;
    ++read;
    ASSERT_EQ(*ours, *oracle.value) << text;
  }
  EXPECT_GT(read, 10'000);
}

}  // namespace
}  // namespace stet
