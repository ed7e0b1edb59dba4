// What a simulated disk holds, and the log of what was done to it.
//
// A DiskImage is a folder tree by path and its nodes; copies share the nodes until one is edited.
// Paths are absolute and normal ("/a/b"); "/" is always there.
// Thread rule: none of its own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stet/os.hpp"
#include "support/content.hpp"

namespace stet::test {

inline constexpr std::uint64_t kSectorBytes = 512;

using NodeNumber = std::uint64_t;

struct Attributes {
  std::uint32_t mode = 0600;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  bool operator==(const Attributes&) const = default;
};

struct Node {
  os::FileType type = os::FileType::regular;
  Content content;
  Attributes attributes;
};

struct EntryChange {
  std::string path;
  std::optional<NodeNumber> node;  // nothing: the name goes
};

// One change of the cached state, or one barrier that makes changes durable.
struct Operation {
  enum class Kind : std::uint8_t {
    write,           // node, offset, bytes
    resize,          // node, size
    set_attributes,  // node, attributes
    change_entries,  // entries; `created` says which nodes are new
    sync_data,       // node: data and size are durable
    sync_all,        // node: attributes too
    lose_data,       // node: the cache forgets that its sectors were not written (a failed sync)
    sync_folder,     // folder
  };
  Kind kind = Kind::write;
  NodeNumber node = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  Bytes bytes;
  Attributes attributes;
  std::vector<EntryChange> entries;
  std::map<NodeNumber, Node> created;
  std::string folder;
};
std::string describe(const Operation& operation);

class DiskImage {
 public:
  const Node* node(NodeNumber number) const;
  std::optional<NodeNumber> find(const std::string& path) const;
  const Node* node_at(const std::string& path) const;
  const std::map<std::string, NodeNumber>& entries() const noexcept { return entries_; }
  std::uint64_t links(NodeNumber number) const;
  NodeNumber newest() const;          // the highest number in use
  std::uint64_t fingerprint() const;  // of names, contents and attributes

  Node& edit(NodeNumber number);  // a copy of its own, if it was shared
  void add(NodeNumber number, Node node);
  void put_file(const std::string& path,
                BytesView content);  // as durable as if it had always been so
  void apply(const EntryChange& change);
  void apply(const Operation& operation);  // to the cached state; barriers change nothing
  void drop_unreachable();                 // names without their folder, nodes without a name

 private:
  std::map<NodeNumber, std::shared_ptr<Node>> nodes_;
  std::map<std::string, NodeNumber> entries_;
};

std::string normal_path(const std::string& path);

}  // namespace stet::test
