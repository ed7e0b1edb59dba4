#include "schema/uri.hpp"

#include <algorithm>
#include <vector>

namespace stet::schema {

namespace {

// Views into one URI. A part that is absent has a null pointer; an empty one hasn't.
struct Parts {
  std::string_view scheme, authority, path, query, fragment;
};

bool present(std::string_view part) { return part.data() != nullptr; }

std::string_view cut_tail(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view tail = text.substr(at + 1);
  text = text.substr(0, at);
  return tail;
}

Parts parse(std::string_view uri) {
  Parts parts;
  parts.fragment = cut_tail(uri, '#');
  parts.query = cut_tail(uri, '?');
  const std::size_t colon = uri.find(':');
  const std::size_t slash = uri.find('/');
  if (colon != std::string_view::npos && colon > 0 &&
      (slash == std::string_view::npos || colon < slash)) {
    parts.scheme = uri.substr(0, colon);
    uri.remove_prefix(colon + 1);
  }
  if (uri.starts_with("//")) {
    uri.remove_prefix(2);
    const std::size_t end = std::min(uri.find('/'), uri.size());
    parts.authority = uri.substr(0, end);
    uri.remove_prefix(end);
  }
  parts.path = uri;
  return parts;
}

// Section 5.2.4.
std::string remove_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool absolute = path.starts_with('/');
  bool ends_in_folder = false;
  std::size_t at = absolute ? 1 : 0;
  while (at <= path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    ends_in_folder = segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
    }
    at = end + 1;
  }
  if (ends_in_folder) kept.emplace_back("");
  std::string result = absolute ? "/" : "";
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (i > 0) result += '/';
    result += kept[i];
  }
  return result;
}

std::string merge_paths(const Parts& base, std::string_view relative) {
  if (present(base.authority) && base.path.empty()) return "/" + std::string(relative);
  const std::size_t slash = base.path.rfind('/');
  if (slash == std::string_view::npos) return std::string(relative);
  return std::string(base.path.substr(0, slash + 1)) + std::string(relative);
}

std::string percent_decode(std::string_view text) {
  auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace

std::string resolve_uri(std::string_view base_text, std::string_view reference_text) {
  const Parts base = parse(base_text);
  const Parts reference = parse(reference_text);
  std::string_view scheme = base.scheme, authority = base.authority, query = reference.query;
  std::string path;
  if (present(reference.scheme) || present(reference.authority)) {
    if (present(reference.scheme)) scheme = reference.scheme;
    authority = reference.authority;
    path = present(reference.scheme) && !reference.path.starts_with('/')
               ? std::string(reference.path)
               : remove_dot_segments(reference.path);
  } else if (reference.path.empty()) {
    path = base.path;
    if (!present(query)) query = base.query;
  } else if (reference.path.starts_with('/')) {
    path = remove_dot_segments(reference.path);
  } else {
    path = remove_dot_segments(merge_paths(base, reference.path));
  }
  std::string result;
  if (present(scheme)) result += std::string(scheme) + ":";
  if (present(authority)) result += "//" + std::string(authority);
  result += path;
  if (present(query)) result += "?" + std::string(query);
  if (present(reference.fragment)) result += "#" + std::string(reference.fragment);
  return result;
}

SplitUri split_fragment(std::string_view uri) {
  const std::string_view fragment = cut_tail(uri, '#');
  return {std::string(uri), percent_decode(fragment)};
}

}  // namespace stet::schema
