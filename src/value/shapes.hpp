// Shapes: what a builder has learned about the keys of maps. A shape is the keys of a map so far,
// in the order in which they came; each leads on to the shapes with one key more that were met.
// Which of them comes next is expected from the last time, so maps share their keys, and no keys
// are gathered and sorted twice, also where members are sometimes there and sometimes not.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <vector>

#include "stet/value/builder.hpp"
#include "value/scratch.hpp"

namespace stet::detail {

struct Shape : KeyStep {
  enum class End : std::uint8_t {
    unknown,    // no map has ended here
    sorted,     // the keys come in map order
    unsorted,   // `order` says how they belong
    duplicate,  // two are equal: this is no map
  };

  Shape* before = nullptr;       // without the last key
  Shape* first = nullptr;        // with the first key only
  Shape* after = nullptr;        // one of those with one key more …
  Shape* alternative = nullptr;  // … and the next of them
  Shape* inside = nullptr;       // with the first key of the last map inside of this key's value
  std::uint8_t count = 0;        // keys
  std::uint8_t alternatives = 0;
  End end = End::unknown;
  std::array<std::uint8_t, kLeafMax> order{};    // map order → order in which they come
  std::uint32_t in_scratch = Scratch::kNowhere;  // its Keys, while they are there
  KeysHandle shared;                             // its Keys in a slab of their own, once needed
  std::string last_key;
};

class Shapes {
 public:
  Shapes() { forget_all(); }
  Shapes(const Shapes&) = delete;
  Shapes& operator=(const Shapes&) = delete;

  Shape& empty() noexcept { return empty_; }
  // Stands for maps whose keys are gathered. No key is ever expected after it.
  Shape& gathered() noexcept { return gathered_; }

  // The shape with one key more; null where it is new and no more can be learned.
  Shape* after(Shape& shape, std::string_view key);
  // Works out `end` and `order`. Precondition: at least one key.
  static void learn_end(Shape& shape);
  // In the order in which they come.
  static std::array<std::string_view, kLeafMax> keys_of(const Shape& shape) noexcept;
  // Precondition: end is duplicate.
  static std::string_view duplicate_key(const Shape& shape) noexcept;

  std::uint32_t keys_in_scratch(Shape& shape, Scratch& scratch);
  static KeysHandle shared_keys(Shape& shape);
  // The scratch was cut at `size`.
  void forget_scratch(std::uint32_t size) noexcept;
  // Makes room to learn anew where that has run out. Precondition: no map is open.
  void forget_crowd() noexcept {
    if (shapes_.size() >= kShapesMax / 2) forget_all();
  }

 private:
  static constexpr std::size_t kShapesMax = 1024;
  static constexpr std::uint8_t kAlternativesMax = 32;
  static constexpr std::size_t kKeyBytesMax = 256;

  void forget_all() noexcept;

  std::deque<Shape> shapes_;
  Shape empty_, gathered_;
  std::vector<Shape*> placed_;  // those in the scratch
};

}  // namespace stet::detail
