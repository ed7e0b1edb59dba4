#include "store/ref_names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stet/store/spec.hpp"

namespace stet::refs {

namespace {
std::string join(std::string_view prefix, std::string_view rest) {
  std::string name;
  name.reserve(prefix.size() + rest.size());
  name.append(prefix).append(rest);
  return name;
}
}  // namespace

std::string document(std::string_view name) { return join(kDocuments, name); }
std::string boundary(std::string_view name) { return join(kBoundaries, name); }
std::string hold(std::string_view name) { return join(kHolds, name); }
std::string pin(std::string_view label) { return join(kPins, label); }
std::string tombstones_of(std::string_view name) { return join(kTombstones, name) + '#'; }
std::string tombstone(std::string_view name, const Id& head) {
  return tombstones_of(name) + head.to_string().substr(kIdTextPrefix.size());
}
std::string ending(Epoch epoch, std::string_view tombstone) {
  return fmt::format("{}{}/{}", kEndings, epoch, tombstone.substr(kTombstones.size()));
}

RefValue value_of(const Id& id) { return {id.bytes.begin(), id.bytes.end()}; }

Result<Id> id_in(std::string_view ref, const RefValue& value) {
  if (value.size() != kIdBytes) {
    return Error(ErrorCode::corrupt, fmt::format("the ref '{}' holds {} bytes, not an id of {}",
                                                 ref, value.size(), kIdBytes));
  }
  Id id;
  std::copy(value.begin(), value.end(), id.bytes.begin());
  return id;
}

RefValue value_of(const Pin& pin) {
  RefValue value = value_of(pin.version);
  value.insert(value.end(), pin.document.begin(), pin.document.end());
  return value;
}

Result<Pin> pin_in(std::string_view ref, const RefValue& value) {
  const std::size_t id_bytes = std::min(value.size(), kIdBytes);
  const auto middle = value.begin() + static_cast<std::ptrdiff_t>(id_bytes);
  STET_TRY(const Id version, id_in(ref, RefValue(value.begin(), middle)));
  std::string name(middle, value.end());
  if (!check_name(name).ok()) {
    return Error(ErrorCode::corrupt, fmt::format("the pin '{}' names no document", ref));
  }
  return Pin{version, std::move(name)};
}

RefValue tombstone_value(const Head& head) {
  RefValue value = value_of(*head.id);
  if (head.boundary) value.insert(value.end(), head.boundary->begin(), head.boundary->end());
  return value;
}

Result<Head> head_in(std::string_view ref, const RefValue& tombstone) {
  const bool has_boundary = tombstone.size() > kIdBytes;
  const auto middle =
      tombstone.begin() + static_cast<std::ptrdiff_t>(std::min(tombstone.size(), kIdBytes));
  Head head;
  STET_TRY(head.id, id_in(ref, RefValue(tombstone.begin(), middle)));
  if (has_boundary) head.boundary = RefValue(middle, tombstone.end());
  return head;
}

}  // namespace stet::refs
