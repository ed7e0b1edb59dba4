// Where the tokens of a JSON text begin: simdjson's first stage, which also checks UTF-8, that
// strings are closed, and that they hold no control characters.
//
// The first stage is used bare, without On-Demand on top: it needs no padding behind the text, so
// an import copies nothing, and its second stage would not see duplicates, depth and exact numbers
// anyway. Reasons and figures: docs/decisions/0003-codecs.md.
#pragma once

#include <cstdint>
#include <memory>

#include "stet/base.hpp"

namespace stet::codec {

class JsonIndex {
 public:
  // Borrows the text while it works. Errors: invalid with line, column and offset; too_large above
  // 4 GB.
  static Result<JsonIndex> of(BytesView text);
  JsonIndex(JsonIndex&&) noexcept;
  JsonIndex& operator=(JsonIndex&&) noexcept;
  ~JsonIndex();

  // Offsets of the tokens, ascending. Brackets, commas, colons, and the first byte of each string,
  // number or literal. *end() is the size of the text and may be read.
  const std::uint32_t* begin() const noexcept;
  const std::uint32_t* end() const noexcept;

 private:
  struct Tokens;
  explicit JsonIndex(std::unique_ptr<Tokens> tokens);
  std::unique_ptr<Tokens> tokens_;
};

}  // namespace stet::codec
