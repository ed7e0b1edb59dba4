#include "peers/msgpack.hpp"

#include <msgpack.h>

#include <stdexcept>

#include "harness.hpp"

namespace stet::bench {

namespace {

struct Unpacked {
  explicit Unpacked(std::string_view packed) {
    msgpack_unpacked_init(&result);
    if (msgpack_unpack_next(&result, packed.data(), packed.size(), nullptr) !=
        MSGPACK_UNPACK_SUCCESS) {
      throw std::runtime_error("msgpack: cannot unpack");
    }
  }
  ~Unpacked() { msgpack_unpacked_destroy(&result); }
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;

  msgpack_unpacked result{};
};

}  // namespace

struct MsgpackDocument::State {
  std::string packed;  // the tree borrows its texts
  Unpacked tree;
  explicit State(std::string_view bytes) : packed(bytes), tree(packed) {}
};

MsgpackDocument::MsgpackDocument(std::string_view packed)
    : state_(std::make_unique<State>(packed)) {}
MsgpackDocument::~MsgpackDocument() = default;

std::size_t MsgpackDocument::pack() const {
  msgpack_sbuffer buffer;
  msgpack_sbuffer_init(&buffer);
  msgpack_packer packer;
  msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
  msgpack_pack_object(&packer, state_->tree.result.data);
  const std::size_t size = buffer.size;
  keep(buffer.data);
  msgpack_sbuffer_destroy(&buffer);
  return size;
}

void MsgpackDocument::unpack(std::string_view packed) { keep(Unpacked(packed)); }

std::string MsgpackDocument::version() { return msgpack_version(); }

}  // namespace stet::bench
