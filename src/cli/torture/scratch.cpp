#include "cli/torture/scratch.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

namespace stet::cli::torture {

namespace {

constexpr std::string_view kMark = ".torture-";
constexpr std::size_t kDigits = 8;
constexpr const char* kMarkFile = "/torture";  // holds nothing; locked

}  // namespace

Result<std::unique_ptr<Scratch>> Scratch::make(os::FileSystem& files, const std::string& path) {
  std::array<std::uint8_t, kDigits / 2> drawn{};
  system_random()->fill(drawn);
  STET_TRY(std::string beside, files.real_path(os::parent_directory(path)));
  if (beside == "/") beside.clear();
  const std::string folder =
      fmt::format("{}/.{}{}{:02x}", beside, os::file_name(path), kMark, fmt::join(drawn, ""));
  STET_CHECK(files.make_directory(folder));
  std::unique_ptr<Scratch> scratch(new Scratch(folder));
  STET_TRY(scratch->mark_, files.open(folder + kMarkFile, os::OpenMode::create_new));
  STET_TRY(const bool locked, scratch->mark_->try_lock(os::LockKind::exclusive, 0, 0));
  if (!locked) return Error(ErrorCode::locked, "a new file is locked by another").at_path(folder);
  return scratch;
}

Scratch::~Scratch() {
  if (is_kept_) return;
  std::error_code ignored;  // what is left, doctor names
  std::filesystem::remove_all(path_, ignored);
}

Result<void> copy_file(const std::string& from, const std::string& to) {
  std::error_code failed;
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing, failed);
  if (!failed) return {};
  const bool is_full = failed == std::errc::no_space_on_device;
  return Error(is_full ? ErrorCode::no_space : ErrorCode::io,
               fmt::format("can't copy {}: {}", from, failed.message()))
      .at_path(to);
}

bool is_scratch_name(const std::string& name, const std::string& path) {
  const std::string begin = "." + os::file_name(path) + std::string(kMark);
  return name.size() == begin.size() + kDigits && name.starts_with(begin) &&
         name.find_first_not_of("0123456789abcdef", begin.size()) == std::string::npos;
}

Result<bool> is_in_use(os::FileSystem& files, const std::string& folder) {
  if (os::file_name(folder).find(kMark) == std::string::npos) return false;
  STET_TRY(const auto mark, files.status(folder + kMarkFile));
  if (!mark) return false;
  STET_TRY(const auto file, files.open(folder + kMarkFile, os::OpenMode::read));
  STET_TRY(const bool is_free, file->try_lock(os::LockKind::shared, 0, 0));
  return !is_free;
}

}  // namespace stet::cli::torture
