#include "store/adopt.hpp"

#include <fmt/format.h>

#include <map>

namespace stet {

namespace {

constexpr std::uint64_t kRawCodec = 0x55;

// Each block is taken in once and its value shared, but counted as often as it stands in the
// document: a few blocks that link to each other many times could make one without end.
class Adoption {
 public:
  Adoption(ArchiveBlocks& blocks, const DecodeLimits& limits) : blocks_(blocks), limits_(limits) {}

  struct Part {
    Value value;
    std::uint64_t nodes = 1;  // in it, links followed
    std::size_t depth = 0;    // of containers
  };

  Result<Part> take_block(const Cid& cid, BytesView bytes, std::size_t depth) {
    if (const auto known = taken_.find(cid); known != taken_.end()) return known->second;
    STET_TRY(Part part, decode_and_take(cid, bytes, depth));
    taken_.emplace(cid, part);
    return part;
  }

 private:
  Result<Part> decode_and_take(const Cid& cid, BytesView bytes, std::size_t depth) {
    if (cid.codec() == kRawCodec) return Part{Value::bytes(bytes)};
    auto value = dag_cbor::decode(bytes, limits_);
    if (!value.ok()) {
      return Error(value.error().code(),
                   fmt::format("block {}: {}", cid.to_string(), value.error().message()),
                   value.error().context());
    }
    return take(*value, depth);
  }

  Result<Part> take(const Value& value, std::size_t depth) {
    if (depth > limits_.depth_max) return too_deep();
    switch (value.kind()) {
      case Kind::link:
        return take_link(value, depth);
      case Kind::list:
        return take_list(value, depth);
      case Kind::map:
        return take_map(value, depth);
      default:
        return Part{value};
    }
  }

  Result<Part> take_link(const Value& value, std::size_t depth) {
    const Cid cid = *value.to_link();
    STET_TRY(const auto bytes, blocks_.find(cid));
    return bytes ? take_block(cid, *bytes, depth) : Result<Part>(Part{value});
  }

  Result<Part> take_list(const Value& value, std::size_t depth) {
    Part whole{Value(), 1, 1};
    ListBuilder items;
    for (const ValueRef item : value.items()) {
      STET_TRY(Part part, take(item.to_value(), depth + 1));
      STET_CHECK(count(part, depth, whole));
      items.append(std::move(part.value));
    }
    whole.value = items.build();
    return whole;
  }

  Result<Part> take_map(const Value& value, std::size_t depth) {
    Part whole{Value(), 1, 1};
    MapBuilder members;
    for (const auto& [key, member] : value.members()) {
      STET_TRY(Part part, take(member.to_value(), depth + 1));
      STET_CHECK(count(part, depth, whole));
      members.set(key, std::move(part.value));
    }
    whole.value = members.build();
    return whole;
  }

  Result<void> count(const Part& part, std::size_t depth, Part& whole) const {
    whole.depth = std::max(whole.depth, part.depth + 1);
    if (depth + whole.depth > limits_.depth_max) return too_deep();
    if (part.nodes > limits_.members_max - std::min(limits_.members_max, whole.nodes)) {
      return Error(ErrorCode::too_large,
                   fmt::format("with its links adopted the document passes the limit of {} values",
                               limits_.members_max));
    }
    whole.nodes += part.nodes;
    return {};
  }

  Error too_deep() const {
    return {ErrorCode::too_large,
            fmt::format("with its links adopted the document is nested deeper than the limit of {}",
                        limits_.depth_max)};
  }

  ArchiveBlocks& blocks_;
  const DecodeLimits limits_;
  std::map<Cid, Part> taken_;
};

}  // namespace

Result<Value> foreign_document(ArchiveBlocks& blocks, const Cid& root, bool adopt,
                               const DecodeLimits& limits) {
  STET_TRY(const Bytes bytes, blocks.require(root));
  if (adopt) {
    STET_TRY(auto whole, Adoption(blocks, limits).take_block(root, bytes, 0));
    return std::move(whole.value);
  }
  if (root.codec() == kRawCodec) return Value::bytes(bytes);
  return dag_cbor::decode(bytes, limits);
}

}  // namespace stet
