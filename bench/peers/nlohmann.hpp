// nlohmann::json: a document in memory as most C++ programs have it, with CBOR in and out.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace stet::bench {

class NlohmannDocument {
 public:
  explicit NlohmannDocument(std::string_view json);
  ~NlohmannDocument();

  std::string to_cbor() const;
  std::string to_msgpack() const;

  static void decode_json(std::string_view json);
  static void decode_cbor(std::string_view cbor);
  static std::string version();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stet::bench
