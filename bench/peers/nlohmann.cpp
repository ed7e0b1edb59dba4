#include "peers/nlohmann.hpp"

#include <nlohmann/json.hpp>

#include "harness.hpp"

namespace stet::bench {

struct NlohmannDocument::State {
  nlohmann::json document;
};

NlohmannDocument::NlohmannDocument(std::string_view json) : state_(std::make_unique<State>()) {
  state_->document = nlohmann::json::parse(json);
}
NlohmannDocument::~NlohmannDocument() = default;

std::string NlohmannDocument::to_cbor() const {
  std::string bytes;
  nlohmann::json::to_cbor(state_->document, bytes);
  return bytes;
}

std::string NlohmannDocument::to_msgpack() const {
  std::string bytes;
  nlohmann::json::to_msgpack(state_->document, bytes);
  return bytes;
}

void NlohmannDocument::decode_json(std::string_view json) { keep(nlohmann::json::parse(json)); }

void NlohmannDocument::decode_cbor(std::string_view cbor) { keep(nlohmann::json::from_cbor(cbor)); }

std::string NlohmannDocument::version() {
  return nlohmann::json::meta()["version"]["string"].get<std::string>();
}

}  // namespace stet::bench
