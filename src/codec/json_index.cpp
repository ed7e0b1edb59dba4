#include "codec/json_index.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "codec/text_position.hpp"
#include "stet/value/utf8.hpp"

namespace stet::codec {

struct JsonIndex::Tokens {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The first stage says that the strings are wrong somewhere, not where: read them again.
Error bad_string(std::string_view text) {
  std::size_t string_at = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"') {
      inside = !inside;
      string_at = i;
    } else if (inside && byte == '\\') {
      ++i;
    } else if (inside && byte < 0x20) {
      return text_error(text, i,
                        fmt::format("the control character {:#04x} must be escaped in a string",
                                    static_cast<unsigned>(byte)));
    }
  }
  return text_error(text, string_at, "this string is not closed");
}

Error error_of(simdjson::error_code code, std::string_view text) {
  switch (code) {
    case simdjson::UTF8_ERROR:
      return text_error(text, valid_utf8_prefix(text), "this is not valid UTF-8");
    case simdjson::UNCLOSED_STRING:
    case simdjson::UNESCAPED_CHARS:
      return bad_string(text);
    case simdjson::EMPTY:
      return text_error(text, text.size(), "there is no value");
    case simdjson::CAPACITY:
      return {ErrorCode::too_large, "JSON texts above 4 GB are not read (input_bytes_max)"};
    default:
      return {ErrorCode::internal,
              fmt::format("reading JSON failed: {}", simdjson::error_message(code))};
  }
}

}  // namespace

JsonIndex::JsonIndex(std::unique_ptr<Tokens> tokens) : tokens_(std::move(tokens)) {}
JsonIndex::JsonIndex(JsonIndex&&) noexcept = default;
JsonIndex& JsonIndex::operator=(JsonIndex&&) noexcept = default;
JsonIndex::~JsonIndex() = default;

Result<JsonIndex> JsonIndex::of(BytesView bytes) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with(kByteOrderMark)) {
    return text_error(text, 0, "JSON has no byte order mark (RFC 8259, 8.1): take its 3 bytes off");
  }
  if (text.empty()) return error_of(simdjson::EMPTY, text);
  auto tokens = std::make_unique<Tokens>();
  constexpr std::size_t kDepthUnused = 1;  // depth belongs to the second stage, which is ours
  auto code = simdjson::get_active_implementation()->create_dom_parser_implementation(
      text.size(), kDepthUnused, tokens->parser);
  if (code == simdjson::SUCCESS) {
    code = tokens->parser->stage1(bytes.data(), bytes.size(), simdjson::stage1_mode::regular);
  }
  if (code != simdjson::SUCCESS) return error_of(code, text);
  return JsonIndex(std::move(tokens));
}

const std::uint32_t* JsonIndex::begin() const noexcept {
  return tokens_->parser->structural_indexes.get();
}
const std::uint32_t* JsonIndex::end() const noexcept {
  return begin() + tokens_->parser->n_structural_indexes;
}

}  // namespace stet::codec
