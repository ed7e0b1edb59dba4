#include "cli/torture/damage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stet::cli::torture {

namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr int kRandomCuts = 40;
constexpr int kDamages = 160;
constexpr std::uint64_t kNearBytes = 2048;  // where the last saves are
constexpr std::uint64_t kScribbledBytesMax = 3000;

// Where something ends in a file (docs/format.md): within the header, and within a commit.
constexpr std::array<std::uint64_t, 10> kHeaderPlaces = {0,    1,    8,    39,   40,
                                                         4096, 4207, 8192, 8303, 12288};
constexpr std::array<std::uint64_t, 7> kBeforeEnd = {0, 1, 8, 16, 64, 71, 72};
// What is read of the header: its first bytes and those of the slots.
constexpr std::array<std::uint64_t, 3> kHeaderParts = {0, 4096, 8192};
constexpr std::uint64_t kHeaderPartBytes = 112;

}  // namespace

Result<void> DamageTrials::run() {
  victim_.found = [this](const std::string& why) { found_(what_ + ": " + why); };
  STET_CHECK(cut_everywhere());
  STET_CHECK(victim_.mend());
  return damage();
}

void DamageTrials::count(const Verdict& verdict) {
  outcome_.refused += verdict.shows == Shows::refused;
  outcome_.the_same += verdict.shows == Shows::the_same;
  outcome_.older_and_said_so += verdict.shows == Shows::older_and_says_so;
}

// Longest first, so that nothing has to be written again in between.
std::vector<std::uint64_t> DamageTrials::lengths_to_cut() {
  std::vector<std::uint64_t> lengths(kHeaderPlaces.begin(), kHeaderPlaces.end());
  for (const std::uint64_t end : victim_.log_ends()) {
    for (const std::uint64_t before : kBeforeEnd) lengths.push_back(end - before);
    lengths.push_back(end + 1);
    lengths.push_back(end / kSectorBytes * kSectorBytes);
  }
  for (int i = 0; i < kRandomCuts; ++i) lengths.push_back(random_() % victim_.log_end());
  std::ranges::sort(lengths, std::greater());
  lengths.erase(std::ranges::unique(lengths).begin(), lengths.end());
  return lengths;
}

Result<void> DamageTrials::cut_everywhere() {
  for (const std::uint64_t length : lengths_to_cut()) {
    if (length > victim_.bytes().size()) continue;
    if (!goes_on_()) return {};
    what_ = fmt::format("cut to {} bytes", length);
    STET_TRY(const Verdict verdict, victim_.cut(length));
    ++outcome_.cuts;
    count(verdict);
  }
  return {};
}

Result<void> DamageTrials::damage() {
  for (int trial = 0; trial < kDamages && goes_on_(); ++trial) {
    const std::uint64_t drawn = random_() % 16;
    STET_TRY(const Verdict verdict, drawn < 9    ? flip_bit()
                                    : drawn < 12 ? zero_sector()
                                    : drawn < 15 ? swap_sectors()
                                                 : scribble_behind());
    ++outcome_.damages;
    count(verdict);
  }
  return {};
}

std::uint64_t DamageTrials::place_in_log() {
  const std::uint64_t end = victim_.log_end();
  const std::uint64_t drawn = random_() % 4;
  if (drawn == 0) return kHeaderParts[random_() % 3] + random_() % kHeaderPartBytes;
  if (drawn == 1) return end - 1 - random_() % std::min(end, kNearBytes);
  return random_() % end;
}

std::uint64_t DamageTrials::sector_in_log() {
  const std::uint64_t sector = place_in_log() / kSectorBytes * kSectorBytes;
  return std::min(sector, victim_.bytes().size() - kSectorBytes);
}

Result<Verdict> DamageTrials::flip_bit() {
  const std::uint64_t place = place_in_log();
  const auto bit = static_cast<unsigned>(random_() % 8);
  what_ = fmt::format("bit {} of byte {} flipped", bit, place);
  const std::array flipped = {static_cast<std::uint8_t>(victim_.bytes()[place] ^ (1u << bit))};
  return victim_.replace(place, flipped);
}

Result<Verdict> DamageTrials::zero_sector() {
  const std::uint64_t sector = sector_in_log();
  what_ = fmt::format("512 bytes from {} on zeroed", sector);
  return victim_.replace(sector, Bytes(kSectorBytes));
}

Result<Verdict> DamageTrials::swap_sectors() {
  const std::uint64_t first = sector_in_log();
  const std::uint64_t second = sector_in_log();
  what_ = fmt::format("512 bytes at {} and at {} swapped", first, second);
  return victim_.swap_ranges(first, second, kSectorBytes);
}

// As a save leaves it that was never finished.
Result<Verdict> DamageTrials::scribble_behind() {
  const std::uint64_t room = victim_.bytes().size() - victim_.log_end();
  Bytes scribble(std::min(room, 1 + random_() % kScribbledBytesMax));
  for (std::uint8_t& byte : scribble) byte = static_cast<std::uint8_t>(random_());
  what_ = fmt::format("{} bytes written behind the end at {}", scribble.size(), victim_.log_end());
  return victim_.replace(victim_.log_end(), scribble);
}

}  // namespace stet::cli::torture
