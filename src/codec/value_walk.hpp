// A value in document order as a stream of events. Recursive where that is safe, which is fast, and
// with a stack of its own below: values may be nested deeper than a thread's stack.
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

  void run(ValueRef root) { shallow(root, kRecursionMax); }

 private:
  static constexpr int kRecursionMax = 200;

  // A container that is being walked; of the iterators its own kind's is used.
  struct Open {
    bool is_map = false;
    ItemIterator item;
    MemberIterator member;
  };

  void shallow(ValueRef value, int levels) {
    if (value.is_list()) {
      levels > 0 ? list(value, levels - 1) : deep(value);
    } else if (value.is_map()) {
      levels > 0 ? map(value, levels - 1) : deep(value);
    } else {
      visitor_.scalar(value);
    }
  }

  void list(ValueRef list, int levels) {
    visitor_.begin_list(list.size());
    for (const ValueRef item : list.items()) shallow(item, levels);
    visitor_.end_list();
  }

  void map(ValueRef map, int levels) {
    visitor_.begin_map(map.size());
    for (const auto [key, value] : map.members()) {
      visitor_.key(key);
      shallow(value, levels);
    }
    visitor_.end_map();
  }

  void deep(ValueRef root) {
    enter(root);
    while (!open_.empty()) {
      if (open_.back().is_map) {
        continue_map();
      } else {
        continue_list();
      }
    }
  }

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
