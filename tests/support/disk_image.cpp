#include "support/disk_image.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

namespace stet::test {

std::string normal_path(const std::string& path) {
  std::string normal = (std::filesystem::path("/") / path).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

std::string describe(const Operation& operation) {
  switch (operation.kind) {
    case Operation::Kind::write:
      return fmt::format("write node {} at {} of {} bytes", operation.node, operation.offset,
                         operation.bytes.size());
    case Operation::Kind::resize:
      return fmt::format("resize node {} to {}", operation.node, operation.size);
    case Operation::Kind::set_attributes:
      return fmt::format("set attributes of node {}", operation.node);
    case Operation::Kind::change_entries: {
      std::string text = "change";
      for (const EntryChange& change : operation.entries) {
        text +=
            fmt::format(" {}={}", change.path, change.node ? std::to_string(*change.node) : "-");
      }
      return text;
    }
    case Operation::Kind::sync_data:
    case Operation::Kind::sync_all:
      return fmt::format("sync node {}", operation.node);
    case Operation::Kind::lose_data:
      return fmt::format("lose data of node {}", operation.node);
    case Operation::Kind::sync_folder:
      return fmt::format("sync folder {}", operation.folder);
  }
  return "?";
}

const Node* DiskImage::node(NodeNumber number) const {
  const auto found = nodes_.find(number);
  return found == nodes_.end() ? nullptr : found->second.get();
}

std::optional<NodeNumber> DiskImage::find(const std::string& path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

const Node* DiskImage::node_at(const std::string& path) const {
  const auto number = find(path);
  return number ? node(*number) : nullptr;
}

std::uint64_t DiskImage::links(NodeNumber number) const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(entries_, [&](const auto& entry) { return entry.second == number; }));
}

NodeNumber DiskImage::newest() const { return nodes_.empty() ? 0 : nodes_.rbegin()->first; }

std::uint64_t DiskImage::fingerprint() const {
  std::uint64_t print = 0;
  for (const auto& [path, number] : entries_) {
    const Node& node = *nodes_.at(number);
    print = XXH3_64bits_withSeed(path.data(), path.size(), print);
    const std::array<std::uint64_t, 4> all = {print, number, node.content.fingerprint(),
                                              node.attributes.mode};
    print = XXH3_64bits(all.data(), sizeof all);
  }
  return print;
}

Node& DiskImage::edit(NodeNumber number) {
  std::shared_ptr<Node>& node = nodes_.at(number);
  if (node.use_count() > 1) node = std::make_shared<Node>(*node);
  return *node;
}

void DiskImage::add(NodeNumber number, Node node) {
  nodes_[number] = std::make_shared<Node>(std::move(node));
}

void DiskImage::put_file(const std::string& path, BytesView content) {
  const NodeNumber number = newest() + 1;
  add(number, Node{os::FileType::regular, content, {}});
  entries_[normal_path(path)] = number;
}

void DiskImage::apply(const EntryChange& change) {
  if (change.node) {
    entries_[change.path] = *change.node;
  } else {
    entries_.erase(change.path);
  }
}

void DiskImage::apply(const Operation& operation) {
  switch (operation.kind) {
    case Operation::Kind::write:
      edit(operation.node).content.write(operation.offset, operation.bytes);
      break;
    case Operation::Kind::resize:
      edit(operation.node).content.resize(operation.size);
      break;
    case Operation::Kind::set_attributes:
      edit(operation.node).attributes = operation.attributes;
      break;
    case Operation::Kind::change_entries:
      for (const auto& [number, node] : operation.created) add(number, node);
      for (const EntryChange& change : operation.entries) apply(change);
      break;
    case Operation::Kind::sync_data:
    case Operation::Kind::sync_all:
    case Operation::Kind::lose_data:
    case Operation::Kind::sync_folder:
      break;
  }
}

void DiskImage::drop_unreachable() {
  std::set<NodeNumber> used;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    // Ascending order of names: a folder comes before what is in it.
    const std::string folder = os::parent_directory(entry->first);
    const bool reachable = folder == "/" || entries_.contains(folder);
    if (reachable) used.insert(entry->second);
    entry = reachable ? std::next(entry) : entries_.erase(entry);
  }
  std::erase_if(nodes_, [&](const auto& node) { return !used.contains(node.first); });
}

}  // namespace stet::test
