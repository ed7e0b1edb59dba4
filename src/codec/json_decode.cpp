#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codec/base64.hpp"
#include "codec/json_index.hpp"
#include "codec/json_number.hpp"
#include "codec/json_string.hpp"
#include "codec/text_position.hpp"
#include "stet/codec.hpp"

namespace stet {

namespace {

enum class Dialect : std::uint8_t { json, dag_json };

bool ends_a_scalar(char c) {
  switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case '\r':
    case ',':
    case ']':
    case '}':
      return true;
    default:
      return false;
  }
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Builds a value from the tokens of a text. A token's place in the index is passed and returned, so
// that it stays in a register; null means failure, which failure() then tells.
template <Dialect kDialect>
class JsonDecoder {
 public:
  using Token = const std::uint32_t*;
  static constexpr std::ptrdiff_t kDigitsShort = 10;

  JsonDecoder(std::string_view text, Token tokens_end, const DecodeLimits& limits,
              ValueBuilder& builder)
      : text_(text),
        tokens_end_(tokens_end),
        limits_(limits),
        depth_max_(std::min(limits.depth_max, kDepthCeiling)),
        builder_(builder) {}

  // The document's one value. False on failure.
  bool document(Token begin) {
    const Token next = value(begin, 0);
    if (next == nullptr) return false;
    if (next != tokens_end_) fail(*next, "there is something after the value");
    return next == tokens_end_;
  }
  const Error& failure() const { return *failure_; }

 private:
  char first_of(Token token) const noexcept { return token == tokens_end_ ? '\0' : text_[*token]; }

  [[gnu::always_inline]] Token value(Token at, std::size_t depth) {
    switch (first_of(at)) {
      case '{':
        return map(at, depth);
      case '[':
        return list(at, depth);
      case '"': {
        std::string_view text;
        if (!string(at, text)) return nullptr;
        builder_.text(text);
        return at + 1;
      }
      case 't':
        if (!literal(at, "true")) return nullptr;
        builder_.boolean(true);
        return at + 1;
      case 'f':
        if (!literal(at, "false")) return nullptr;
        builder_.boolean(false);
        return at + 1;
      case 'n':
        if (!literal(at, "null")) return nullptr;
        builder_.null();
        return at + 1;
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9':
        return number(at);
      default:
        return unexpected(at, "a value was expected here");
    }
  }

  [[gnu::noinline]] Token list(Token at, std::size_t depth) {
    if (depth >= depth_max_) return too_deep(at);
    builder_.begin_list(kUnknownCount);
    ++at;
    if (first_of(at) == ']') {
      builder_.end_list();
      return at + 1;
    }
    for (;;) {
      if (!count_member(at)) return nullptr;
      at = value(at, depth + 1);
      if (at == nullptr) return nullptr;
      const char c = first_of(at);
      if (c == ']') break;
      if (c != ',') return unexpected(at, "a comma or ']' was expected here");
      ++at;
    }
    builder_.end_list();
    return at + 1;
  }

  [[gnu::noinline]] Token map(Token at, std::size_t depth) {
    if (depth >= depth_max_) return too_deep(at);
    const bool under_slash = std::exchange(under_slash_, false);
    if constexpr (kDialect == Dialect::dag_json) {
      bool is_special = false;
      const Token next = special(at, is_special);
      if (is_special || next == nullptr) return next;
    }
    const Token open = at;
    builder_.begin_map(kUnknownCount);
    ++at;
    if (first_of(at) == '}') {
      builder_.end_sorted_map();
      return at + 1;
    }
    for (;;) {
      at = member(at, depth, under_slash);
      if (at == nullptr) return nullptr;
      const char c = first_of(at);
      if (c == '}') break;
      if (c != ',') return unexpected(at, "a comma or '}' was expected here");
      ++at;
    }
    if (!builder_.end_map()) return duplicate(open);
    return at + 1;
  }

