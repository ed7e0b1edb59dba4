#include <algorithm>

#include "tree/node.hpp"

namespace stet::tree {

namespace {

constexpr std::size_t kWays = 4;
constexpr std::size_t kSetBytes = 4u << 10;  // of the bound, for a set
constexpr std::size_t kEntryBytes = 256;     // what an entry takes besides its chunk

std::size_t charge_of(const Node& node) {
  return kEntryBytes + node.bytes.size() + node.entries.capacity() * sizeof(Entry) +
         node.items.capacity() * sizeof(ItemView);
}

// Ids are uniform, so any of their bits will do.
std::uint64_t tag_of(const Id& id) noexcept { return std::hash<Id>()(id); }

}  // namespace

// The few places that an id may be kept at. Tags lie side by side, so that most looks touch one
// line of the processor's cache.
struct CheckedChunks::Set {
  struct Kept {
    Id id;
    NodePtr node;  // nothing: only the bytes are known yet
    Bytes bytes;
    std::size_t charge = 0;  // 0: nothing is kept here
  };
  std::array<std::uint64_t, kWays> tags{};
  std::array<std::uint64_t, kWays> used{};
  std::array<Kept, kWays> kept;

  std::optional<std::size_t> way_of(const Id& id) const {
    for (std::size_t way = 0; way < kWays; ++way) {
      if (tags[way] == tag_of(id) && kept[way].charge != 0 && kept[way].id == id) return way;
    }
    return std::nullopt;
  }
  std::size_t oldest() const {
    return static_cast<std::size_t>(std::min_element(used.begin(), used.end()) - used.begin());
  }
};

CheckedChunks::CheckedChunks(std::size_t bytes_max)
    : bytes_max_(bytes_max), sets_(bytes_max / kSetBytes + 1) {}

CheckedChunks::~CheckedChunks() = default;

template <class Fill>
void CheckedChunks::keep(const Id& id, std::size_t charge, Fill fill) {
  if (charge > bytes_max_) return;
  Set::Kept dropped;  // freed after the lock
  const std::lock_guard lock(mutex_);
  auto& place = sets_[tag_of(id) % sets_.size()];
  if (!place) place = std::make_unique<Set>();
  const auto found = place->way_of(id);
  const std::size_t way = found.value_or(place->oldest());
  Set::Kept& kept = place->kept[way];
  if (found && kept.charge >= charge) return;  // with a node, mostly
  bytes_ -= kept.charge;
  dropped = std::exchange(kept, {});
  place->tags[way] = tag_of(id);
  place->used[way] = ++uses_;
  kept.id = id;
  kept.charge = charge;
  fill(kept);
  bytes_ += charge;
  while (bytes_ > bytes_max_) make_room(kept.id);
}

// From one set after the other, what was used longest ago there.
void CheckedChunks::make_room(const Id& but) {
  next_emptied_ = (next_emptied_ + 1) % sets_.size();
  Set* const set = sets_[next_emptied_].get();
  if (set == nullptr) return;
  std::optional<std::size_t> oldest;
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set->kept[way].charge == 0 || set->kept[way].id == but) continue;
    if (!oldest || set->used[way] < set->used[*oldest]) oldest = way;
  }
  if (!oldest) return;
  bytes_ -= set->kept[*oldest].charge;
  set->kept[*oldest] = {};
  set->used[*oldest] = 0;
}

void CheckedChunks::insert(const Id& id, BytesView bytes) {
  keep(id, kEntryBytes + bytes.size(),
       [bytes](Set::Kept& kept) { kept.bytes.assign(bytes.begin(), bytes.end()); });
}

void CheckedChunks::insert(NodePtr node) {
  const Id id = node->id;
  const std::size_t charge = charge_of(*node);
  keep(id, charge, [&node](Set::Kept& kept) { kept.node = std::move(node); });
}

void CheckedChunks::drop(const Id& id) {
  Set::Kept dropped;  // freed after the lock
  const std::lock_guard lock(mutex_);
  const auto& set = sets_[tag_of(id) % sets_.size()];
  const auto way = set ? set->way_of(id) : std::nullopt;
  if (!way) return;
  dropped = std::exchange(set->kept[*way], {});
  set->used[*way] = 0;
  bytes_ -= dropped.charge;
}

std::optional<Bytes> CheckedChunks::find(const Id& id) {
  const std::lock_guard lock(mutex_);
  const auto& set = sets_[tag_of(id) % sets_.size()];
  const auto way = set ? set->way_of(id) : std::nullopt;
  if (!way) return std::nullopt;
  set->used[*way] = ++uses_;
  const Set::Kept& kept = set->kept[*way];
  return kept.node ? kept.node->bytes : kept.bytes;
}

Result<NodePtr> CheckedChunks::find_node(const Id& id) {
  Bytes bytes;
  {
    const std::lock_guard lock(mutex_);
    const auto& set = sets_[tag_of(id) % sets_.size()];
    const auto way = set ? set->way_of(id) : std::nullopt;
    if (!way) return NodePtr();
    set->used[*way] = ++uses_;
    const Set::Kept& kept = set->kept[*way];
    if (kept.node) return kept.node;
    bytes = kept.bytes;
  }
  STET_TRY(auto parsed, parse_node(id, std::move(bytes)));
  auto node = std::make_shared<const Node>(std::move(parsed));
  insert(node);
  return node;
}

void CheckedChunks::clear() {
  std::vector<std::unique_ptr<Set>> dropped(sets_.size());
  const std::lock_guard lock(mutex_);
  sets_.swap(dropped);
  bytes_ = 0;
}

}  // namespace stet::tree
