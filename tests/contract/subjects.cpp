#include "contract/contract.hpp"
#include "stet/engine.hpp"
#include "stet/layer.hpp"
#include "support/simulated_disk.hpp"
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

// The same, where every save of more than a few chunks is written ahead.
class FileInPartsPlace final : public Place {
 public:
  std::shared_ptr<Backend> open() override {
    FileEngineOptions options;
    options.write_ahead = {.part_bytes = 200, .hold_ms = 20};
    auto opened = open_file(folder_ / "store.stet", options);
    EXPECT_TRUE(opened.ok()) << opened.error().to_string();
    return opened.ok() ? *opened : nullptr;
  }

 private:
  test::TemporaryFolder folder_;
};

// A file on a simulated disk, with the work in the background done at once.
class SimulatedPlace final : public Place {
 public:
  std::shared_ptr<Backend> open() override {
    FileEngineOptions options;
    options.files = disk_;
    options.executor = inline_executor();
    auto opened = open_file("/store.stet", options);
    EXPECT_TRUE(opened.ok()) << opened.error().to_string();
    return opened.ok() ? *opened : nullptr;
  }

 private:
  std::shared_ptr<test::SimulatedDisk> disk_ = std::make_shared<test::SimulatedDisk>();
};

template <class Below>
class PackedPlace final : public Place {
 public:
  explicit PackedPlace(PackingOptions options) : options_(options) {}
  std::shared_ptr<Backend> open() override { return packing_layer(below_.open(), options_); }

 private:
  Below below_;
  PackingOptions options_;
};

// What a file in this machine's folder for temporary files may promise.
Durability durability_here() {
  const test::TemporaryFolder folder;
  const auto kind = os::posix_file_system()->file_system_kind(folder.path().string());
  return kind.ok() && *kind == "tmpfs" ? Durability::process : Durability::power_loss;
}

template <class P>
Subject subject(std::string name, Durability durability) {
  return {std::move(name),
          durability,
          true,
          true,
          kChunkBytesMax,
          [] { return std::make_unique<P>(); }};
}

template <class Below>
Subject packed(std::string name, Durability durability, PackingOptions options = {}) {
  return {std::move(name), durability, true, true, kPackedChunkBytesMax, [options] {
            return std::make_unique<PackedPlace<Below>>(options);
          }};
}

std::vector<Subject> all_subjects() {
  return {subject<MemoryPlace>("Memory", Durability::none),
          subject<FilePlace>("File", durability_here()),
          subject<FileInPartsPlace>("FileWrittenAhead", durability_here()),
          subject<SimulatedPlace>("FileOnSimulatedDisk", Durability::power_loss),
          packed<MemoryPlace>("PackingOverMemory", Durability::none),
          packed<MemoryPlace>("CompressingOverMemory", Durability::none, {.zstd_level = 1}),
          packed<FilePlace>("PackingOverFile", durability_here())};
}

}  // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = all_subjects();
  return all;
}

INSTANTIATE_TEST_SUITE_P(Backends, Contract, ::testing::ValuesIn(subjects()),
                         [](const auto& subject) { return subject.param.name; });

}  // namespace stet::contract
