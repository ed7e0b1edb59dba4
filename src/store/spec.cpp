#include "stet/store/spec.hpp"

#include <fmt/format.h>

#include <charconv>

#include "stet/value.hpp"

namespace stet {

namespace {

constexpr std::size_t kIdPrefixCharactersMin = 6;
constexpr std::size_t kIdPrefixCharactersMax = 52;

Error bad_name(std::string_view name, std::string_view rule) {
  constexpr std::size_t kShown = 60;
  std::string shown;
  for (const char c : name.substr(0, kShown)) {
    const bool printable = static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    shown +=
        printable ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  if (name.size() > kShown) shown += "…";
  return {ErrorCode::invalid, fmt::format("'{}' is no name for a document: {}", shown, rule)};
}

// C0, DEL and, in UTF-8, C1.
bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return true;
    }
  }
  return false;
}

Error bad_spec(std::string_view text, std::string_view why) {
  return {ErrorCode::invalid,
          fmt::format("'{}' names no version: {}; use NAME, NAME@ID, NAME~N or NAME@{{TIME}}", text,
                      why)};
}

Result<std::string> parse_id_prefix(std::string_view text, std::string_view id) {
  if (id.starts_with(kIdTextPrefix) && id.size() > kIdPrefixCharactersMax) {
    STET_TRY(const Id whole, Id::parse(id));
    return whole.to_string().substr(kIdTextPrefix.size());
  }
  if (id.size() < kIdPrefixCharactersMin) {
    return bad_spec(text, fmt::format("an id needs {} characters or more", kIdPrefixCharactersMin));
  }
  if (id.size() > kIdPrefixCharactersMax ||
      id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") != id.npos) {
    return bad_spec(text, fmt::format("'{}' is no part of an id", id));
  }
  return std::string(id);
}

// The number that `text` is, all of it.
template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<void> check_name(std::string_view name) {
  if (name.empty()) return bad_name(name, "it is empty");
  if (name.size() > kNameBytesMax) {
    return bad_name(name, fmt::format("it has {} bytes, more than {}", name.size(), kNameBytesMax));
  }
  if (!Value::text(name).ok()) return bad_name(name, "it is not valid UTF-8");
  if (has_control_character(name)) return bad_name(name, "it has a control character");
  if (name.find_first_of("#@~") != name.npos) {
    return bad_name(name, "'#', '@' and '~' have a meaning after a name");
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty()) return bad_name(name, "a part between '/' is empty");
    if (part == "." || part == "..") {
      return bad_name(name, fmt::format("'{}' cannot be a part of it", part));
    }
    begin = end + 1;
  }
  return {};
}

Result<Spec> Spec::parse(std::string_view text) {
  Spec spec;
  const std::size_t mark = std::min(text.find_first_of("@~"), text.size());
  spec.name = text.substr(0, mark);
  STET_CHECK(check_name(spec.name));
  if (mark == text.size()) return spec;
  std::string_view rest = text.substr(mark + 1);
  if (text[mark] == '~') {
    spec.back = whole_number<std::uint64_t>(rest);
    if (!spec.back) return bad_spec(text, "after '~' comes a number");
    return spec;
  }
  if (!rest.starts_with('{')) {
    STET_TRY(spec.id_prefix, parse_id_prefix(text, rest));
    return spec;
  }
  if (!rest.ends_with('}')) return bad_spec(text, "a '}' is missing");
  STET_TRY(spec.as_of_ms, parse_time(rest.substr(1, rest.size() - 2)));
  return spec;
}

namespace {

// Takes what a time is made of off the front of a text.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly `digits` of them, up to `max`.
  bool number(std::size_t digits, int max, int& out) {
    if (rest_.size() < digits || rest_.front() == '-') return false;
    const auto number = whole_number<int>(rest_.substr(0, digits));
    if (!number || *number > max) return false;
    out = *number;
    rest_.remove_prefix(digits);
    return true;
  }
  // Any number of digits, of which milliseconds count.
  bool fraction(int& milliseconds) {
    int scale = 100;
    bool any = false;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; scale /= 10) {
      milliseconds += (rest_.front() - '0') * scale;
      rest_.remove_prefix(1);
      any = true;
    }
    return any;
  }

 private:
  std::string_view rest_;
};

// Days from 1970-01-01 in the Gregorian calendar, taken as valid for all time. Counts from March,
// so that the leap day is the last of its year.
std::int64_t days_since_epoch(int year, int month, int day) {
  const int years = month > 2 ? year : year - 1;
  const int months = (month + 9) % 12;
  const std::int64_t leap_days = years / 4 - years / 100 + years / 400;
  constexpr std::int64_t kDaysTo1970 = 719'468;
  return 365LL * years + leap_days + (153 * months + 2) / 5 + day - 1 - kDaysTo1970;
}

int days_in_month(int year, int month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

struct TimeParts {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
  int zone_minutes = 0;
};

bool read_zone(TimeReader& reader, TimeParts& parts) {
  if (reader.at_end() || reader.take('Z')) return true;
  const bool west = reader.take('-');
  if (!west && !reader.take('+')) return false;
  int hours = 0, minutes = 0;
  if (!reader.number(2, 23, hours)) return false;
  reader.take(':');
  if (!reader.number(2, 59, minutes)) return false;
  parts.zone_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
  return true;
}

bool read_clock(TimeReader& reader, TimeParts& parts) {
  if (!reader.number(2, 23, parts.hour) || !reader.take(':') ||
      !reader.number(2, 59, parts.minute)) {
    return false;
  }
  if (reader.take(':')) {
    if (!reader.number(2, 59, parts.second)) return false;
    if (reader.take('.') && !reader.fraction(parts.millisecond)) return false;
  }
  return read_zone(reader, parts);
}

bool read_time_parts(TimeReader& reader, TimeParts& parts) {
  if (!reader.number(4, 9999, parts.year) || !reader.take('-') ||
      !reader.number(2, 12, parts.month) || !reader.take('-') || !reader.number(2, 31, parts.day)) {
    return false;
  }
  if (parts.month < 1 || parts.day < 1 || parts.day > days_in_month(parts.year, parts.month)) {
    return false;
  }
  if (reader.at_end()) return true;
  if (!reader.take('T') && !reader.take(' ')) return false;
  return read_clock(reader, parts) && reader.at_end();
}

}  // namespace

Result<std::int64_t> parse_time(std::string_view text) {
  TimeReader reader(text);
  TimeParts parts;
  if (!read_time_parts(reader, parts)) {
    return Error(ErrorCode::invalid,
                 fmt::format("'{}' is no time: write 2026-11-20, 2026-11-20T10:00 or "
                             "2026-11-20T10:00:00.000+01:00",
                             text));
  }
  const std::int64_t days = days_since_epoch(parts.year, parts.month, parts.day);
  const std::int64_t minutes = (days * 24 + parts.hour) * 60 + parts.minute - parts.zone_minutes;
  return (minutes * 60 + parts.second) * 1000 + parts.millisecond;
}

}  // namespace stet
