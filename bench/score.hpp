// The document for figures: an orchestral score made by a seeded generator, always the same.
// Piece → musicians → instruments → staves → measures → voices → items.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stet::bench {

// A note or rest, with all that the document says of it.
struct Note {
  std::uint16_t musician, instrument, staff, measure, voice, item;
  std::int16_t chord_item;               // place inside the chord, or −1 for a note by itself
  std::uint16_t midi_pitch;              // 0: a rest
  std::uint16_t numerator, denominator;  // duration
  bool is_mezzoforte;
  std::int8_t articulation;           // of the four that there are, or −1
  std::int32_t endpoint_id, slur_to;  // or −1

  std::string pointer() const;  // RFC 6901, of the note's map
  std::string name() const;     // "C#4"
};

struct Score {
  std::string json;         // one line
  std::vector<Note> notes;  // in the order of the text
  std::vector<Note> rests;
  std::uint64_t containers = 0;
};

// 1340 measures are the large document (34 MB), 13 the one a hundred times smaller.
inline constexpr int kLargeScoreMeasures = 1340;
inline constexpr int kSmallScoreMeasures = 13;
Score generate_score(int measures);

}  // namespace stet::bench
