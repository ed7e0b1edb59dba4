#include "stet/value/path.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>

namespace stet {
namespace {

Result<std::string> unescape(std::string_view step, std::size_t offset) {
  std::string plain;
  plain.reserve(step.size());
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      plain.push_back(step[i]);
      continue;
    }
    ++i;
    if (i == step.size() || (step[i] != '0' && step[i] != '1')) {
      return Error(ErrorCode::invalid, "in a path \"~\" must be followed by 0 or 1")
          .at_offset(offset + i - 1);
    }
    plain.push_back(step[i] == '0' ? '~' : '/');
  }
  return plain;
}

}  // namespace

Result<Path> Path::parse(std::string_view pointer) {
  Path path;
  if (pointer.empty()) return path;
  if (pointer.front() != '/') {
    return Error(ErrorCode::invalid, "a path that isn't empty must begin with \"/\"").at_offset(0);
  }
  std::size_t begin = 1;
  for (;;) {
    const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
    STET_TRY(auto step, unescape(pointer.substr(begin, end - begin), begin));
    path.steps_.push_back(std::move(step));
    if (end == pointer.size()) return path;
    begin = end + 1;
  }
}

std::string Path::to_string() const {
  std::string text;
  for (const std::string& step : steps_) {
    text.push_back('/');
    for (const char c : step) {
      if (c == '~') {
        text += "~0";
      } else if (c == '/') {
        text += "~1";
      } else {
        text.push_back(c);
      }
    }
  }
  return text;
}

Path Path::child(std::string_view key) const {
  Path path = *this;
  path.push(key);
  return path;
}

Path Path::child(std::size_t index) const {
  Path path = *this;
  path.push_index(index);
  return path;
}

Path Path::parent() const {
  assert(!empty());
  Path path = *this;
  path.pop();
  return path;
}

void Path::push_index(std::size_t index) { steps_.push_back(std::to_string(index)); }

bool Path::begins_with(const Path& prefix) const {
  return prefix.size() <= size() &&
         std::equal(prefix.steps_.begin(), prefix.steps_.end(), steps_.begin());
}

std::optional<std::size_t> Path::index_of(std::string_view step) noexcept {
  if (step.empty() || (step.size() > 1 && step.front() == '0')) return std::nullopt;
  std::size_t index = 0;
  const auto [end, failure] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (failure != std::errc() || end != step.data() + step.size()) return std::nullopt;
  return index;
}

}  // namespace stet
