#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "stet/os.hpp"

namespace stet::os {

Result<void> File::start_sync(std::uint64_t, std::uint64_t) { return {}; }

Result<void> File::write_all(std::uint64_t offset, BytesView bytes) {
  while (!bytes.empty()) {
    STET_TRY(const std::size_t count, write_some(offset, bytes));
    if (count == 0) {
      return Error(ErrorCode::io, fmt::format("can't write {}: the system took no bytes", path()))
          .at_path(path())
          .at_offset(offset);
    }
    offset += count;
    bytes = bytes.subspan(count);
  }
  return {};
}

Result<std::size_t> File::read_up_to(std::uint64_t offset, MutableBytes out) {
  std::size_t done = 0;
  while (done < out.size()) {
    STET_TRY(const std::size_t count, read_some(offset + done, out.subspan(done)));
    if (count == 0) break;
    done += count;
  }
  return done;
}

Result<void> File::read_exactly(std::uint64_t offset, MutableBytes out) {
  STET_TRY(const std::size_t count, read_up_to(offset, out));
  if (count < out.size()) {
    return Error(ErrorCode::corrupt, fmt::format("{} ends too early: {} bytes of {} at offset {}",
                                                 path(), count, out.size(), offset))
        .at_path(path())
        .at_offset(offset + count);
  }
  return {};
}

Result<bool> wait_for(const LockWait& wait, const std::function<Result<bool>()>& attempt) {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  constexpr microseconds kPauseMin{50};
  constexpr microseconds kPauseMax{2000};
  constexpr int kPauseShare = 8;  // of the time waited so far, so little of it is lost
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  while (true) {
    STET_TRY(const bool done, attempt());
    if (done) return true;
    const auto waited = std::chrono::duration_cast<microseconds>(Clock::now() - begun);
    const auto waited_ms = std::chrono::duration_cast<milliseconds>(waited).count();
    if (waited_ms >= wait.limit_ms) return false;
    const Progress progress{"wait for another to finish", static_cast<std::uint64_t>(waited_ms),
                            static_cast<std::uint64_t>(wait.limit_ms), "ms"};
    const auto pause = std::clamp(waited / kPauseShare, kPauseMin, kPauseMax);
    if (pause == kPauseMax && !report(wait.waiting, progress)) {
      return Error(ErrorCode::cancelled, "stopped while waiting for a lock; nothing was changed");
    }
    std::this_thread::sleep_for(pause);
  }
}

Result<void> File::lock(LockKind kind, std::uint64_t offset, std::uint64_t length,
                        const LockWait& wait) {
  return wait_for_lock(offset, length, wait, [&] { return try_lock(kind, offset, length); });
}

Result<void> File::wait_for_lock(std::uint64_t offset, std::uint64_t length, const LockWait& wait,
                                 const std::function<Result<bool>()>& attempt) {
  const auto taken = wait_for(wait, attempt);
  if (!taken.ok()) return taken.error().at_path(path());
  if (*taken) return {};
  const std::string holder = wait.names_holder ? lock_holder(offset, length) : "";
  return Error(ErrorCode::locked,
               fmt::format("{} is locked by {}, and was for {} ms: try again when that is done",
                           path(), holder.empty() ? "another process" : holder, wait.limit_ms))
      .at_path(path());
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string parent_directory(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  const std::size_t slash = path.find_last_of('/', end);
  if (slash == std::string::npos) return ".";
  const std::size_t parent_end = path.find_last_not_of('/', slash);
  return parent_end == std::string::npos ? "/" : path.substr(0, parent_end + 1);
}

}  // namespace stet::os
