// msgpack-c, the C library of MessagePack: its own tree in memory, packed by its own packer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace stet::bench {

class MsgpackDocument {
 public:
  explicit MsgpackDocument(std::string_view packed);  // throws std::runtime_error
  ~MsgpackDocument();

  std::size_t pack() const;  // into a new buffer; its size in bytes

  static void unpack(std::string_view packed);
  static std::string version();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stet::bench
