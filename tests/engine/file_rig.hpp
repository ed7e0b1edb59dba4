// A store in a file on a simulated disk, and what a test does to it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "stet/engine.hpp"
#include "support/simulated_disk.hpp"

namespace stet::test {

inline const std::string kStorePath = "/store.stet";

inline FileEngineOptions options_on(std::shared_ptr<os::FileSystem> files) {
  FileEngineOptions options;
  options.files = std::move(files);
  options.executor = inline_executor();
  return options;
}

inline Bytes chunk_of(const std::string& text, std::size_t size = 0) {
  Bytes bytes(text.begin(), text.end());
  bytes.resize(std::max(size, bytes.size()), 'x');
  return bytes;
}

// Salts that are the same each time.
class SameSalt final : public Random {
 public:
  void fill(MutableBytes out) override { std::ranges::fill(out, std::uint8_t{7}); }
};

class FileRig;
// The disk as a loss of power leaves it now, at worst: nothing that is pending got through.
DiskImage durable_now(const FileRig& rig);

class FileRig {
 public:
  FileRig() : disk(std::make_shared<SimulatedDisk>()) {}
  explicit FileRig(DiskImage image) : disk(std::make_shared<SimulatedDisk>(std::move(image))) {}

  Result<std::shared_ptr<Backend>> try_open() { return open_file(kStorePath, options_on(disk)); }
  // Opens, or fails the test.
  std::shared_ptr<Backend> open();

  // Puts a chunk and moves a ref to its id, whatever the ref was.
  static Result<SwapOutcome> save(Backend& backend, const std::string& ref, const Bytes& chunk);
  static std::optional<RefValue> read(Backend& backend, const std::string& ref);
  // The chunk that the ref names.
  static std::optional<Bytes> load(Backend& backend, const std::string& ref);

  std::uint64_t file_size() const;
  Bytes read_bytes(std::uint64_t offset, std::size_t length) const;
  void write_bytes(std::uint64_t offset, const Bytes& bytes) const;
  void flip(std::uint64_t offset) const;
  void truncate(std::uint64_t size) const;
  // Behind the last byte that isn't zero.
  std::uint64_t content_end() const;
  std::vector<std::string> names() const;  // in the store's folder

  std::shared_ptr<SimulatedDisk> disk;
};

}  // namespace stet::test
