// A buffered look at a file that is read forward.
//
// Thread rule: one thread at a time.
#pragma once

#include <memory>

#include "stet/os.hpp"

namespace stet::file {

class Window {
 public:
  static constexpr std::size_t kBytesMax = 256u << 10;

  explicit Window(os::File& file, std::size_t ahead_max = kBytesMax)
      : file_(&file), ahead_max_(ahead_max) {}

  os::File& file() const noexcept { return *file_; }
  // The bytes [offset, offset + length), fewer only at the end of the file; length is at most
  // kBytesMax. The view ends with the next call.
  Result<BytesView> view(std::uint64_t offset, std::size_t length);
  // What was read already from `offset` on. The view ends with the next call of view().
  BytesView held(std::uint64_t offset) const noexcept;

 private:
  static constexpr std::size_t kAheadMin = 8u << 10;

  os::File* file_;
  std::unique_ptr<std::uint8_t[]> buffer_;  // not zeroed, which took longer than reading
  std::size_t capacity_ = 0;
  std::uint64_t begin_ = 0;
  std::size_t filled_ = 0;
  // Doubles with every read that goes on from the one before, so that a short look stays cheap.
  std::size_t ahead_ = kAheadMin;
  std::size_t ahead_max_;
};

}  // namespace stet::file