  [[gnu::always_inline]] Token member(Token at, std::size_t depth, bool under_slash) {
    if (!count_member(at)) return nullptr;
    if (first_of(at) != '"') return unexpected(at, "a key was expected here");
    std::string_view key;
    if (!string(at, key)) return nullptr;
    builder_.key(key);
    const bool is_slash = kDialect == Dialect::dag_json && key == "/";
    const bool is_bytes = kDialect == Dialect::dag_json && under_slash && key == "bytes";
    if (first_of(++at) != ':') return unexpected(at, "a colon was expected here");
    ++at;
    if constexpr (kDialect == Dialect::dag_json) {
      if (is_slash && is_reserved(at)) return malformed(at);
      if (is_bytes && first_of(at) == '"') return malformed(at);
      under_slash_ = is_slash && first_of(at) == '{';
    }
    return value(at, depth + 1);
  }

  // The text between the quotes, unescaped; it lives until the next call.
  [[gnu::always_inline]] bool string(Token at, std::string_view& out) {
    const char* const begin = text_.data() + *at + 1;
    const char* end = text_.data() + at[1] - 1;  // only spaces lie between here and the quote
    while (is_space(*end)) --end;
    out = {begin, static_cast<std::size_t>(end - begin)};
    if (std::memchr(begin, '\\', out.size()) == nullptr) [[likely]]
      return true;
    return unescape(out);
  }

  [[gnu::noinline]] bool unescape(std::string_view& text) {
    codec::JsonStringError error;
    const auto offset = static_cast<std::size_t>(text.data() - text_.data());
    if (!codec::unescape_json(text, unescaped_, error)) {
      fail(offset + error.at, error.rule);
      return false;
    }
    text = unescaped_;
    return true;
  }

  bool literal(Token at, std::string_view word) {
    const std::string_view rest = text_.substr(*at);
    const bool is_word =
        rest.starts_with(word) && (rest.size() == word.size() || ends_a_scalar(rest[word.size()]));
    if (!is_word) fail(*at, "a value was expected here (true, false and null are in lower case)");
    return is_word;
  }

  // Most numbers are short natural ones; the others take the long way.
  [[gnu::always_inline]] Token number(Token at) {
    const char* digit = text_.data() + *at;
    const char* const text_end = text_.data() + text_.size();
    const char* const end = text_end - digit > kDigitsShort ? digit + kDigitsShort : text_end;
    if (*digit < '1') return long_number(at);
    std::uint64_t value = 0;
    for (; digit != end && *digit >= '0' && *digit <= '9'; ++digit) {
      value = value * 10 + static_cast<std::uint64_t>(*digit - '0');
    }
    if (digit == end || !ends_a_scalar(*digit)) return long_number(at);
    builder_.integer(value);
    return at + 1;
  }

  [[gnu::noinline]] Token long_number(Token at) {
    codec::JsonNumber number;
    codec::JsonNumberError error;
    const char* const end = text_.data() + text_.size();
    const char* const next = codec::read_json_number(text_.data() + *at, end, number, error);
    if (next == nullptr) return fail(*at, error.rule, error.code);
    if (next != end && !ends_a_scalar(*next)) return fail(*at, "this is not a number");
    switch (number.kind) {
      case codec::JsonNumber::Kind::integer:
        builder_.integer(number.magnitude);
        break;
      case codec::JsonNumber::Kind::negative_integer:
        builder_.negative_integer(number.magnitude);
        break;
      case codec::JsonNumber::Kind::floating:
        builder_.floating(number.floating);
        break;
    }
    return at + 1;
  }

  // DAG-JSON writes links as {"/": "CID"} and bytes as {"/": {"bytes": "base64"}}. What only looks
  // like one of them is refused; any other map with the key "/" is a map.
  Token special(Token open, bool& is_special) {
    if (!is_key(open + 1, "/") || !is_reserved(open + 3)) return open;
    is_special = true;
    const Token at = open + 3;
    std::string_view text;
    if (first_of(at) == '"') {
      if (first_of(at + 1) != '}') return malformed(at);
      if (!string(at, text)) return nullptr;
      const auto cid = Cid::parse(text);
      if (!cid.ok()) return fail(*at, "this link holds no CID");
      builder_.link(cid->bytes());
      return at + 2;
    }
    const Token content = at + 3;
    if (first_of(content + 1) != '}' || first_of(content + 2) != '}') return malformed(at);
    if (!string(content, text)) return nullptr;
    const auto bytes = codec::decode_base64(text);
    if (!bytes) return fail(*content, "these bytes are not base64 without padding");
    builder_.bytes(*bytes);
    return content + 3;
  }

