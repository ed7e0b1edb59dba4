// Opening a store's file, and making one.
#include <fmt/format.h>

#include "engine/file/backend.hpp"

namespace stet {

namespace {

using file::Log;

// A crash leaves no store or a whole one: the file is made under another name, synced, and linked
// to its own, which fails where somebody was faster.
Result<void> make_store(const FileEngineOptions& options, const std::string& path) {
  os::FileSystem& files = *options.files;
  file::Salt salt;
  options.random->fill(salt);
  std::array<std::uint8_t, 8> number;
  options.random->fill(number);
  const std::string name =
      fmt::format("{}.new-{:016x}", path, file::load_number<std::uint64_t>(number.data()));
  STET_TRY(const auto log, Log::create(files, name, salt));
  const auto publish = [&]() -> Result<void> {
    STET_CHECK(log->extend_with_zeros());
    STET_CHECK(log->file().sync_all());
    auto linked = files.link(name, path);
    if (linked.ok() || linked.error().code() == ErrorCode::conflict) return {};
    // Some file systems have no hard links.
    STET_TRY(const auto there, files.link_status(path));
    return there ? Result<void>() : files.rename(name, path);
  };
  auto published = publish();
  const auto left = files.link_status(name);
  if (left.ok() && *left) (void)files.remove(name);
  if (!published.ok()) return published.error();
  STET_CHECK(files.sync_directory(os::parent_directory(path)));
  return log->note_named();
}

std::string advice_for_missing(const std::string& path) {
  return fmt::format("there is no store at {}: check the path", path);
}

}  // namespace

Result<std::shared_ptr<Backend>> open_file(const std::string& path, FileEngineOptions options) {
  if (!options.files) options.files = os::posix_file_system();
  if (!options.executor) options.executor = thread_executor();
  if (!options.random) options.random = system_random();
  if (path.empty()) return Error(ErrorCode::invalid, "the path of the store is empty");
  STET_TRY(const auto status, options.files->status(path));
  if (!status) {
    if (!options.create || options.read_only) {
      return Error(ErrorCode::not_found, advice_for_missing(path)).at_path(path);
    }
    STET_CHECK(make_store(options, path));
  }
  // Where the path is a symbolic link, compaction replaces what it points to.
  STET_TRY(const std::string real, options.files->real_path(path));
  STET_TRY(auto log, Log::open(*options.files, real, options.read_only));
  return std::shared_ptr<Backend>(file::make_backend(std::move(options), real, std::move(log)));
}

}  // namespace stet
