// simdjson's DOM: the fastest parser of JSON into a tree.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace stet::bench {

// Every call throws std::runtime_error with simdjson's words when it fails.
class SimdjsonText {
 public:
  explicit SimdjsonText(std::string_view json);
  ~SimdjsonText();

  void parse_warm();        // a parser that is kept, with its memory
  void parse_anew() const;  // a parser that is new

  static void read_and_parse(const std::string& path);  // a parser that is new, the file read
  static std::string version();                         // and the kernel that it chose

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stet::bench
