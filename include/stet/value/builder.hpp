// Builders: large values made fast.
//
// ValueBuilder takes a document as a stream of events and makes slabs of cells; it is what decoders
// use. ListBuilder and MapBuilder gather Values, and join whole lists and maps without copying
// items. Thread rule: a builder belongs to one thread at a time.
#pragma once

#include "stet/value/value.hpp"

namespace stet {

// Trusts its caller: texts are valid UTF-8, floats finite, counts right (assertions in debug
// builds).
class ValueBuilder {
 public:
  void null();
  void boolean(bool value);
  void integer(std::uint64_t value);
  void negative_integer(std::uint64_t n);  // −1 − n, n < 2⁶³
  void floating(double value);
  void text(std::string_view value);
  void bytes(BytesView value);
  void link(BytesView cid);
  void value(Value shared);  // an existing Value in this place
  // `count` is a hint for lists and maps whose length isn't known (kUnknownCount).
  void begin_list(std::size_t count);
  void end_list();
  void begin_map(std::size_t count);
  void key(std::string_view key);  // before each member's value
  // Keys may come in any order; sorts them. False where two are equal: the builder is then to be
  // thrown away, and duplicate_key() says which.
  [[nodiscard]] bool end_map();
  // Keys came strictly ascending in map order, as the caller has checked.
  void end_sorted_map();
  Value finish();  // resets; the scratch is kept for the next document
};

class ListBuilder {
 public:
  void append(Value item);
  void append_list(const Value& list);  // shares the list's nodes
  std::size_t size() const noexcept;
  Value build();
};

class MapBuilder {
 public:
  void set(std::string_view key, Value value);  // a key that is there is replaced
  void append_sorted(const Value& map);  // all its keys come after those set so far; shares nodes
  Value build();
};

}  // namespace stet
