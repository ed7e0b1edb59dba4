#include "tree/tree_properties.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "stet/tree.hpp"
#include "stet/value/patch.hpp"
#include "tree/node.hpp"

namespace stet::fuzz {

namespace {

#ifdef STET_FUZZ_CANARY
constexpr bool kCanary = true;
#else
constexpr bool kCanary = false;
#endif

constexpr std::size_t kChunksMax = 256;
constexpr std::uint64_t kPlainBytesMax = 1u << 20;  // of what is loaded; what says more isn't
constexpr std::array<std::uint8_t, 9> kLinkHead = {0xd8, 0x2a, 0x58, 0x25, 0x00,
                                                   0x01, 0x71, 0x12, 0x20};

class Chunks final : public tree::ChunkSource, public tree::ChunkSink {
 public:
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    std::vector<std::optional<Bytes>> found;
    for (const Id& id : ids) {
      const auto at = chunks_.find(id);
      found.push_back(at == chunks_.end() ? std::nullopt : std::optional(at->second));
    }
    return found;
  }
  Result<void> put(std::span<const ChunkView> chunks) override {
    for (const auto& [id, bytes, base] : chunks)
      chunks_.emplace(id, Bytes(bytes.begin(), bytes.end()));
    return {};
  }

 private:
  std::map<Id, Bytes> chunks_;
};

void mend_links(MutableBytes chunk, const std::vector<Id>& before) {
  if (before.empty()) return;
  auto at = chunk.begin();
  while (true) {
    at = std::search(at, chunk.end(), kLinkHead.begin(), kLinkHead.end());
    if (chunk.end() - at < static_cast<std::ptrdiff_t>(kLinkHead.size() + kIdBytes)) return;
    at += kLinkHead.size();
    const std::size_t number = at[0] | (std::size_t{at[1]} << 8);
    const Id& id = before[number % before.size()];
    at = std::copy(id.bytes.begin(), id.bytes.end(), at);
  }
}

// What is wrong with how the chunk is taken for a node, or "".
std::string node_property(const Id& id, const Bytes& bytes) {
  const auto below = tree::children({id, tree::RootKind::node}, bytes);
  const auto node = tree::parse_node(id, bytes);
  if (below.ok() != node.ok()) return "children and parse_node disagree";
  if (!node.ok()) return node.error().code() == ErrorCode::corrupt ? "" : "an untyped error";
  const auto plain = dag_cbor::decode(bytes);
  if (!plain.ok()) return "a node that is no DAG-CBOR";
  if (dag_cbor::encode(*plain) != bytes) return "a node that encodes to other bytes";
  for (const tree::Root& child : *below) {
    const auto& link = child.id.bytes;
    if (std::search(bytes.begin(), bytes.end(), link.begin(), link.end()) == bytes.end()) {
      return "a child that the node doesn't name";
    }
  }
  return "";
}

bool is_typed(const Error& error) {
  return error.code() == ErrorCode::corrupt || error.code() == ErrorCode::not_found ||
         error.code() == ErrorCode::too_large;
}

// What is wrong with a document that was loaded from `root`, or "".
std::string document_property(const tree::Root& root, const Value& value, Chunks& chunks) {
  const tree::View view(root, chunks);
  const auto viewed = view.at({});
  if (!viewed.ok()) return "a view refuses what loads: " + viewed.error().to_string();
  if (*viewed != value) return "a view shows something else";
  const auto size = tree::plain_bytes(root, chunks);
  if (!size.ok() || *size != dag_cbor::encoded_size(value.ref())) return "the size is wrong";

  const auto written = tree::write(value, chunks);
  if (!written.ok()) {
    return written.error().code() == ErrorCode::too_large ? "" : "what loads can't be written";
  }
  auto again = tree::load(*written, chunks);
  if (!again.ok()) return "what was written is refused: " + again.error().to_string();
  if (kCanary && again->is_text()) *again = nullptr;
  if (*again != value) return "comes back different";
  if (tree::write(*again, chunks).value() != *written) return "two roots for one value";

  const auto difference = tree::diff(root, *written, chunks);
  if (!difference.ok()) return "no diff to the same: " + difference.error().to_string();
  const auto patched = apply_patch(value, *difference);
  if (!patched.ok() || *patched != value) return "a diff to the same changes something";
  return "";
}

}  // namespace

std::string tree_property(BytesView input) {
  if (input.empty()) return "";
  tree::Root root;
  root.kind = static_cast<tree::RootKind>(input[0] & 1);
  input = input.subspan(1);
  Chunks chunks;
  std::vector<Id> ids;
  while (input.size() >= 2 && ids.size() < kChunksMax) {
    const std::size_t length = input[0] | (std::size_t{input[1]} << 8);
    input = input.subspan(2);
    const BytesView part = input.first(std::min(length, input.size()));
    input = input.subspan(part.size());
    Bytes chunk(part.begin(), part.end());
    mend_links(chunk, ids);
    ids.push_back(id_of(chunk));
    if (std::string wrong = node_property(ids.back(), chunk); !wrong.empty()) return wrong;
    const ChunkView view{ids.back(), chunk};
    if (const auto put = chunks.put({&view, 1}); !put.ok()) return "";
  }
  if (ids.empty()) return "";
  root.id = ids.back();

  const auto size = tree::plain_bytes(root, chunks);
  if (size.ok() && *size > kPlainBytesMax && *size <= DecodeLimits{}.input_bytes_max) return "";
  const auto value = tree::load(root, chunks);
  if (!value.ok()) return is_typed(value.error()) ? "" : "untyped: " + value.error().to_string();
  return document_property(root, *value, chunks);
}

}  // namespace stet::fuzz
