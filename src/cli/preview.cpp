// A value on one line, cut where it gets long.
#include <fmt/format.h>

#include "cli/text.hpp"
#include "stet/codec.hpp"

namespace stet::cli {

namespace {

class Preview {
 public:
  explicit Preview(std::size_t width_max) : width_max_(width_max) {}

  void add(ValueRef value) {
    if (full()) return;
    switch (value.kind()) {
      case Kind::list:
        return add_list(value);
      case Kind::map:
        return add_map(value);
      case Kind::text:
        return add_text(*value.to_text());
      case Kind::bytes:
        out_ += fmt::format("bytes ({})", size_text(value.to_bytes()->size()));
        return;
      default:
        out_ += encode_json(value.to_value(), TextLayout::compact);
        while (out_.ends_with('\n')) out_.pop_back();
    }
  }
  std::string take() && { return std::move(out_); }

 private:
  bool full() const noexcept { return out_.size() >= width_max_; }

  // Leaves the loop once the width is reached: the cost is that of what is shown.
  void add_list(ValueRef list) {
    out_ += '[';
    bool first = true;
    for (ValueRef item : list.items()) {
      if (!separate(first)) break;
      add(item);
    }
    out_ += ']';
  }
  void add_map(ValueRef map) {
    out_ += '{';
    bool first = true;
    for (const auto& member : map.members()) {
      if (!separate(first)) break;
      add_text(member.key);
      out_ += ": ";
      add(member.value);
    }
    out_ += '}';
  }
  bool separate(bool& first) {
    if (!first) out_ += ", ";
    first = false;
    if (!full()) return true;
    out_ += "…";
    return false;
  }
  void add_text(std::string_view text) {
    const std::size_t room = width_max_ > out_.size() ? width_max_ - out_.size() : 0;
    if (text.size() <= room) {
      out_ += '"' + printable(text) + '"';
      return;
    }
    std::size_t end = room;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    out_ += '"' + printable(text.substr(0, end)) + "…\"";
  }

  const std::size_t width_max_;
  std::string out_;
};

}  // namespace

std::string preview(ValueRef value, std::size_t width_max) {
  Preview preview(width_max);
  preview.add(value);
  return std::move(preview).take();
}

}  // namespace stet::cli
