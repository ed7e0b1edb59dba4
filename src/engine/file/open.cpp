// Opening a store's file, and making one.
#include <fmt/format.h>

#include "engine/file/backend.hpp"
#include "engine/file/unfinished.hpp"

namespace stet {

namespace {

using file::Log;

using file::FileLock;

// A store that has no name of its own yet, locked against those who clear up.
struct Unnamed {
  std::string name;
  std::shared_ptr<Log> log;
  FileLock lock;
};

// Nothing where the name was taken, or somebody cleared the file away before it was locked.
Result<std::optional<Unnamed>> make_unnamed(const FileEngineOptions& options,
                                            const std::string& path) {
  file::Salt salt;
  options.random->fill(salt);
  std::array<std::uint8_t, 8> number;
  options.random->fill(number);
  const std::string name =
      file::unfinished_name(path, file::load_number<std::uint64_t>(number.data()));
  auto log = Log::create(*options.files, name, salt, options.packer);
  if (!log.ok() && log.error().code() == ErrorCode::conflict) return std::optional<Unnamed>();
  if (!log.ok()) {
    (void)options.files->remove(name);  // as far as it came to be: nobody else knows of the name
    return log.error();
  }
  STET_TRY(auto lock, FileLock::try_take((*log)->shared_file(), file::kWriterLock));
  STET_TRY(const auto named, options.files->link_status(name));
  if (!lock || !named || named->identity != (*log)->identity()) return std::optional<Unnamed>();
  return std::optional(Unnamed{name, *std::move(log), *std::move(lock)});
}

// Gives the file its name, which fails where somebody was faster: then false.
Result<bool> give_name(os::FileSystem& files, const std::string& from, const std::string& path) {
  const auto linked = files.link(from, path);
  if (linked.ok()) return true;
  if (linked.error().code() == ErrorCode::conflict) return false;
  // Some file systems have no hard links.
  const auto renamed = files.rename_new(from, path);
  if (renamed.ok()) return true;
  if (renamed.error().code() == ErrorCode::conflict) return false;
  if (renamed.error().code() != ErrorCode::invalid) return renamed.error();
  return Error(ErrorCode::invalid,
               fmt::format("can't make a store at {}: the file system knows neither hard links nor "
                           "a rename that replaces nothing, and without them two that make it at "
                           "once would lose what one of them saves: make it elsewhere, and move it "
                           "there",
                           path))
      .at_path(path);
}

// The lock keeps others waiting until the name is durable.
Result<void> publish(const FileEngineOptions& options, const Unnamed& made,
                     const std::string& path) {
  os::FileSystem& files = *options.files;
  const auto clear = [&] {
    const auto left = files.link_status(made.name);
    if (left.ok() && *left) (void)files.remove(made.name);
  };
  const auto write = [&]() -> Result<bool> {
    STET_CHECK(made.log->extend_with_zeros(options.lock_wait));
    STET_CHECK(made.log->file().sync_all());
    return give_name(files, made.name, path);
  };
  const auto ours = write();
  clear();
  if (!ours.ok()) return ours.error();
  if (!*ours) return {};
  STET_CHECK(files.sync_directory(os::parent_directory(path)));
  return made.log->note_named();
}

// A crash leaves no store or a whole one: the file is made under another name, synced, and then
// given its own.
Result<void> make_store(const FileEngineOptions& options, const std::string& path) {
  constexpr int kAttempts = 8;
  file::remove_unfinished(*options.files, path, std::nullopt);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    STET_TRY(const auto made, make_unnamed(options, path));
    if (made) return publish(options, *made, path);
  }
  return Error(ErrorCode::unavailable,
               fmt::format("can't make a store at {}: what is made is removed by others at once: "
                           "try again",
                           path))
      .at_path(path);
}

Error missing(const std::string& path) {
  return Error(ErrorCode::not_found, fmt::format("there is no store at {}: check the path", path))
      .at_path(path);
}

// The file's own name: where the path, or a folder of it, is a symbolic link, compaction replaces
// what it points to now. Nothing where there is no file.
Result<std::optional<std::string>> find_store(os::FileSystem& files, const std::string& path) {
  auto real = files.real_path(path);
  if (real.ok()) return std::optional(*std::move(real));
  if (real.error().code() == ErrorCode::not_found) return std::optional<std::string>();
  return real.error();
}

void fill_in(FileEngineOptions& options) {
  if (!options.files) options.files = os::posix_file_system();
  if (!options.executor) options.executor = thread_executor();
  if (!options.random) options.random = system_random();
}

}  // namespace

Result<std::shared_ptr<Backend>> open_file(const std::string& path, FileEngineOptions options) {
  fill_in(options);
  if (path.empty()) return Error(ErrorCode::invalid, "the path of the store is empty");
  STET_TRY(auto found, find_store(*options.files, path));
  if (!found) {
    if (!options.create || options.read_only) return missing(path);
    STET_CHECK(make_store(options, path));
    STET_TRY(found, find_store(*options.files, path));
    if (!found) return missing(path);
  }
  std::uint64_t flushes = 0;
  STET_TRY(auto log, Log::open(*options.files, *found, options.read_only, options.packer, flushes));
  return file::make_backend(std::move(options), *found, std::move(log), flushes);
}

Result<DamagedFile> open_damaged_file(const std::string& path, FileEngineOptions options) {
  fill_in(options);
  if (path.empty()) return Error(ErrorCode::invalid, "the path of the store is empty");
  STET_TRY(const auto found, find_store(*options.files, path));
  if (!found) return missing(path);
  std::uint64_t flushes = 0;
  STET_TRY(auto log,
           Log::open_damaged(*options.files, *found, options.read_only, options.packer, flushes));
  DamagedFile opened;
  if (const file::Passed* const passed = log->passed()) {
    opened.damaged = true;
    opened.unproven = passed->unproven;
    for (const Damage& damage : passed->lost) opened.lost.push_back(damage.message);
  }
  opened.backend = file::make_backend(std::move(options), *found, std::move(log), flushes);
  return opened;
}

}  // namespace stet
