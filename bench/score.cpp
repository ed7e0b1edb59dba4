#include "score.hpp"

#include <array>
#include <random>
#include <string_view>

namespace stet::bench {

namespace {

constexpr std::array<std::string_view, 12> kPitchNames = {"C",  "C#", "D",  "Eb", "E",  "F",
                                                          "F#", "G",  "Ab", "A",  "Bb", "B"};
struct Part {
  std::string_view instrument;
  int staves;
  int lowest_pitch;
};
constexpr std::array<Part, 26> kParts = {
    {{"Flute 1", 1, 60},     {"Flute 2", 1, 60},    {"Piccolo", 1, 72},    {"Oboe 1", 1, 58},
     {"Oboe 2", 1, 58},      {"Clarinet 1", 1, 50}, {"Clarinet 2", 1, 50}, {"Bassoon 1", 1, 34},
     {"Bassoon 2", 1, 34},   {"Horn 1", 1, 40},     {"Horn 2", 1, 40},     {"Horn 3", 1, 40},
     {"Horn 4", 1, 40},      {"Trumpet 1", 1, 54},  {"Trumpet 2", 1, 54},  {"Trombone 1", 1, 40},
     {"Trombone 2", 1, 40},  {"Tuba", 1, 28},       {"Timpani", 1, 38},    {"Harp", 2, 36},
     {"Piano", 2, 36},       {"Violin I", 1, 55},   {"Violin II", 1, 55},  {"Viola", 1, 48},
     {"Violoncello", 2, 36}, {"Contrabass", 1, 28}}};

// Durations as the engraver writes them; each line fills a measure of 4/4.
using Rhythm = std::vector<std::array<std::uint16_t, 2>>;

class Generator {
 public:
  explicit Generator(int measures) : measures_(measures) {}

  Score run() {
    open('{');
    text(R"("id":"symphony-in-figures","title":"Symphony in Figures","composer":"Anon.",)");
    text(R"("meters":{"0":"4/4"},"keys":{"0":"C"},"tempos":{"0":{"bpm":96,"beat":[1,4]}},)");
    score_.containers += 5;
    text(R"("musicians":)");
    list(kParts.size(), [&](std::size_t index) { musician(index); });
    text(R"(,"layouts":[]})");
    ++score_.containers;
    return std::move(score_);
  }

 private:
  void text(std::string_view part) { score_.json += part; }
  void number(std::uint64_t value) { score_.json += std::to_string(value); }
  void open(char bracket) {
    score_.json += bracket;
    ++score_.containers;
  }
  template <class Each>
  void list(std::size_t count, Each each) {
    open('[');
    for (std::size_t index = 0; index < count; ++index) {
      if (index > 0) score_.json += ',';
      each(index);
    }
    score_.json += ']';
  }
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

  void musician(std::size_t index) {
    place_.musician = static_cast<std::uint16_t>(index);
    const Part& part = kParts[index];
    open('{');
    text(R"("name":"Musician )");
    number(index + 1);
    text(R"(","instruments":)");
    list(1, [&](std::size_t instrument_index) {
      place_.instrument = static_cast<std::uint16_t>(instrument_index);
      instrument(part);
    });
    text("}");
  }

  void instrument(const Part& part) {
    endpoints_ = 0;
    pitch_ = part.lowest_pitch + 12;
    lowest_pitch_ = part.lowest_pitch;
    open('{');
    text(R"("name":")");
    text(part.instrument);
    text(R"(","staves":)");
    list(static_cast<std::size_t>(part.staves), [&](std::size_t index) { staff(index); });
    text(R"(,"next_endpoint_id":)");
    number(endpoints_);
    text("}");
  }

  void staff(std::size_t index) {
    place_.staff = static_cast<std::uint16_t>(index);
    open('{');
    text(R"("name":"Staff )");
    number(index + 1);
    text(R"(","clefs":[{"measure":0,"clef":"treble"}],"measures":)");
    score_.containers += 2;
    list(static_cast<std::size_t>(measures_), [&](std::size_t measure_index) {
      place_.measure = static_cast<std::uint16_t>(measure_index);
      measure();
    });
    text("}");
  }

  void measure() {
    open('{');
    text(R"("voices":)");
    list(chance(30) ? 2 : 1, [&](std::size_t index) {
      place_.voice = static_cast<std::uint16_t>(index);
      open('{');
      text(R"("items":)");
      const Rhythm rhythm = next_rhythm();
      list(rhythm.size(), [&](std::size_t item_index) {
        place_.item = static_cast<std::uint16_t>(item_index);
        item(rhythm[item_index]);
      });
      text("}");
    });
    text("}");
  }

