#include "support/crash_states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <unordered_set>

namespace stet::test {

namespace {

// One thing that a loss of power may or may not take.
struct Pending {
  enum class Kind : std::uint8_t { sectors, size, attributes, entries };
  Kind kind = Kind::sectors;
  NodeNumber node = 0;
  std::uint64_t offset = 0;  // sectors: where; size: from where on the new bytes may be garbage
  std::uint64_t size = 0;    // size
  bool shrinks = false;      // size
  Bytes bytes;               // sectors: whole ones
  Attributes attributes;
  std::vector<EntryChange> entries;
};

enum class Fill : std::uint8_t { zeros, garbage };

// A run of zeros this long counts as one item: a zero is a zero, wherever it is cut.
constexpr std::uint64_t kZeroRunSectors = 64;

// The durable state, in which a file's bytes may be ahead of its size.
class Durable {
 public:
  explicit Durable(const DiskImage& image) : image_(image) {}

  void add(NodeNumber number, const Node& node) { image_.add(number, node); }

  void apply(const Pending& item, Fill fill) {
    switch (item.kind) {
      case Pending::Kind::sectors:
        land(item);
        break;
      case Pending::Kind::size:
        set_size(item, fill);
        break;
      case Pending::Kind::attributes:
        image_.edit(item.node).attributes = item.attributes;
        break;
      case Pending::Kind::entries:
        for (const EntryChange& change : item.entries) image_.apply(change);
        break;
    }
  }

  void cut_to_sizes() {
    for (const auto& [number, size] : sizes_) image_.edit(number).content.resize(size);
    sizes_.clear();
  }

  const DiskImage& image() const noexcept { return image_; }

  DiskImage finished() && {
    cut_to_sizes();
    image_.drop_unreachable();
    return std::move(image_);
  }

 private:
  std::uint64_t& size(NodeNumber number) {
    return sizes_.try_emplace(number, image_.node(number)->content.size()).first->second;
  }

  void land(const Pending& item) {
    size(item.node);  // before the bytes grow beyond it
    image_.edit(item.node).content.write(item.offset, item.bytes);
  }

  void set_size(const Pending& item, Fill fill) {
    std::uint64_t& size = this->size(item.node);
    Content& content = image_.edit(item.node).content;
    if (item.shrinks) {
      content.resize(std::min<std::uint64_t>(content.size(), item.size));
    } else if (fill == Fill::garbage && item.size > size) {
      const std::uint64_t begin = std::max(item.offset, size);
      Bytes garbage(item.size - begin);
      for (std::uint64_t at = begin; at < item.size; ++at) {
        garbage[at - begin] = static_cast<std::uint8_t>(at * 37 + 0xa5);
      }
      content.write(begin, garbage);
    }
    size = item.size;
  }

  DiskImage image_;
  std::map<NodeNumber, std::uint64_t> sizes_;  // where it may differ from the content's
};

class Replay {
 public:
  explicit Replay(const DiskImage& start) : cached_(start), durable_(start) {}

  void advance(const Operation& operation) {
    switch (operation.kind) {
      case Operation::Kind::write:
        pend_write(operation);
        return;
      case Operation::Kind::resize:
        pend_size(operation.node, operation.size, operation.size);
        cached_.apply(operation);
        return;
      case Operation::Kind::set_attributes: {
        Pending item = about(Pending::Kind::attributes, operation.node);
        item.attributes = operation.attributes;
        pending_.push_back(std::move(item));
        cached_.apply(operation);
        return;
      }
      case Operation::Kind::change_entries: {
        for (const auto& [number, node] : operation.created) durable_.add(number, node);
        Pending item = about(Pending::Kind::entries, 0);
        item.entries = operation.entries;
        pending_.push_back(std::move(item));
        cached_.apply(operation);
        return;
      }
      case Operation::Kind::sync_data:
        settle([&](const Pending& item) { return is_data(item, operation.node); });
        return;
      case Operation::Kind::sync_all:
        settle([&](const Pending& item) {
          return is_data(item, operation.node) ||
                 (item.kind == Pending::Kind::attributes && item.node == operation.node);
        });
        return;
      case Operation::Kind::lose_data:
        std::erase_if(pending_, [&](const Pending& item) {
          return item.kind == Pending::Kind::sectors && item.node == operation.node;
        });
        return;
      case Operation::Kind::sync_folder:
        settle([&](const Pending& item) { return is_entry_of(item, operation.folder); });
        return;
    }
  }

  const std::vector<Pending>& pending() const noexcept { return pending_; }

  DiskImage crash(const std::vector<bool>& kept, Fill fill) const {
    Durable durable = durable_;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (kept[i]) durable.apply(pending_[i], fill);
    }
    return std::move(durable).finished();
  }

 private:
  static Pending about(Pending::Kind kind, NodeNumber node) {
    Pending item;
    item.kind = kind;
    item.node = node;
    return item;
  }
  static bool is_data(const Pending& item, NodeNumber node) {
    return item.node == node &&
           (item.kind == Pending::Kind::sectors || item.kind == Pending::Kind::size);
  }
  static bool is_entry_of(const Pending& item, const std::string& folder) {
    return item.kind == Pending::Kind::entries &&
           std::ranges::any_of(item.entries, [&](const EntryChange& change) {
             return os::parent_directory(change.path) == folder;
           });
  }

