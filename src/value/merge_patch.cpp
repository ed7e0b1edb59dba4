// Merge patches (RFC 7396). Documents may be nested deeper than the stack, so the maps under way
// are kept in vectors.
#include <vector>

#include "stet/value/builder.hpp"
#include "stet/value/changes.hpp"
#include "stet/value/patch.hpp"
#include "value/tree.hpp"

namespace stet {
namespace {

struct Merging {
  Value target;
  MemberIterator patch;
  std::string_view key;  // in the map around it
};

// The member as a map to merge into, taken out of `target`.
Value take_map(Value& target, std::string_view key) {
  const auto member = target.ref().member(key);
  if (!member || !member->is_map()) return Value::empty_map();
  return detail::exchange_member(target, key, Value());
}

// The path of the first null member of a map, reached through maps alone: what a merge patch can't
// say.
std::optional<Path> null_member(ValueRef value) {
  struct Open {
    MemberIterator members;
  };
  std::vector<Open> open = {{value.members().begin()}};
  Path path;
  while (!open.empty()) {
    if (open.back().members == std::default_sentinel) {
      open.pop_back();
      if (!path.empty()) path.pop();
      continue;
    }
    const Member member = *open.back().members++;
    if (member.value.is_null()) return path.child(member.key);
    if (!member.value.is_map()) continue;
    path.push(member.key);
    open.push_back({member.value.members().begin()});
  }
  return std::nullopt;
}

struct Differing {
  ValueRef before, after;
  std::vector<MemberChange> changes;
  std::size_t next = 0;
  MapBuilder patch;
};

Differing differing(ValueRef before, ValueRef after) {
  return {before, after, map_changes(before, after), 0, {}};
}

Path path_of(const std::vector<Differing>& open) {
  Path path;
  for (const Differing& level : open) path.push(level.changes[level.next - 1].key);
  return path;
}

Error no_merge_patch(const Path& path) {
  return Error(ErrorCode::invalid,
               "a merge patch can't set a member to null, since null removes it")
      .at_path(path.to_string());
}

}  // namespace

Value apply_merge(const Value& document, const Value& merge_patch) {
  if (!merge_patch.is_map()) return merge_patch;
  std::vector<Merging> open;
  open.push_back(
      {document.is_map() ? document : Value::empty_map(), merge_patch.members().begin(), {}});
  for (;;) {
    Merging& top = open.back();
    if (top.patch == std::default_sentinel) {
      Value done = std::move(top.target);
      const std::string_view key = top.key;
      open.pop_back();
      if (open.empty()) return done;
      Value& around = open.back().target;
      around = std::move(around).with_member(key, std::move(done));
      continue;
    }
    const Member member = *top.patch++;
    if (member.value.is_null()) {
      top.target = std::move(top.target).without_member(member.key);
    } else if (member.value.is_map()) {
      Value inner = take_map(top.target, member.key);
      open.push_back({std::move(inner), member.value.members().begin(), member.key});
    } else {
      top.target = std::move(top.target).with_member(member.key, member.value.to_value());
    }
  }
}

Result<Value> merge_diff(const Value& before, const Value& after) {
  if (!after.is_map()) return after;
  if (!before.is_map()) {
    if (const auto path = null_member(after)) return no_merge_patch(*path);
    return after;
  }
  std::vector<Differing> open;
  open.push_back(differing(before, after));
  for (;;) {
    Differing& top = open.back();
    if (top.next == top.changes.size()) {
      Value done = top.patch.build();
      open.pop_back();
      if (open.empty()) return done;
      open.back().patch.set(open.back().changes[open.back().next - 1].key, std::move(done));
      continue;
    }
    const MemberChange& change = top.changes[top.next++];
    if (!change.in_after) {
      top.patch.set(change.key, nullptr);
      continue;
    }
    const ValueRef value = *top.after.member(change.key);
    const auto earlier = top.before.member(change.key);
    if (value.is_null()) return no_merge_patch(path_of(open));
    if (value.is_map() && earlier && earlier->is_map()) {
      open.push_back(differing(*earlier, value));
      continue;
    }
    if (const auto inner = null_member(value)) {
      Path path = path_of(open);
      for (const std::string& step : *inner) path.push(step);
      return no_merge_patch(path);
    }
    top.patch.set(change.key, value.to_value());
  }
}

}  // namespace stet
