// Appends to a Bytes through a raw pointer, so that a byte written costs a store and no call.
#pragma once

#include <algorithm>
#include <cstring>

#include "stet/base/bytes.hpp"

namespace stet::codec {

// Copies without a call where the run is short, as most texts are.
inline std::uint8_t* copy_run(std::uint8_t* to, const void* from, std::size_t size) noexcept {
  const auto* source = static_cast<const std::uint8_t*>(from);
  if (size > 16) {
    std::memcpy(to, source, size);
  } else if (size >= 8) {
    std::memcpy(to, source, 8);
    std::memcpy(to + size - 8, source + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, source, 4);
    std::memcpy(to + size - 4, source + size - 4, 4);
  } else if (size > 0) {
    to[0] = source[0];
    to[size / 2] = source[size / 2];
    to[size - 1] = source[size - 1];
  }
  return to + size;
}

// While it lives, the vector is longer than what was written; the destructor trims it. Grows by
// what was written so far, so short runs cost little and long ones a constant factor.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out), at_(out.data() + out.size()), end_(at_) {
    begin_ = out.size();
  }
  ByteWriter(const ByteWriter&) = delete;
  ByteWriter& operator=(const ByteWriter&) = delete;
  ~ByteWriter() { out_.resize(written()); }

  // A place for `bytes` more. What is written there counts once advance_to has passed it.
  std::uint8_t* room(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]]
      grow(bytes);
    return at_;
  }
  void advance_to(std::uint8_t* at) noexcept { at_ = at; }

 private:
  std::size_t written() const noexcept { return static_cast<std::size_t>(at_ - out_.data()); }

  [[gnu::noinline]] void grow(std::size_t bytes) {
    constexpr std::size_t kStepMin = 128;
    const std::size_t size = written();
    out_.resize(size + bytes + std::max(kStepMin, size - begin_));
    at_ = out_.data() + size;
    end_ = out_.data() + out_.size();
  }

  Bytes& out_;
  std::size_t begin_;
  std::uint8_t* at_;
  std::uint8_t* end_;
};

}  // namespace stet::codec
