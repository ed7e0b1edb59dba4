// Shapes: what a builder has learned about the keys of maps. A shape is the keys of a map so far,
// in the order in which they came; each leads on to the shapes with one key more that were met.
// The next key tells which of them it is, so maps share their keys, and no keys are gathered and
// sorted twice, also where members are sometimes there and sometimes not.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <vector>

#include "stet/value/key_step.hpp"
#include "stet/value/slab_writer.hpp"

namespace stet::detail {

struct Shape : KeyStep {
  enum class End : std::uint8_t {
    unknown,    // no map has ended here
    sorted,     // the keys come in map order
    unsorted,   // `order` says how they belong
    duplicate,  // two are equal: this is no map
  };

  Shape* before = nullptr;       // without the last key
  Shape* after = nullptr;        // one of those with one key more …
  Shape* alternative = nullptr;  // … and the next of them
  std::uint8_t count = 0;        // keys
  std::uint8_t alternatives = 0;
  bool ascending = true;    // so far, strictly
  bool is_lasting = false;  // was in more slabs than one
  End end = End::unknown;
  std::array<std::uint8_t, kLeafMax> order{};  // map order → order in which they come
  std::uint32_t slab_bytes = 0;                // that its Keys take, once `end` is known
  Keys* in_slab = nullptr;  // its Keys in the builder's slab, while they are there
  KeysHandle shared;        // its Keys in a slab of their own, once needed
  std::string last_key;
};

class Shapes {
 public:
  Shapes() { forget_all(); }
  Shapes(const Shapes&) = delete;
  Shapes& operator=(const Shapes&) = delete;

  Shape& empty() noexcept { return empty_; }
  // Stands for maps whose keys are gathered. No key leads on from it.
  Shape& gathered() noexcept { return gathered_; }

  // The shape with one key more; null where it is new and no more can be learned.
  Shape* after(Shape& shape, std::string_view key);
  // Works out `end`, `order` and `slab_bytes`. Precondition: at least one key.
  static void learn_end(Shape& shape);
  // In the order in which they come.
  static std::array<std::string_view, kLeafMax> keys_of(const Shape& shape) noexcept;
  // Precondition: end is duplicate.
  static std::string_view duplicate_key(const Shape& shape) noexcept;

  // Precondition: there is room for `slab_bytes`, or they are there.
  Keys* keys_in_slab(Shape& shape, SlabWriter& slab);
  static KeysHandle shared_keys(Shape& shape);
  void forget_slab() noexcept;
  // Makes room to learn anew where that has run out. Precondition: no map is open.
  void forget_crowd() noexcept {
    if (shapes_.size() >= kShapesMax / 2) forget_all();
  }

 private:
  static constexpr std::size_t kShapesMax = 1024;
  static constexpr std::uint8_t kAlternativesMax = 32;
  static constexpr std::size_t kKeyBytesMax = 256;

  void forget_all() noexcept;
  static void make_shared_keys(Shape& shape);

  std::deque<Shape> shapes_;
  Shape empty_, gathered_;
  std::vector<Shape*> placed_;  // those in the slab
};

// Room that a key takes in a slab beside its cell, and its cell. Precondition of the latter: the
// room.
std::size_t key_text_bytes(std::string_view key) noexcept;
Cell place_key(SlabWriter& slab, std::string_view key) noexcept;

}  // namespace stet::detail
