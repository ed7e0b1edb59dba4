#include "contract/contract.hpp"
#include "stet/engine.hpp"
#include "support/temporary_folder.hpp"

namespace stet::contract {
namespace {

class MemoryPlace final : public Place {
 public:
  std::shared_ptr<Backend> open() override { return registry_.open("contract"); }

 private:
  MemoryRegistry registry_;
};

class FilePlace final : public Place {
 public:
  std::shared_ptr<Backend> open() override {
    auto opened = open_file(folder_ / "store.stet");
    EXPECT_TRUE(opened.ok()) << opened.error().to_string();
    return opened.ok() ? *opened : nullptr;
  }

 private:
  test::TemporaryFolder folder_;
};

// What a file in this machine's folder for temporary files may promise.
Durability durability_here() {
  const test::TemporaryFolder folder;
  const auto kind = os::posix_file_system()->file_system_kind(folder.path().string());
  return kind.ok() && *kind == "tmpfs" ? Durability::process : Durability::power_loss;
}

std::vector<Subject> all_subjects() {
  return {
      {"Memory", Durability::none, true, true, [] { return std::make_unique<MemoryPlace>(); }},
      {"File", durability_here(), true, true, [] { return std::make_unique<FilePlace>(); }},
  };
}

}  // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = all_subjects();
  return all;
}

INSTANTIATE_TEST_SUITE_P(Backends, Contract, ::testing::ValuesIn(subjects()),
                         [](const auto& subject) { return subject.param.name; });

}  // namespace stet::contract
