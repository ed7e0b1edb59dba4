#include "peers/simdjson.hpp"

#include <simdjson.h>

#include <stdexcept>

#include "harness.hpp"

namespace stet::bench {

namespace {

void parse_with(simdjson::dom::parser& parser, const simdjson::padded_string& json) {
  const simdjson::simdjson_result<simdjson::dom::element> root = parser.parse(json);
  if (root.error() != simdjson::SUCCESS) {
    throw std::runtime_error(std::string("simdjson: ") + simdjson::error_message(root.error()));
  }
  keep(root);
}

}  // namespace

struct SimdjsonText::State {
  simdjson::padded_string json;
  simdjson::dom::parser parser;
};

SimdjsonText::SimdjsonText(std::string_view json) : state_(std::make_unique<State>()) {
  state_->json = simdjson::padded_string(json);
}
SimdjsonText::~SimdjsonText() = default;

void SimdjsonText::parse_warm() { parse_with(state_->parser, state_->json); }

void SimdjsonText::parse_anew() const {
  simdjson::dom::parser parser;
  parse_with(parser, state_->json);
}

void SimdjsonText::read_and_parse(const std::string& path) {
  simdjson::padded_string json;
  if (simdjson::padded_string::load(path).get(json) != simdjson::SUCCESS) {
    throw std::runtime_error("simdjson: cannot read " + path);
  }
  simdjson::dom::parser parser;
  parse_with(parser, json);
}

std::string SimdjsonText::version() {
  return std::string(SIMDJSON_STRINGIFY(SIMDJSON_VERSION)) + " (" +
         simdjson::get_active_implementation()->name() + ")";
}

}  // namespace stet::bench
