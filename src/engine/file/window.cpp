#include "engine/file/window.hpp"

#include <algorithm>

namespace stet::file {

BytesView Window::held(std::uint64_t offset) const noexcept {
  if (offset < begin_ || offset - begin_ >= filled_) return {};
  return BytesView(buffer_.get(), filled_).subspan(static_cast<std::size_t>(offset - begin_));
}

Result<BytesView> Window::view(std::uint64_t offset, std::size_t length) {
  if (held(offset).size() < length) {
    const std::uint64_t end = begin_ + filled_;
    if (offset < begin_ || offset > end + ahead_) ahead_ = kAheadMin;
    const std::size_t wanted = std::max(length, ahead_);
    if (capacity_ < wanted) {
      buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(wanted);
      capacity_ = wanted;
    }
    filled_ = 0;
    STET_TRY(filled_, file_->read_up_to(offset, MutableBytes(buffer_.get(), wanted)));
    begin_ = offset;
    ahead_ = std::min(2 * ahead_, ahead_max_);
  }
  const BytesView bytes = held(offset);
  return bytes.first(std::min(length, bytes.size()));
}

}  // namespace stet::file
