#include "engine/file/unfinished.hpp"

#include <fmt/format.h>

namespace stet::file {

namespace {

constexpr std::string_view kMark = ".new-";
constexpr std::size_t kNumberDigits = 16;

bool is_unfinished_name(const std::string& name, const std::string& store) {
  const std::string prefix = store + std::string(kMark);
  return name.size() == prefix.size() + kNumberDigits && name.starts_with(prefix) &&
         name.find_first_not_of("0123456789abcdef", prefix.size()) == std::string::npos;
}

bool begins_as_store(os::File& file) {
  std::array<std::uint8_t, kMagic.size()> begin{};
  const auto count = file.read_up_to(0, begin);
  if (!count.ok()) return false;
  return *count == 0 ||
         (*count == begin.size() && std::equal(begin.begin(), begin.end(), kMagic.begin()));
}

void remove_if_left(os::FileSystem& files, const std::string& path,
                    const std::optional<os::FileIdentity>& store) {
  const auto named = files.link_status(path);
  if (!named.ok() || !*named || (*named)->type != os::FileType::regular) return;
  if (store && (*named)->identity == *store) {
    (void)files.remove(path);
    return;
  }
  const auto file = files.open(path, os::OpenMode::read_write);
  if (!file.ok()) return;
  const auto opened = (*file)->status();
  if (!opened.ok() || opened->identity != (*named)->identity || !begins_as_store(**file)) return;
  const auto locked = (*file)->try_lock(os::LockKind::exclusive, kWriterLock, 1);
  if (locked.ok() && *locked) (void)files.remove(path);
}

}  // namespace

std::string unfinished_name(const std::string& path, std::uint64_t number) {
  return fmt::format("{}{}{:016x}", path, kMark, number);
}

void remove_unfinished(os::FileSystem& files, const std::string& path,
                       const std::optional<os::FileIdentity>& identity) {
  const std::string folder = os::parent_directory(path);
  const auto names = files.list_directory(folder);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!is_unfinished_name(name, os::file_name(path))) continue;
    remove_if_left(files, fmt::format("{}/{}", folder == "/" ? "" : folder, name), identity);
  }
}

}  // namespace stet::file
