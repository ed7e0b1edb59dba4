#include "store/until_done.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

namespace stet {

namespace {
constexpr std::uint32_t kLostMax = 100'000;
constexpr std::uint32_t kLostWithoutWait = 3;
constexpr std::uint32_t kWaitMsMax = 16;
}  // namespace

// Each lost race is another's success, so the first are tried again at once; then a random wait,
// which doubles up to a limit, lets one of many through.
Result<void> LostRaces::lost_one() {
  if (++lost_ > kLostMax) {
    return Error(ErrorCode::unavailable,
                 fmt::format("others were faster {} times in a row: try again later", kLostMax));
  }
  if (lost_ <= kLostWithoutWait) {
    std::this_thread::yield();
    return {};
  }
  std::array<std::uint8_t, 4> random_bytes;
  core_.random().fill(random_bytes);
  std::uint32_t random = 0;
  std::memcpy(&random, random_bytes.data(), sizeof random);
  const std::uint32_t doublings = std::min(lost_ - kLostWithoutWait, 4u);
  core_.clock().sleep_ms(random % std::min(1u << doublings, kWaitMsMax));
  return {};
}

Error may_have_happened(const Error& cause) {
  return {ErrorCode::outcome_unknown,
          fmt::format("the change may or may not have happened, and the store can't be asked: {}; "
                      "look at the log before doing it again",
                      cause.message()),
          cause.context()};
}

}  // namespace stet
