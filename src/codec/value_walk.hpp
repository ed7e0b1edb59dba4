// A value in document order as a stream of events, without recursion: values may be nested deeper
// than a stack.
#pragma once

#include <vector>

#include "stet/value.hpp"

namespace stet::codec {

// Visitor: scalar(ValueRef), begin_list(count), end_list(), begin_map(count), key(text), end_map().
// A key comes before its member's value.
template <class Visitor>
class Walk {
 public:
  explicit Walk(Visitor& visitor) : visitor_(visitor) {}

  void run(ValueRef root) {
    if (!enter(root)) return;
    while (!open_.empty()) {
      if (open_.back().is_map) {
        continue_map();
      } else {
        continue_list();
      }
    }
  }

 private:
  // A container that is being walked; of the iterators its own kind's is used.
  struct Open {
    bool is_map = false;
    ItemIterator item;
    MemberIterator member;
  };

  // False where the value is a scalar, which then is done.
  bool enter(ValueRef value) {
    if (value.is_list()) {
      visitor_.begin_list(value.size());
      open_.push_back({false, value.items().begin(), {}});
      return true;
    }
    if (value.is_map()) {
      visitor_.begin_map(value.size());
      open_.push_back({true, {}, value.members().begin()});
      return true;
    }
    visitor_.scalar(value);
    return false;
  }

  // Scalars are done here in a row; a container inside takes over.
  void continue_list() {
    const std::size_t level = open_.size() - 1;
    for (ItemIterator item = open_[level].item; item != std::default_sentinel;) {
      const ValueRef value = *item;
      ++item;
      if (!enter(value)) continue;
      open_[level].item = item;
      return;
    }
    visitor_.end_list();
    open_.pop_back();
  }

  void continue_map() {
    const std::size_t level = open_.size() - 1;
    for (MemberIterator member = open_[level].member; member != std::default_sentinel;) {
      const auto [key, value] = *member;
      ++member;
      visitor_.key(key);
      if (!enter(value)) continue;
      open_[level].member = member;
      return;
    }
    visitor_.end_map();
    open_.pop_back();
  }

  Visitor& visitor_;
  std::vector<Open> open_;
};

template <class Visitor>
void walk(ValueRef root, Visitor& visitor) {
  Walk<Visitor>(visitor).run(root);
}

}  // namespace stet::codec
