#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cli/interrupt.hpp"
#include "cli/text.hpp"
#include "stet/codec.hpp"

namespace stet::cli {

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::int64_t kQuietNs = 400'000'000;   // work that ends sooner shows no bar
constexpr std::int64_t kRedrawNs = 100'000'000;  // between two drawings
constexpr int kBarWidth = 30;

bool is_terminal(int descriptor) {
  const char* terminal = std::getenv("TERM");
  return isatty(descriptor) == 1 && !(terminal && std::string_view(terminal) == "dumb");
}

bool write_fully(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno == EPIPE;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string_view colour_code(Colour colour) {
  switch (colour) {
    case Colour::plain:
      return "";
    case Colour::red:
      return "\033[31m";
    case Colour::green:
      return "\033[32m";
    case Colour::yellow:
      return "\033[33m";
    case Colour::bold:
      return "\033[1m";
    case Colour::faint:
      return "\033[2m";
  }
  return "";
}

std::string amount(std::uint64_t count, std::string_view unit) {
  return unit == "bytes" ? size_text(count) : fmt::format("{} {}", count, unit);
}

}  // namespace

Output::Output() : terminal_(cli::is_terminal(STDOUT_FILENO)) {
  const char* no_colour = std::getenv("NO_COLOR");
  colours_ = terminal_ && !(no_colour && *no_colour);
}

void Output::write(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) flush();
}

void Output::line(std::string_view text) {
  write(text);
  write("\n");
}

void Output::json_line(const Value& value) {
  std::string text = encode_json(value, TextLayout::compact);
  while (text.ends_with('\n')) text.pop_back();
  line(text);
}

std::string Output::paint(Colour colour, std::string_view text) const {
  if (!colours_ || colour == Colour::plain) return std::string(text);
  return fmt::format("{}{}\033[0m", colour_code(colour), text);
}

bool Output::flush() noexcept {
  if (!write_fully(STDOUT_FILENO, buffer_)) failed_ = true;
  buffer_.clear();
  return !failed_;
}

Messages::Messages(bool quiet) : quiet_(quiet), terminal_(cli::is_terminal(STDERR_FILENO)) {}

Messages::~Messages() { clear(); }

void Messages::line(std::string_view text) {
  if (quiet_) return;
  clear();
  write_fully(STDERR_FILENO, fmt::format("{}\n", text));
}

ProgressCallback Messages::progress() {
  return [this](const Progress& progress) {
    if (interrupted()) return false;
    if (terminal_ && !quiet_) draw(progress);
    return true;
  };
}

void Messages::draw(const Progress& progress) {
  const std::int64_t now = system_clock()->monotonic_ns();
  if (begun_ns_ == 0) begun_ns_ = now;
  if (now - begun_ns_ < kQuietNs || now - drawn_ns_ < kRedrawNs) return;
  drawn_ns_ = now;
  shown_ = true;
  std::string line = fmt::format("\r\033[K{} ", progress.what);
  if (progress.total > 0) {
    const double part = static_cast<double>(progress.done) / static_cast<double>(progress.total);
    const int full = std::clamp(static_cast<int>(part * kBarWidth), 0, kBarWidth);
    line += fmt::format("[{:<{}}] {:3.0f} %  ", std::string(static_cast<std::size_t>(full), '#'),
                        kBarWidth, part * 100);
  }
  line += amount(progress.done, progress.unit);
  if (progress.total > 0) line += " of " + amount(progress.total, progress.unit);
  write_fully(STDERR_FILENO, line);
}

void Messages::clear() {
  if (shown_) write_fully(STDERR_FILENO, "\r\033[K");
  shown_ = false;
}

namespace {

Value error_value(const Error& error) {
  const ErrorContext& at = error.context();
  Value context = Value::empty_map();
  const auto add = [&context](std::string_view name, const std::string& text) {
    if (!text.empty()) context = context.with_member(name, Value(printable(text)));
  };
  add("store", at.store);
  add("document", at.document);
  add("version", at.version);
  add("path", at.path);
  if (at.offset) context = context.with_member("offset", Value(*at.offset));
  return Value::map({{"code", Value(error_code_name(error.code()))},
                     {"message", Value(printable(error.message()))},
                     {"context", context}});
}

// Whether the message names it already: between quotes or, where it can't be a common word, as a
// word of its own.
bool names(std::string_view message, std::string_view text) {
  constexpr std::size_t kCommonWordMax = 8;
  const bool telling = text.size() > kCommonWordMax || text.find_first_of("/:.") != text.npos;
  const auto is_part_of_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_-./:~@#", c) != nullptr;
  };
  for (std::size_t at = message.find(text); at != message.npos; at = message.find(text, at + 1)) {
    const std::size_t end = at + text.size();
    const char before = at == 0 ? ' ' : message[at - 1];
    const char after = end == message.size() ? ' ' : message[end];
    if (before == '\'' && after == '\'') return true;
    // A sentence may end behind it.
    const bool ends =
        !is_part_of_word(after) || (std::strchr(".:", after) != nullptr &&
                                    (end + 1 == message.size() || message[end + 1] == ' '));
    if (telling && !is_part_of_word(before) && ends) return true;
  }
  return false;
}

// Where it happened, as far as the message doesn't say so itself.
std::string where_text(const Error& error) {
  const ErrorContext& at = error.context();
  std::string where;
  const auto add = [&](std::string_view name, const std::string& text) {
    if (text.empty() || names(error.message(), text)) return;
    where += fmt::format("{}{} {}", where.empty() ? "" : ", ", name, text);
  };
  add("store", at.store);
  add("document", at.document);
  add("version", at.version);
  add("path", at.path);
  if (at.offset) {
    const std::string offset = std::to_string(*at.offset);
    const bool named = names(error.message() + " ", "offset " + offset) ||
                       names(error.message() + " ", "at byte " + offset);
    if (!named) add("offset", offset);
  }
  return where.empty() ? "" : fmt::format(" ({})", where);
}

}  // namespace

void print_error(const Error& error, bool json) {
  std::string line;
  if (json) {
    line = encode_json(error_value(error), TextLayout::compact);
    while (line.ends_with('\n')) line.pop_back();
  } else {
    line = "stet: " + printable(error.message() + where_text(error));
  }
  write_fully(STDERR_FILENO, line + "\n");
}

}  // namespace stet::cli
