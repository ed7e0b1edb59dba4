#include "support/content.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace stet::test {

bool all_zeros(BytesView bytes) {
  // Each byte is the one before it, and the first is zero.
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

Content::Page& Content::edit(std::size_t page) {
  std::shared_ptr<Page>& found = pages_[page];
  if (!found) {
    found = std::make_shared<Page>();
  } else if (found.use_count() > 1) {
    found = std::make_shared<Page>(*found);
  }
  found->print = 0;
  return *found;
}

void Content::resize(std::uint64_t size) {
  pages_.resize((size + kPageBytes - 1) / kPageBytes);
  const std::size_t left = size % kPageBytes;
  if (size < size_ && left > 0 && pages_.back()) {
    Page& last = edit(pages_.size() - 1);
    std::fill(last.bytes.begin() + static_cast<std::ptrdiff_t>(left), last.bytes.end(), 0);
  }
  size_ = size;
}

void Content::write(std::uint64_t offset, BytesView bytes) {
  if (size_ < offset + bytes.size()) resize(offset + bytes.size());
  while (!bytes.empty()) {
    const std::size_t page = offset / kPageBytes;
    const std::size_t at = offset % kPageBytes;
    const BytesView step = bytes.first(std::min(bytes.size(), kPageBytes - at));
    const bool zeros = all_zeros(step);
    if (zeros && step.size() == kPageBytes) {
      pages_[page] = nullptr;
    } else if (!zeros || pages_[page]) {
      std::ranges::copy(step, edit(page).bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
    offset += step.size();
    bytes = bytes.subspan(step.size());
  }
}

void Content::read(std::uint64_t offset, MutableBytes out) const {
  assert(offset + out.size() <= size_);
  while (!out.empty()) {
    const std::shared_ptr<Page>& page = pages_[offset / kPageBytes];
    const std::size_t at = offset % kPageBytes;
    const std::size_t step = std::min(out.size(), kPageBytes - at);
    if (page) {
      std::copy_n(page->bytes.begin() + static_cast<std::ptrdiff_t>(at), step, out.begin());
    } else {
      std::fill_n(out.begin(), step, 0);
    }
    offset += step;
    out = out.subspan(step);
  }
}

Bytes Content::bytes() const {
  Bytes all(size_);
  read(0, all);
  return all;
}

std::uint64_t Content::fingerprint() const {
  std::uint64_t print = size_;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    const Page* const page = pages_[i].get();
    if (page == nullptr) continue;
    if (page->print == 0) page->print = XXH3_64bits(page->bytes.data(), kPageBytes);
    const std::array<std::uint64_t, 3> all = {print, i, page->print};
    print = XXH3_64bits(all.data(), sizeof all);
  }
  return print;
}

}  // namespace stet::test
