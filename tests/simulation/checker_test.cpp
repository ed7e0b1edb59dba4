// The checker is trusted to find what is wrong: here it judges a store so simple that it is plain
// what must be found. The whole state is one file, replaced safely or overwritten in place.
#include <gtest/gtest.h>

#include "stet/safefile.hpp"
#include "support/checker.hpp"

namespace stet::test {
namespace {

constexpr const char* kPath = "/state";

enum class Way { safely, in_place, in_place_and_synced };

Result<void> write_state(os::FileSystem& files, const State& state, Way way) {
  std::string text;
  for (const auto& [name, content] : state) text += name + "=" + content + "\n";
  text += ".";
  if (way == Way::safely) return safefile::replace_file(files, kPath, as_bytes(text));
  STET_TRY(const auto file, files.open(kPath, os::OpenMode::create_or_open));
  STET_CHECK(file->write_all(0, as_bytes(text)));
  STET_CHECK(file->truncate(text.size()));
  if (way == Way::in_place) return {};
  STET_CHECK(file->sync_data());
  return files.sync_directory("/");
}

// Whoever shows a state makes it durable first: the writer may have died between rename and sync.
Result<State> read_state(os::FileSystem& files) {
  STET_CHECK(files.sync_directory("/"));
  STET_TRY(const auto status, files.status(kPath));
  if (!status) return State();
  STET_TRY(const auto file, files.open(kPath, os::OpenMode::read));
  Bytes bytes(status->size_bytes);
  STET_CHECK(file->read_exactly(0, bytes));
  std::string text(as_text(bytes));
  if (!text.ends_with(".")) return Error(ErrorCode::corrupt, "no end");
  State state;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
    const std::size_t equals = text.find('=');
    state[text.substr(0, equals)] = text.substr(equals + 1, end - equals - 1);
    text.erase(0, end + 1);
  }
  return state;
}

class FileSubject final : public Subject {
 public:
  explicit FileSubject(Way way) : way_(way) {}
  Result<State> observe(std::shared_ptr<os::FileSystem> files, bool) override {
    return read_state(*files);
  }
  Result<State> save_more(std::shared_ptr<os::FileSystem> files) override {
    STET_TRY(State state, read_state(*files));
    state["more"] = "1";
    STET_CHECK(write_state(*files, state, way_));
    return state;
  }

 private:
  const Way way_;
};

CheckReport check_way(Way way, bool lie_about_order = false) {
  SimulatedDisk disk;
  History history;
  history.begin({}, 0);
  history.acknowledge(0);
  State state;
  for (const std::string content : {"first", "second", "third"}) {
    state["document"] = content + std::string(600, content[0]);
    history.begin(state, disk.log_size());
    if (lie_about_order) history.acknowledge(disk.log_size());
    EXPECT_TRUE(write_state(disk, state, way).ok());
    if (!lie_about_order) history.acknowledge(disk.log_size());
  }
  FileSubject subject(way);
  CheckOptions options;
  options.kill_every = 1;
  options.violations_max = 1000;
  return check_crashes(subject, disk, history, options);
}

TEST(Checker, IsContentWithAStoreThatIsReplacedSafely) {
  const auto report = check_way(Way::safely);
  EXPECT_TRUE(report.violations.empty()) << report.violations.front();
  EXPECT_GE(report.states(), 40u);
}

TEST(Checker, FindsMixturesOfAStoreThatIsOverwritten) {
  EXPECT_GE(check_way(Way::in_place_and_synced).violations.size(), 5u);
}

TEST(Checker, FindsLossesOfAStoreThatIsNeverSynced) {
  EXPECT_GE(check_way(Way::in_place).violations.size(), 20u);
}

TEST(Checker, FindsAnAcknowledgementThatCameTooEarly) {
  EXPECT_GE(check_way(Way::safely, true).violations.size(), 5u);
}

TEST(Checker, HoldsAStateAgainstWhatWasBegunAcknowledgedAndWithdrawn) {
  History history;
  const State none;
  const State one = {{"a", "1"}};
  const State two = {{"a", "2"}};
  history.begin(none, 0);
  history.acknowledge(0);
  history.begin(one, 10);
  history.withdraw(20);
  history.begin(two, 30);
  history.acknowledge(40);
  EXPECT_FALSE(history.objection(none, 39));
  EXPECT_TRUE(history.objection(none, 40));
  EXPECT_TRUE(history.objection(one, 9));
  EXPECT_FALSE(history.objection(one, 19));
  EXPECT_TRUE(history.objection(one, 20));
  EXPECT_TRUE(history.objection(two, 29));
  EXPECT_FALSE(history.objection(two, 30));
  EXPECT_EQ(history.current(), two);
}

}  // namespace
}  // namespace stet::test
