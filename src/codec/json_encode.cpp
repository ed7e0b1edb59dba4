#include "codec/json_writer.hpp"
#include "codec/value_walk.hpp"
#include "stet/codec.hpp"

namespace stet {

namespace {

// The events of a walk as text.
class JsonPrinter {
 public:
  JsonPrinter(TextLayout layout, std::string& out)
      : is_pretty_(layout == TextLayout::pretty), out_(out) {}

  void scalar(ValueRef value) {
    separate();
    codec::append_json_scalar(value, out_);
    place_ = Place::after_value;
  }
  void begin_list(std::size_t) { open('['); }
  void end_list() { close(']'); }
  void begin_map(std::size_t) { open('{'); }
  void end_map() { close('}'); }
  void key(std::string_view key) {
    separate();
    codec::append_json_string(key, out_);
    out_ += is_pretty_ ? ": " : ":";
    place_ = Place::after_key;
  }

 private:
  enum class Place : std::uint8_t { front, after_open, after_key, after_value };

  void separate() {
    if (place_ == Place::after_value) out_ += ',';
    if (place_ == Place::after_value || place_ == Place::after_open) new_line();
  }
  void open(char bracket) {
    separate();
    out_ += bracket;
    ++level_;
    place_ = Place::after_open;
  }
  void close(char bracket) {
    --level_;
    if (place_ == Place::after_value) new_line();
    out_ += bracket;
    place_ = Place::after_value;
  }
  void new_line() {
    constexpr std::size_t kSpacesALevel = 2;
    if (!is_pretty_) return;
    out_ += '\n';
    out_.append(level_ * kSpacesALevel, ' ');
  }

  bool is_pretty_;
  std::string& out_;
  std::size_t level_ = 0;
  Place place_ = Place::front;
};

}  // namespace

std::string encode_json(const Value& value, TextLayout layout) {
  std::string out;
  JsonPrinter printer(layout, out);
  codec::walk(value.ref(), printer);
  return out;
}

}  // namespace stet
