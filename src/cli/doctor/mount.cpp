#include "cli/doctor/mount.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace stet::cli::doctor {

namespace {

// Kinds begin with `kinds`; all do with "".
struct WeakOption {
  std::string_view kinds, option, why;
};
constexpr std::string_view kNoFlush =
    "flushes don't reach the device, so a loss of power can take what was acknowledged";
constexpr std::string_view kLocalLocks =
    "locks aren't seen by other machines: use the store from one at a time";
constexpr std::array kWeakOptions = {
    WeakOption{"", "nobarrier", kNoFlush},
    WeakOption{"", "barrier=0", kNoFlush},
    WeakOption{"f2fs", "fsync_mode=nobarrier", kNoFlush},
    WeakOption{"overlay", "volatile", "nothing is ever flushed there"},
    WeakOption{"nfs", "nolock", kLocalLocks},
    WeakOption{"nfs", "local_lock=all", kLocalLocks},
    WeakOption{"nfs", "local_lock=posix", kLocalLocks},
    WeakOption{"cifs", "nobrl", kLocalLocks},
    WeakOption{"smb3", "nobrl", kLocalLocks},
    WeakOption{"cifs", "nostrictsync", "a flush isn't passed on to the server"},
    WeakOption{"smb3", "nostrictsync", "a flush isn't passed on to the server"},
    WeakOption{"", "ro", "it is read-only: nothing can be saved"},
};

// Spaces and the like are written as \040.
std::string unescaped(std::string_view text) {
  constexpr std::size_t kDigits = 3;
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string digits(text.substr(at + 1, kDigits));
    const bool is_octal = text[at] == '\\' && digits.size() == kDigits &&
                          digits.find_first_not_of("01234567") == std::string::npos;
    plain += is_octal ? static_cast<char>(std::stoi(digits, nullptr, 8)) : text[at];
    if (is_octal) at += kDigits;
  }
  return plain;
}

void add_options(std::string_view list, std::vector<std::string>& options) {
  std::istringstream words{std::string(list)};
  for (std::string option; std::getline(words, option, ',');) options.push_back(option);
}

// "36 35 98:0 /root /point rw,noatime shared:1 - ext4 /dev/sda1 rw,nobarrier"
std::optional<Mount> parse(const std::string& line) {
  constexpr std::size_t kPoint = 4;
  constexpr std::size_t kOptions = 5;
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  const auto dash = std::find(words.begin(), words.end(), "-");
  if (words.size() <= kOptions || words.end() - dash < 4) return std::nullopt;
  Mount mount{unescaped(words[kPoint]), dash[1], {}};
  add_options(words[kOptions], mount.options);
  add_options(dash[3], mount.options);
  return mount;
}

bool lies_under(std::string_view path, std::string_view point) {
  if (point == "/") return path.starts_with('/');
  return path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/');
}

}  // namespace

std::optional<Mount> mount_of(std::string_view table, std::string_view real_path) {
  std::optional<Mount> found;
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);) {
    auto mount = parse(line);
    if (!mount || !lies_under(real_path, mount->point)) continue;
    // A later one at the same place covers the earlier.
    if (!found || mount->point.size() >= found->point.size()) found = std::move(mount);
  }
  return found;
}

std::vector<std::string> weak_options(const Mount& mount) {
  std::vector<std::string> sentences;
  for (const WeakOption& weak : kWeakOptions) {
    if (!mount.kind.starts_with(weak.kinds)) continue;
    if (std::ranges::find(mount.options, weak.option) == mount.options.end()) continue;
    sentences.push_back(
        fmt::format("{} is mounted with '{}': {}", mount.point, weak.option, weak.why));
  }
  return sentences;
}

}  // namespace stet::cli::doctor