  Rhythm next_rhythm() {
    Rhythm rhythm;
    for (int left = 16; left > 0;) {
      static constexpr std::array<int, 8> kSixteenths = {1, 1, 1, 2, 2, 2, 3, 4};
      const int length = std::min(left, kSixteenths[random_() % kSixteenths.size()]);
      const int shrink = length == 4 ? 4 : length == 2 ? 2 : 1;
      rhythm.push_back(
          {static_cast<std::uint16_t>(length / shrink), static_cast<std::uint16_t>(16 / shrink)});
      left -= length;
    }
    return rhythm;
  }

  void item(std::array<std::uint16_t, 2> duration) {
    place_.numerator = duration[0];
    place_.denominator = duration[1];
    if (chance(9)) return rest();
    if (chance(13)) return chord();
    place_.chord_item = -1;
    note(true);
  }

  void rest() {
    open('{');
    text(R"("kind":"rest",)");
    write_duration();
    text("}");
    forget_attributes();
    place_.chord_item = -1;
    place_.midi_pitch = 0;
    score_.rests.push_back(place_);
  }

  void forget_attributes() {
    place_.is_mezzoforte = false;
    place_.articulation = -1;
    place_.endpoint_id = place_.slur_to = -1;
  }

  void chord() {
    open('{');
    text(R"("kind":"chord",)");
    write_duration();
    text(R"(,"items":)");
    list(2 + random_() % 3, [&](std::size_t index) {
      place_.chord_item = static_cast<std::int16_t>(index);
      note(false);
    });
    text("}");
  }

  void note(bool with_duration) {
    pitch_ += static_cast<int>(random_() % 9) - 4;
    if (pitch_ < lowest_pitch_) pitch_ += 12;
    if (pitch_ > lowest_pitch_ + 36) pitch_ -= 12;
    place_.midi_pitch = static_cast<std::uint16_t>(pitch_);
    open('{');
    text(R"("kind":"pitch","note":")");
    text(place_.name());
    text("\"");
    if (with_duration) {
      text(",");
      write_duration();
    }
    forget_attributes();
    if (chance(12)) {
      text(R"(,"dynamic":"mf")");
      place_.is_mezzoforte = true;
    }
    if (chance(25)) attach_slur();
    if (chance(22)) articulate();
    text("}");
    score_.notes.push_back(place_);
  }

  void attach_slur() {
    text(R"(,"endpoint_id":)");
    place_.endpoint_id = static_cast<std::int32_t>(endpoints_);
    number(endpoints_);
    text(R"(,"slur_to":)");
    number(++endpoints_);
    place_.slur_to = static_cast<std::int32_t>(endpoints_);
  }

  void articulate() {
    static constexpr std::array<std::string_view, 4> kMarks = {"staccato", "accent", "tenuto",
                                                               "marcato"};
    text(R"(,"articulations":)");
    list(1, [&](std::size_t) {
      text("\"");
      place_.articulation = static_cast<std::int8_t>(random_() % kMarks.size());
      text(kMarks[static_cast<std::size_t>(place_.articulation)]);
      text("\"");
    });
  }

  void write_duration() {
    text(R"("duration":)");
    list(2, [&](std::size_t index) { number(index == 0 ? place_.numerator : place_.denominator); });
  }

  int measures_;
  std::mt19937_64 random_{20250801};  // the same on every machine
  Score score_;
  Note place_{};
  std::uint64_t endpoints_ = 0;
  int pitch_ = 60;
  int lowest_pitch_ = 48;
};

}  // namespace

std::string Note::pointer() const {
  std::string path = "/musicians/" + std::to_string(musician) + "/instruments/" +
                     std::to_string(instrument) + "/staves/" + std::to_string(staff) +
                     "/measures/" + std::to_string(measure) + "/voices/" + std::to_string(voice) +
                     "/items/" + std::to_string(item);
  if (chord_item >= 0) path += "/items/" + std::to_string(chord_item);
  return path;
}

std::string Note::name() const {
  return std::string(kPitchNames[midi_pitch % 12u]) + std::to_string(midi_pitch / 12 - 1);
}

Score generate_score(int measures) { return Generator(measures).run(); }

}  // namespace stet::bench
