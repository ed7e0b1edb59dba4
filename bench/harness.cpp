#include "harness.hpp"

#include <time.h>

#include <algorithm>
#include <utility>

#include "system_calls.hpp"

namespace stet::bench {

namespace {

double quantile(const std::vector<double>& sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double weight = place - static_cast<double>(below);
  return sorted[below] * (1 - weight) + sorted[above] * weight;
}

double median_of(std::vector<double> values) { return spread_of(std::move(values)).median; }

struct Samples {
  std::vector<double> seconds, flushes, bytes_written;

  void add(const Sample& sample) {
    seconds.push_back(sample.seconds);
    flushes.push_back(sample.flushes);
    bytes_written.push_back(sample.bytes_written);
  }
};

}  // namespace

double now_seconds(Clock clock) {
  timespec time{};
  clock_gettime(clock == Clock::wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Sample measure(Clock clock, const std::function<void()>& work) {
  const SystemCalls calls_before = system_calls();
  const double before = now_seconds(clock);
  work();
  const double after = now_seconds(clock);
  const SystemCalls calls = system_calls();
  return {after - before, static_cast<double>(calls.flushes - calls_before.flushes),
          static_cast<double>(calls.bytes_written - calls_before.bytes_written)};
}

Sample per_repetition(Sample sample, int repetitions) {
  return {sample.seconds / repetitions, sample.flushes / repetitions,
          sample.bytes_written / repetitions};
}

Sample measure_each(Clock clock, int repetitions, const std::function<void(int)>& work) {
  return per_repetition(measure(clock,
                                [&] {
                                  for (int repetition = 0; repetition < repetitions; ++repetition) {
                                    work(repetition);
                                  }
                                }),
                        repetitions);
}

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values.front(), quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75),
          values.back()};
}

bool Finding::holds() const {
  if (!goal || !goal->must) return true;
  return goal->better == Better::less ? figure <= *goal->must : figure >= *goal->must;
}

Finding& Row::compare(std::string label, std::size_t subject, std::size_t peer,
                      std::optional<Goal> goal) {
  const bool as_speed = goal && goal->better == Better::more;
  std::vector<double> ratios;
  const std::vector<double>& top = sides[as_speed ? peer : subject].samples;
  const std::vector<double>& bottom = sides[as_speed ? subject : peer].samples;
  for (std::size_t round = 0; round < top.size(); ++round) {
    ratios.push_back(top[round] / bottom[round]);
  }
  findings.push_back({std::move(label), median_of(std::move(ratios)), "×", goal, {}});
  return findings.back();
}

std::vector<Measured> run_in_turn(Clock clock, int rounds, std::vector<Side> sides) {
  for (Side& side : sides) side.run();
  std::vector<Samples> samples(sides.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t turn = 0; turn < sides.size(); ++turn) {
      const std::size_t index = round % 2 == 0 ? turn : sides.size() - 1 - turn;
      samples[index].add(sides[index].run());
    }
  }
  std::vector<Measured> measured;
  for (std::size_t index = 0; index < sides.size(); ++index) {
    Samples& of_side = samples[index];
    measured.push_back({sides[index].name, clock, spread_of(of_side.seconds),
                        median_of(std::move(of_side.flushes)),
                        median_of(std::move(of_side.bytes_written)), std::move(of_side.seconds)});
  }
  return measured;
}

}  // namespace stet::bench
