// Runs the command as people and scripts do, in a folder of its own, and looks at what came of it.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "stet/value.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {

using Words = std::vector<std::string>;

struct Ran {
  int exit = -1;    // 128 + the signal's number where one ended it
  std::string out;  // standard output
  std::string err;  // standard error

  Value json() const;                     // the one value on standard output
  std::vector<Value> json_lines() const;  // one a line
  Value error() const;                    // {code, message, context} on standard error
};
std::ostream& operator<<(std::ostream& stream, const Ran& ran);

// A process that runs on its own; ended and waited for by the destructor. A leader of a group
// stands for the whole group.
class Running {
 public:
  explicit Running(pid_t process, bool leads_group = false)
      : process_(process), leads_group_(leads_group) {}
  Running(Running&& other) noexcept : process_(other.process_), leads_group_(other.leads_group_) {
    other.process_ = -1;
  }
  ~Running();
  void send(int signal);
  int wait();  // exit code, as in Ran

 private:
  pid_t process_;
  bool leads_group_;
};

// One test's folder and the store in it.
class Transcript : public ::testing::Test {
 protected:
  // `stet WORDS` with the folder as the current one.
  Ran stet(const Words& words, const std::string& input = {});
  // The same, while the test goes on; its output goes to FOLDER/`out`.
  Running start(const Words& words, const std::string& out);

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string write(const std::string& name, const std::string& content);  // gives the name back
  std::string read(const std::string& name) const;
  std::vector<std::string> files() const;  // in the folder, ascending

  std::map<std::string, std::string> environment_;  // besides a small fixed one
  TemporaryFolder folder_;
};

// A member of a map, as text; fails the test where there is none.
std::string text_of(const Value& map, std::string_view key);
std::int64_t number_of(const Value& map, std::string_view key);
std::vector<std::string> keys_of(const Value& map);  // in map order

}  // namespace stet::test
