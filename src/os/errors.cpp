#include "os/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace stet::os {

ErrorCode code_of_errno(int number) noexcept {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::not_found;
    case EEXIST:
      return ErrorCode::conflict;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::denied;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::no_space;
    case EFBIG:
      return ErrorCode::too_large;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOLCK:
    case EAGAIN:
    case EBUSY:
    case ETXTBSY:
      return ErrorCode::unavailable;
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
    case ESPIPE:
    case ENXIO:
    case ENODEV:
    case EXDEV:
    case ENOTEMPTY:
    case ENOSYS:
    case EOPNOTSUPP:
      return ErrorCode::invalid;
    default:
      return ErrorCode::io;
  }
}

namespace {

std::string_view advice(int number) noexcept {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EEXIST:
      return "choose another name, or remove what is there";
    case EACCES:
    case EPERM:
      return "check who owns it and who may read and write it and its folder";
    case EROFS:
      return "the file system is mounted read-only; write elsewhere or remount it";
    case ENOSPC:
      return "free some space on that disk and try again";
    case EDQUOT:
      return "free some of the user's quota and try again";
    case EFBIG:
      return "the file system or a limit of this process allows no larger file";
    case EMFILE:
      return "this process has too many files open; close some or raise `ulimit -n`";
    case ENFILE:
    case ENOMEM:
    case ENOLCK:
      return "the system is short of resources; try again later";
    case EISDIR:
      return "name a file, not a folder";
    case ESPIPE:
    case ENXIO:
    case ENODEV:
      return "name a regular file";
    case ENAMETOOLONG:
      return "use a shorter name";
    case ELOOP:
      return "symbolic links form a circle, or one stands where none may";
    case EXDEV:
      return "both names must be on one file system";
    case ENOSYS:
    case EOPNOTSUPP:
      return "the file system can't do that";
    case EIO:
      return "the device failed; look at the system's log, and copy what matters elsewhere";
    default:
      return "look at the system's log";
  }
}

}  // namespace

Error system_error(int number, std::string_view what, const std::string& path) {
  ErrorContext context;
  context.path = path;
  return {code_of_errno(number),
          fmt::format("can't {} {}: {}: {}", what, path, std::generic_category().message(number),
                      advice(number)),
          std::move(context)};
}

}  // namespace stet::os
