#include "schema/formats.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "schema/pattern.hpp"
#include "stet/value/path.hpp"

namespace stet::schema {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// `shape`: '0' stands for a digit, everything else for itself.
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  }
  return true;
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  std::from_chars(text.data() + at, text.data() + at + digits, number);
  return number;
}

// RFC 3339, full-date.
bool is_date(std::string_view text) {
  if (!has_shape(text, "0000-00-00")) return false;
  const int year = number_at(text, 0, 4), month = number_at(text, 5, 2),
            day = number_at(text, 8, 2);
  constexpr std::array kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

// RFC 3339, full-time. A leap second is the last of a UTC day.
bool is_time(std::string_view text) {
  if (text.size() < 9 || !has_shape(text.substr(0, 8), "00:00:00")) return false;
  const int hour = number_at(text, 0, 2), minute = number_at(text, 3, 2),
            second = number_at(text, 6, 2);
  if (hour > 23 || minute > 59 || second > 60) return false;
  text.remove_prefix(8);
  if (text[0] == '.') {
    std::size_t digits = 1;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits == 1) return false;
    text.remove_prefix(digits);
  }
  int offset_minutes = 0;
  if (text != "Z" && text != "z") {
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') ||
        !has_shape(text.substr(1), "00:00")) {
      return false;
    }
    if (number_at(text, 1, 2) > 23 || number_at(text, 4, 2) > 59) return false;
    offset_minutes =
        (number_at(text, 1, 2) * 60 + number_at(text, 4, 2)) * (text[0] == '-' ? -1 : 1);
  }
  return second < 60 || ((hour * 60 + minute - offset_minutes) % 1440 + 1440) % 1440 == 1439;
}

bool is_date_time(std::string_view text) {
  return text.size() > 11 && (text[10] == 'T' || text[10] == 't') && is_date(text.substr(0, 10)) &&
         is_time(text.substr(11));
}

bool is_ipv4(std::string_view text) {
  in_addr address{};
  return inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

bool is_ipv6(std::string_view text) {
  in6_addr address{};
  return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

// RFC 1123.
bool is_hostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view label = text.substr(0, end);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return false;
    for (const char c : label) {
      if (!is_letter(c) && !is_digit(c) && c != '-') return false;
    }
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

// RFC 5321's mailbox with a dot-atom or a quoted local part.
bool is_email(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return false;
  const std::string_view local = text.substr(0, at);
  std::string_view domain = text.substr(at + 1);
  if (local.front() == '"') {
    if (local.size() < 2 || local.back() != '"') return false;
  } else {
    if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
      return false;
    for (const char c : local) {
      if (!is_letter(c) && !is_digit(c) &&
          std::string_view("!#$%&'*+/=?^_`{|}~.-").find(c) == std::string_view::npos) {
        return false;
      }
    }
  }
  if (!domain.starts_with('[')) return is_hostname(domain);
  if (!domain.ends_with(']')) return false;
  domain = domain.substr(1, domain.size() - 2);
  return domain.starts_with("IPv6:") ? is_ipv6(domain.substr(5)) : is_ipv4(domain);
}

// RFC 3986: characters that may stand in a URI, and percent signs with two digits.
bool has_uri_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    } else if (!is_letter(c) && !is_digit(c) &&
               std::string_view("-._~:/?#[]@!$&'()*+,;=").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_uri_reference(std::string_view text) { return has_uri_characters(text); }

bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) return false;
  for (const char c : text.substr(0, colon)) {
    if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return has_uri_characters(text);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_json_pointer(std::string_view text) { return Path::parse(text).ok(); }

bool is_pattern(std::string_view text) { return Pattern::compile(text).ok(); }

constexpr std::array<std::pair<std::string_view, FormatTest>, 12> kFormats = {{
    {"date", is_date},
    {"time", is_time},
    {"date-time", is_date_time},
    {"ipv4", is_ipv4},
    {"ipv6", is_ipv6},
    {"hostname", is_hostname},
    {"email", is_email},
    {"uri", is_uri},
    {"uri-reference", is_uri_reference},
    {"uuid", is_uuid},
    {"json-pointer", is_json_pointer},
    {"regex", is_pattern},
}};

}  // namespace

FormatTest format_test(std::string_view format) {
  for (const auto& [name, test] : kFormats) {
    if (name == format) return test;
  }
  return nullptr;
}

}  // namespace stet::schema
