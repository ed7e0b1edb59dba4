// Appends to a Bytes through a raw pointer, so that a byte written costs a store and no call.
#pragma once

#include <algorithm>

#include "stet/base/bytes.hpp"

namespace stet::codec {

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
