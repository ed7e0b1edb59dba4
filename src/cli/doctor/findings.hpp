// What a doctor finds: facts about a store and its place, and what weakens the promise there.
#pragma once

#include <string>
#include <vector>

#include "stet/value.hpp"

namespace stet::cli::doctor {

struct Fact {
  std::string name;   // under --json
  std::string label;  // for people
  Value value;
  std::string text;
};

struct Findings {
  std::vector<Fact> facts;
  std::vector<std::string>
      warnings;  // a sentence each: what, and what to do where there is something

  void tell(std::string name, std::string label, Value value, std::string text) {
    facts.push_back({std::move(name), std::move(label), std::move(value), std::move(text)});
  }
  void warn(std::string text) { warnings.push_back(std::move(text)); }
};

}  // namespace stet::cli::doctor
