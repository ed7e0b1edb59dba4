#include "os/lock_holder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

namespace stet::os {

namespace {

namespace fs = std::filesystem;

bool is_number(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

// The entries of a folder of proc(5) that are numbers; none where we may not look.
std::vector<std::string> numbers_in(const fs::path& folder) {
  std::vector<std::string> numbers;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::string name = entry->path().filename();
    if (is_number(name)) numbers.push_back(std::move(name));
  }
  return numbers;
}

// "lock: 1: OFDLCK ADVISORY WRITE -1 fe:00:17 0 EOF": the last two are the first and last byte.
bool is_lock_of(const std::string& line, std::uint64_t first, std::uint64_t last) {
  if (!line.starts_with("lock:")) return false;
  std::istringstream words(line);
  std::string word, from, to;
  while (words >> word) {
    from = std::move(to);
    to = word;
  }
  if (!is_number(from)) return false;
  const auto number = [](const std::string& digits) {
    std::uint64_t value = std::numeric_limits<std::uint64_t>::max();
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  };
  return number(from) <= last && (to == "EOF" || number(to) >= first);
}

bool holds_lock(const fs::path& process, const std::string& descriptor, const FileIdentity& file,
                std::uint64_t first, std::uint64_t last) {
  struct stat raw = {};
  if (::stat((process / "fd" / descriptor).c_str(), &raw) != 0) return false;
  if (FileIdentity{raw.st_dev, raw.st_ino} != file) return false;
  std::ifstream facts(process / "fdinfo" / descriptor);
  for (std::string line; std::getline(facts, line);) {
    if (is_lock_of(line, first, last)) return true;
  }
  return false;
}

}  // namespace

std::string find_lock_holder(const FileIdentity& file, int except, std::uint64_t offset,
                             std::uint64_t length) {
  const std::uint64_t last =
      length == 0 ? std::numeric_limits<std::uint64_t>::max() : offset + length - 1;
  const std::string own = std::to_string(::getpid());
  for (const std::string& number : numbers_in("/proc")) {
    const fs::path process = fs::path("/proc") / number;
    for (const std::string& descriptor : numbers_in(process / "fd")) {
      if (number == own && descriptor == std::to_string(except)) continue;
      if (!holds_lock(process, descriptor, file, offset, last)) continue;
      if (number == own) return "another part of this process";
      std::string name;
      std::ifstream file_of_name(process / "comm");
      std::getline(file_of_name, name);
      return name.empty() ? "process " + number : fmt::format("process {} ({})", number, name);
    }
  }
  return {};
}

}  // namespace stet::os
