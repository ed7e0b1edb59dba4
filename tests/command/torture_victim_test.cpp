// How torture judges a damaged store: what is refused or reported is right, and each way of showing
// something else is found.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "cli/torture/deed.hpp"
#include "cli/torture/victim.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {
namespace {

using namespace stet::cli::torture;

class AVictim : public ::testing::Test {
 protected:
  Victim make() {
    {
      Store store = open("from.stet");
      for (const char* name : kLists) store.save(name, Value::empty_list()).value();
      store.save(own_name(0, Own::turned), own_content(Own::turned, 1)).value();
    }
    return Victim::make(*files, folder / "from.stet", folder / "victim.stet", 100).value();
  }
  Store open(const std::string& name) { return Store::open("file:" + (folder / name)).value(); }
  Bytes read(const std::string& name) {
    std::ifstream file(folder / name, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
  }
  // The victim's bytes when something more was done to its store.
  Bytes victim_after(const std::function<void(Store&)>& doing) {
    std::filesystem::copy_file(victim.path(), folder / "other.stet");
    {
      Store store = open("other.stet");
      doing(store);
    }
    Bytes bytes = read("other.stet");
    bytes.resize(victim.bytes().size());  // what is behind are zeros
    return bytes;
  }

  TemporaryFolder folder;
  const std::shared_ptr<os::FileSystem> files = os::posix_file_system();
  Victim victim = make();
};

TEST_F(AVictim, shows_the_same_where_nothing_is_changed) {
  const Verdict verdict = victim.replace(0, victim.bytes().first(64)).value();
  EXPECT_EQ(verdict.shows, Shows::the_same) << verdict.why;
}

TEST_F(AVictim, is_refused_where_it_is_cut_and_whole_once_it_is_mended) {
  EXPECT_EQ(victim.cut(victim.log_end() - 1)->shows, Shows::refused);
  EXPECT_EQ(victim.cut(0)->shows, Shows::refused);
  victim.mend().value();
  EXPECT_EQ(victim.replace(0, victim.bytes().first(1))->shows, Shows::the_same);
}

TEST_F(AVictim, is_wrong_where_it_shows_what_was_never_saved) {
  const Bytes other = victim_after([](Store& store) { store.save("new", Value(1)).value(); });
  std::string found;
  victim.found = [&found](const std::string& why) { found = why; };
  const Verdict verdict = victim.replace(0, other).value();
  EXPECT_EQ(verdict.shows, Shows::wrong);
  EXPECT_EQ(verdict.why, "it shows what was never saved");
  EXPECT_EQ(found, verdict.why);
}

TEST_F(AVictim, is_wrong_where_it_shows_an_older_state_in_silence) {
  const Bytes other =
      victim_after([](Store& store) { store.restore(std::string(kLists[0]) + "~1").value(); });
  const Verdict verdict = victim.replace(0, other).value();
  EXPECT_EQ(verdict.why, "it shows an older state and does not say so");
}

TEST_F(AVictim, is_wrong_where_other_bytes_of_its_log_pass_verify) {
  const Bytes other = victim_after([](Store& store) { store.compact().value(); });
  const Verdict verdict = victim.replace(0, other).value();
  EXPECT_EQ(verdict.why, "verify finds nothing");
}

}  // namespace
}  // namespace stet::test
