// The frame of all benchmarks: sides that are measured in turn, and what was found.
//
// Sides of a row run A B A B in one process, so that what the machine does meanwhile hits all of
// them; a ratio is the median of the ratios of single rounds. The time of a side is what it spends
// inside `measure`; what it prepares outside isn't counted.
// Thread rule: one thread drives the frame; a side may use others inside.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace stet::bench {

enum class Clock : std::uint8_t {
  wall,        // steady time: for work that waits for the device
  thread_cpu,  // of the calling thread: for work that only computes
};

double now_seconds(Clock clock);

struct Sample {
  double seconds = 0;
  double flushes = 0;        // by the calling thread, unless the side counts its own threads
  double bytes_written = 0;  // to files; likewise
};

Sample measure(Clock clock, const std::function<void()>& work);
Sample per_repetition(Sample sample, int repetitions);
// Of one repetition; `work` gets the number of the repetition.
Sample measure_each(Clock clock, int repetitions, const std::function<void(int)>& work);

// A value that the compiler has to take for used.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

struct Side {
  std::string name;
  std::function<Sample()> run;
};

struct Spread {
  double minimum = 0, lower_quartile = 0, median = 0, upper_quartile = 0, maximum = 0;
};
Spread spread_of(std::vector<double> values);  // precondition: not empty

struct Measured {
  std::string name;
  Clock clock = Clock::wall;
  Spread seconds;
  double flushes = 0;  // medians
  double bytes_written = 0;
  std::vector<double> samples;  // seconds, by round
};

enum class Better : std::uint8_t { less, more };

struct Goal {
  Better better;
  std::optional<double> must;
  std::optional<double> moonshot;
};

// A figure that a goal may stand beside.
struct Finding {
  std::string label;
  double figure = 0;
  std::string unit;  // "×", "µs", "bytes"
  std::optional<Goal> goal;
  std::string note;

  bool holds() const;  // true without a goal
};

struct Row {
  std::string title;
  std::string method;  // rounds, what is inside the time
  std::vector<Measured> sides;
  std::vector<Finding> findings;

  // subject / peer (Better::less) or peer / subject (Better::more), as the median over rounds.
  Finding& compare(std::string label, std::size_t subject, std::size_t peer,
                   std::optional<Goal> goal);
};

// One warm-up of each side, then `rounds` rounds, in turn and in alternating order.
std::vector<Measured> run_in_turn(Clock clock, int rounds, std::vector<Side> sides);

}  // namespace stet::bench
