// The bytes of a file on a simulated disk, in pages that copies share until one is written to.
//
// A page of zeros takes no memory, so an image of a mostly empty file costs as little as what is
// written in it. Thread rule: none of its own, and copies that share pages belong to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "stet/base/bytes.hpp"

namespace stet::test {

bool all_zeros(BytesView bytes);

class Content {
 public:
  Content() = default;
  Content(BytesView bytes) { write(0, bytes); }

  std::uint64_t size() const noexcept { return size_; }
  void resize(std::uint64_t size);                          // with zeros
  void write(std::uint64_t offset, BytesView bytes);        // grows where it has to
  void read(std::uint64_t offset, MutableBytes out) const;  // all of it must be there
  Bytes bytes() const;
  std::uint64_t fingerprint() const;

 private:
  static constexpr std::size_t kPageBytes = 1024;
  struct Page {
    std::array<std::uint8_t, kPageBytes> bytes{};
    mutable std::uint64_t print = 0;  // 0: not known
  };

  Page& edit(std::size_t page);  // a copy of its own, if it was shared

  std::uint64_t size_ = 0;
  std::vector<std::shared_ptr<Page>> pages_;  // null: zeros; what is behind the size is zeros too
};

}  // namespace stet::test