  // Whether the value of a "/" is one that DAG-JSON keeps for links and bytes.
  bool is_reserved(Token value) {
    if (first_of(value) == '"') return true;
    return first_of(value) == '{' && is_key(value + 1, "bytes") && first_of(value + 3) == '"';
  }

  // A key followed by its colon; past the end of the tokens everything is '\0'.
  bool is_key(Token at, std::string_view expected) {
    if (tokens_end_ - at < 3 || first_of(at) != '"' || first_of(at + 1) != ':') return false;
    std::string_view key;
    return string(at, key) && key == expected;
  }

  bool count_member(Token at) {
    if (++members_ <= limits_.members_max) [[likely]]
      return true;
    fail(*at,
         fmt::format("more items and members than the limit members_max, {}", limits_.members_max),
         ErrorCode::too_large);
    return false;
  }

  // The second of two equal keys, found by reading the map again.
  Token duplicate(Token open) {
    const std::string key(builder_.duplicate_key());
    bool seen = false;
    std::size_t depth = 0;
    for (Token at = open; at != tokens_end_; ++at) {
      const char c = first_of(at);
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      std::string_view text;
      const bool is_key = depth == 1 && c == '"' && first_of(at + 1) == ':' && string(at, text);
      if (!is_key || text != key) continue;
      if (seen) return fail(*at, fmt::format("the key \"{}\" is there twice", key.substr(0, 80)));
      seen = true;
    }
    return fail(*open, "a key of this map is there twice");
  }

  Token too_deep(Token at) {
    return fail(*at, fmt::format("nested deeper than the limit depth_max, {}", depth_max_),
                ErrorCode::too_large);
  }
  Token malformed(Token at) {
    return fail(*at, "\"/\" is kept for {\"/\": \"CID\"} and {\"/\": {\"bytes\": \"base64\"}}");
  }
  Token unexpected(Token at, std::string_view rule) {
    return at == tokens_end_ ? fail(text_.size(), "the text ends before the value does")
                             : fail(*at, rule);
  }
  [[gnu::cold, gnu::noinline]] Token fail(std::size_t offset, std::string_view rule,
                                          ErrorCode code = ErrorCode::invalid) {
    failure_ = codec::text_error(text_, offset, rule, code);
    return nullptr;
  }

  std::string_view text_;
  Token tokens_end_;
  const DecodeLimits& limits_;
  std::size_t depth_max_;
  ValueBuilder& builder_;
  std::uint64_t members_ = 0;
  std::string unescaped_;
  bool under_slash_ = false;  // the map that begins next is the value of a "/"
  std::optional<Error> failure_;
};

template <Dialect kDialect>
Result<Value> decode_text(BytesView text, const DecodeLimits& limits) {
  if (text.size() > limits.input_bytes_max) {
    return Error(ErrorCode::too_large,
                 fmt::format("JSON of {} bytes passes the limit input_bytes_max, {}", text.size(),
                             limits.input_bytes_max));
  }
  STET_TRY(const codec::JsonIndex index, codec::JsonIndex::of(text));
  ValueBuilder builder;
  JsonDecoder<kDialect> decoder(as_text(text), index.end(), limits, builder);
  if (!decoder.document(index.begin())) return decoder.failure();
  return builder.finish();
}

}  // namespace

Result<Value> decode_json(BytesView text, const DecodeLimits& limits) {
  return decode_text<Dialect::json>(text, limits);
}

Result<Value> decode_dag_json(BytesView text, const DecodeLimits& limits) {
  return decode_text<Dialect::dag_json>(text, limits);
}

}  // namespace stet
