// Where the command writes: standard output, standard error, colours, the progress bar.
//
// Thread rule: one thread, but for progress(), which long work may call from its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stet/base.hpp"
#include "stet/value.hpp"

namespace stet::cli {

enum class Colour : std::uint8_t { plain, red, green, yellow, bold, faint };

// Results. Buffered; whoever made it ends with flush() and looks at the answer.
class Output {
 public:
  Output();
  void write(std::string_view text);
  void write(BytesView bytes) { write(as_text(bytes)); }
  void line(std::string_view text);
  void json_line(const Value& value);  // compact, one line
  // The text in a colour, where standard output is a terminal and NO_COLOR isn't set.
  std::string paint(Colour colour, std::string_view text) const;
  bool is_terminal() const noexcept { return terminal_; }
  // False where something, now or before, could not be written. A reader that went away is no
  // failure.
  bool flush() noexcept;

 private:
  std::string buffer_;
  bool terminal_ = false;
  bool colours_ = false;
  bool failed_ = false;
};

// Messages, for people who watch.
class Messages {
 public:
  explicit Messages(bool quiet);
  ~Messages();
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  void line(std::string_view text);  // nothing when quiet
  // A callback that draws a bar on a terminal, and stops the work after Ctrl-C.
  ProgressCallback progress();
  void clear();  // takes the bar away, where one is shown

 private:
  void draw(const Progress& progress);

  const bool quiet_;
  const bool terminal_;
  std::int64_t begun_ns_ = 0;
  std::int64_t drawn_ns_ = 0;
  bool shown_ = false;
};

// "stet: what happened", or {code, message, context}; to standard error.
void print_error(const Error& error, bool json);

}  // namespace stet::cli
