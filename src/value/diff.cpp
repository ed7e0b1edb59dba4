// The diff of two values as a Patch. Values may be nested deeper than the stack, so what is still
// to be compared is kept in a vector; and paths as a chain of steps, written out only where an
// operation needs one.
#include <algorithm>
#include <span>
#include <variant>
#include <vector>

#include "stet/value/patch.hpp"
#include "value/pairing.hpp"
#include "value/possible_changes.hpp"

namespace stet {
namespace {

constexpr std::size_t kRoot = ~std::size_t{0};

struct Step {
  std::size_t parent;  // index of a step, or kRoot
  std::variant<std::size_t, std::string_view> name;
};

struct Task {
  enum class Deed : std::uint8_t { compare, add, remove, replace };
  Deed deed;
  std::size_t place;  // index of a step, or kRoot
  ValueRef before, after;
};
using Deed = Task::Deed;

class Diff {
 public:
  Patch run(ValueRef before, ValueRef after) {
    if (detail::may_differ(before, after)) compare_at(kRoot, before, after);
    while (!tasks_.empty()) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      run_task(task);
    }
    return std::move(patch_);
  }

 private:
  std::size_t step(std::size_t parent, std::variant<std::size_t, std::string_view> name) {
    steps_.push_back({parent, name});
    return steps_.size() - 1;
  }

  Path path_of(std::size_t place) const {
    std::vector<const Step*> chain;
    for (; place != kRoot; place = steps_[place].parent) chain.push_back(&steps_[place]);
    Path path;
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
      if (const auto* index = std::get_if<std::size_t>(&(*at)->name)) {
        path.push_index(*index);
      } else {
        path.push(std::get<std::string_view>((*at)->name));
      }
    }
    return path;
  }

  void run_task(const Task& task) {
    switch (task.deed) {
      case Deed::compare:
        return compare(task);
      case Deed::add:
        return emit(Operation::Kind::add, task.place, task.after);
      case Deed::remove:
        return emit(Operation::Kind::remove, task.place, ValueRef());
      case Deed::replace:
        return emit(Operation::Kind::replace, task.place, task.after);
    }
  }

  void emit(Operation::Kind kind, std::size_t place, ValueRef value) {
    patch_.push_back({kind, path_of(place), Path(), value.to_value()});
  }

  void compare_at(std::size_t place, ValueRef before, ValueRef after) {
    const bool alike = detail::are_alike(before, after);
    tasks_.push_back({alike ? Deed::compare : Deed::replace, place, before, after});
  }

  void compare(const Task& task) {
    if (task.before.is_map()) {
      compare_maps(task);
    } else {
      compare_lists(task);
    }
  }

  void compare_maps(const Task& task) {
    const auto changes = detail::possible_map_changes(task.before, task.after);
    // From the end, since the last task is done first.
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      const std::size_t place = step(task.place, change->key);
      if (!change->in_after) {
        tasks_.push_back({Deed::remove, place, {}, {}});
      } else if (!change->in_before) {
        tasks_.push_back({Deed::add, place, {}, *task.after.member(change->key)});
      } else {
        compare_at(place, *task.before.member(change->key), *task.after.member(change->key));
      }
    }
  }

  // Tasks are done from the end of the list to its begin, so that the indices of what lies before
  // a change are still those of the list before.
  void compare_lists(const Task& task) {
    for (const ListChange& change : detail::possible_list_changes(task.before, task.after)) {
      std::vector<ValueRef> before, after;
      for (const ValueRef item :
           task.before.items().slice(change.before_begin, change.before_end)) {
        before.push_back(item);
      }
      for (const ValueRef item : task.after.items().slice(change.after_begin, change.after_end)) {
        after.push_back(item);
      }
      std::size_t i = 0, j = 0;
      const auto between = [&](std::size_t to_i, std::size_t to_j) {
        replace_items(task.place, change.before_begin + i, std::span(before).subspan(i, to_i - i),
                      std::span(after).subspan(j, to_j - j));
      };
      for (const detail::Match& pair : detail::pair_items(before, after)) {
        between(pair.before, pair.after);
        if (detail::may_differ(before[pair.before], after[pair.after])) {
          compare_at(step(task.place, change.before_begin + pair.before), before[pair.before],
                     after[pair.after]);
        }
        i = pair.before + 1;
        j = pair.after + 1;
      }
      between(before.size(), after.size());
    }
  }

  // Items that aren't alike: replaced in place as far as both go, then the rest added or removed.
  void replace_items(std::size_t place, std::size_t at, std::span<const ValueRef> before,
                     std::span<const ValueRef> after) {
    const std::size_t both = std::min(before.size(), after.size());
    for (std::size_t i = 0; i < both; ++i) {
      tasks_.push_back({Deed::replace, step(place, at + i), before[i], after[i]});
    }
    for (std::size_t i = both; i < before.size(); ++i) {
      tasks_.push_back({Deed::remove, step(place, at + i), before[i], {}});
    }
    for (std::size_t j = both; j < after.size(); ++j) {
      tasks_.push_back({Deed::add, step(place, at + both), {}, after[j]});
    }
  }

  std::vector<Step> steps_;
  std::vector<Task> tasks_;
  Patch patch_;
};

}  // namespace

Patch diff(const Value& before, const Value& after) { return Diff().run(before, after); }

}  // namespace stet