  template <class Test>
  void settle(const Test& is_durable_now) {
    std::vector<Pending> rest;
    for (Pending& item : pending_) {
      if (is_durable_now(item)) {
        durable_.apply(item, Fill::zeros);
      } else {
        rest.push_back(std::move(item));
      }
    }
    pending_ = std::move(rest);
    durable_.cut_to_sizes();
  }

  void pend_size(NodeNumber node, std::uint64_t size, std::uint64_t garbage_from) {
    const std::uint64_t before = cached_.node(node)->content.size();
    if (size == before) return;
    Pending item = about(Pending::Kind::size, node);
    item.size = size;
    item.shrinks = size < before;
    item.offset = garbage_from;
    pending_.push_back(std::move(item));
  }

  void pend_write(const Operation& operation) {
    const std::uint64_t end = operation.offset + operation.bytes.size();
    const std::uint64_t size_before = cached_.node(operation.node)->content.size();
    if (end > size_before) pend_size(operation.node, end, operation.offset);
    cached_.apply(operation);
    const Content& content = cached_.node(operation.node)->content;
    std::uint64_t at = operation.offset / kSectorBytes * kSectorBytes;
    while (at < end) {
      std::uint64_t length = kSectorBytes;
      const std::uint64_t run = kZeroRunSectors * kSectorBytes;
      if (at >= size_before && at >= operation.offset && at + run <= end &&
          all_zeros(BytesView(operation.bytes).subspan(at - operation.offset, run))) {
        length = run;
      }
      Pending item = about(Pending::Kind::sectors, operation.node);
      item.offset = at;
      const std::uint64_t available = std::min(length, content.size() - at);
      item.bytes.resize(length);
      content.read(at, MutableBytes(item.bytes).first(available));
      pending_.push_back(std::move(item));
      at += length;
    }
  }

  DiskImage cached_;
  Durable durable_;
  std::vector<Pending> pending_;  // in the order of the work
};

using Subsets = std::vector<std::vector<bool>>;

Subsets all_subsets(std::size_t count) {
  Subsets subsets;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << count); ++bits) {
    std::vector<bool> kept(count);
    for (std::size_t i = 0; i < count; ++i) kept[i] = ((bits >> i) & 1) != 0;
    subsets.push_back(std::move(kept));
  }
  return subsets;
}

Subsets chosen_subsets(std::size_t count, const CrashOptions& options, std::mt19937_64& random) {
  Subsets subsets = {std::vector<bool>(count, false), std::vector<bool>(count, true)};
  for (std::size_t sample = 0; sample < options.samples; ++sample) {
    std::vector<bool> kept(count);
    const std::uint64_t density = 1 + sample % 3;  // a quarter, a half, three quarters
    for (std::size_t i = 0; i < count; ++i) kept[i] = random() % 4 < density;
    subsets.push_back(std::move(kept));
  }
  // The last items first: where a batch ends is where it goes wrong.
  for (std::size_t i = count; i-- > 0;) {
    if (subsets.size() >= options.states_per_place_max) break;
    std::vector<bool> prefix(count, false);
    std::fill_n(prefix.begin(), i, true);
    std::vector<bool> without(count, true);
    without[i] = false;
    std::vector<bool> only(count, false);
    only[i] = true;
    subsets.insert(subsets.end(), {prefix, without, only});
  }
  return subsets;
}

std::string text_of(const std::vector<bool>& kept) {
  std::string text;
  for (const bool bit : kept) text += bit ? '1' : '0';
  return text;
}

}  // namespace

std::uint64_t for_each_crash_state(const DiskImage& start, std::span<const Operation> log,
                                   const CrashOptions& options,
                                   const std::function<bool(const CrashState&)>& each) {
  std::mt19937_64 random(options.seed);
  Replay replay(start);
  std::uint64_t count = 0;
  for (std::uint64_t place = 0; place <= log.size(); ++place) {
    if (place > 0) replay.advance(log[place - 1]);
    if (place < options.first_place) continue;
    const bool last = place == log.size();
    if ((place - options.first_place) % options.place_step != 0 && !last) continue;
    const std::size_t pending = replay.pending().size();
    const Subsets subsets = pending <= options.pending_all_max
                                ? all_subsets(pending)
                                : chosen_subsets(pending, options, random);
    std::unordered_set<std::uint64_t> seen;
    for (const auto& kept : subsets) {
      for (const Fill fill : {Fill::zeros, Fill::garbage}) {
        CrashState state;
        state.image = replay.crash(kept, fill);
        state.fingerprint = state.image.fingerprint();
        if (!seen.insert(state.fingerprint).second) continue;
        state.place = place;
        state.description =
            fmt::format("place {} of {} (after: {}), kept {}, fill {}", place, log.size(),
                        place == 0 ? "nothing" : describe(log[place - 1]), text_of(kept),
                        fill == Fill::zeros ? "zeros" : "garbage");
        ++count;
        if (!each(state)) return count;
      }
    }
  }
  return count;
}

DiskImage durable_only(const DiskImage& start, std::span<const Operation> log) {
  Replay replay(start);
  for (const Operation& operation : log) replay.advance(operation);
  return replay.crash(std::vector<bool>(replay.pending().size(), false), Fill::zeros);
}

}  // namespace stet::test
