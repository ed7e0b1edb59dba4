#include "contract/contract.hpp"
#include "stet/engine.hpp"

namespace stet::contract {
namespace {

class MemoryPlace final : public Place {
 public:
  std::shared_ptr<Backend> open() override { return registry_.open("contract"); }

 private:
  MemoryRegistry registry_;
};

std::vector<Subject> all_subjects() {
  return {
      {"Memory", Durability::none, true, true, [] { return std::make_unique<MemoryPlace>(); }},
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
