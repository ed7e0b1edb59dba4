#include <fmt/format.h>

#include "stet/os.hpp"

namespace stet::os {

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

std::string parent_directory(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  const std::size_t slash = path.find_last_of('/', end);
  if (slash == std::string::npos) return ".";
  const std::size_t parent_end = path.find_last_not_of('/', slash);
  return parent_end == std::string::npos ? "/" : path.substr(0, parent_end + 1);
}

}  // namespace stet::os
