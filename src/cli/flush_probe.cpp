#include "cli/flush_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stet::cli {

namespace {

constexpr std::size_t kWriteBytes = 512;

Result<std::vector<std::int64_t>> measure(os::File& file, Clock& clock, std::size_t count) {
  std::array<std::uint8_t, kWriteBytes> bytes{};
  STET_CHECK(file.write_all(0, bytes));
  STET_CHECK(file.sync_all());
  std::vector<std::int64_t> times_ns;
  for (std::size_t round = 0; round < count; ++round) {
    bytes.fill(static_cast<std::uint8_t>(round + 1));
    const std::int64_t begun = clock.monotonic_ns();
    STET_CHECK(file.write_all(0, bytes));
    STET_CHECK(file.sync_data());
    times_ns.push_back(clock.monotonic_ns() - begun);
  }
  std::sort(times_ns.begin(), times_ns.end());
  return times_ns;
}

}  // namespace

std::string scratch_path(const std::string& beside, Random& random, std::string_view ending) {
  std::array<std::uint8_t, 8> drawn{};
  random.fill(drawn);
  return fmt::format("{}/{}{:02x}{}", os::parent_directory(beside), kScratchBegin,
                     fmt::join(drawn, ""), ending);
}

Result<std::vector<std::int64_t>> measure_flushes(os::FileSystem& files, Clock& clock,
                                                  const std::string& scratch, std::size_t count) {
  STET_TRY(const auto file, files.open(scratch, os::OpenMode::create_new));
  auto times_ns = measure(*file, clock, count);
  STET_CHECK(files.remove(scratch));
  return times_ns;
}

}  // namespace stet::cli
