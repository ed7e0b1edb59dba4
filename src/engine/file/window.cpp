#include "engine/file/window.hpp"

#include <algorithm>

namespace stet::file {

Result<BytesView> Window::view(std::uint64_t offset, std::size_t length) {
  const bool held = offset >= begin_ && offset - begin_ <= filled_ &&
                    filled_ - static_cast<std::size_t>(offset - begin_) >= length;
  if (!held) {
    const std::size_t wanted = std::max(length, ahead_);
    if (capacity_ < wanted) {
      buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(wanted);
      capacity_ = wanted;
    }
    filled_ = 0;
    STET_TRY(filled_, file_->read_up_to(offset, MutableBytes(buffer_.get(), wanted)));
    begin_ = offset;
    ahead_ = std::min(2 * ahead_, kBytesMax);
  }
  const auto at = static_cast<std::size_t>(offset - begin_);
  return BytesView(buffer_.get() + at, std::min(length, filled_ - at));
}

}  // namespace stet::file
