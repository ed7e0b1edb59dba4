#include "value/key_rows.hpp"

#include <algorithm>

namespace stet::detail {

KeyRow* KeyRows::learn(std::span<const std::string_view> keys, std::span<const std::uint8_t> order,
                       std::size_t context) {
  std::unique_ptr<KeyRow>& slot = rows_[slot_of(keys.front(), context)];
  if (slot != nullptr && slot->open != 0) return nullptr;
  if (slot == nullptr) slot = std::make_unique<KeyRow>();
  KeyRow& row = *slot;
  std::erase(placed_, &row);
  row.in_scratch = Scratch::kNowhere;
  row.shared = KeysHandle();
  row.inside.fill(nullptr);
  row.keys.clear();
  row.chars.clear();
  for (const std::string_view key : keys) row.chars += key;
  const char* chars = row.chars.data();
  for (const std::string_view key : keys) {
    row.keys.push_back({chars, key.size()});
    chars += key.size();
  }
  std::copy(order.begin(), order.end(), row.order.begin());
  row.comes_sorted = std::is_sorted(order.begin(), order.end());
  return &row;
}

std::uint32_t KeyRows::keys_in_scratch(KeyRow& row, Scratch& scratch) {
  if (row.in_scratch == Scratch::kNowhere) {
    placed_.push_back(&row);
    row.in_scratch = scratch.add_keys(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) scratch.set_key(row.in_scratch, i, row.key(i));
  }
  return row.in_scratch;
}

KeysHandle KeyRows::shared_keys(KeyRow& row) {
  if (row.shared.get() == nullptr) {
    KeysHandle keys(make_keys(row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      keys.get()->cells()[i] = make_chars(Tag::text, row.key(i));
    }
    row.shared = std::move(keys);
  }
  return KeysHandle::sharing(row.shared.get());
}

void KeyRows::forget_scratch(std::uint32_t size) noexcept {
  std::erase_if(placed_, [size](KeyRow* row) {
    if (row->in_scratch < size) return false;
    row->in_scratch = Scratch::kNowhere;
    return true;
  });
}

void KeyRows::close_all() noexcept {
  for (const auto& row : rows_) {
    if (row != nullptr) row->open = 0;
  }
}

}  // namespace stet::detail
